"""The gateway: signed requests to one address, never another; what its answers, and its silence, mean."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from postloan.core import channels


def letter(**fields):
    base = {"key": "k|1", "address": "13800001234", "subject": "到期", "body": "应还 1.00 元", "language": "zh-hans",
            "recipient_kind": "borrower"}  # fmt: skip
    return channels.Letter(**{**base, **fields})


def test_the_signature_covers_time_nonce_and_body():
    base = channels.sign("s", "1", "n", b"body")
    assert len({base, channels.sign("t", "1", "n", b"body"), channels.sign("s", "2", "n", b"body"),
                channels.sign("s", "1", "m", b"body"), channels.sign("s", "1", "n", b"bodz"),
                channels.sign("s", "1n", "", b"body")}) == 6  # fmt: skip


@pytest.fixture
def gateway():
    """A gateway on this machine that answers with `status` and keeps what it was sent."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        status = 200

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((dict(self.headers), body))
            self.send_response(Handler.status)
            if 300 <= Handler.status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b'{"reference": "G1"}')

        def do_GET(self):
            received.append((dict(self.headers), b""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/send", Handler, received
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_gateway_gets_a_signed_request(gateway):
    url, _handler, received = gateway
    assert channels.GatewayChannel(url, "secret").send(letter()) == "G1"
    headers, body = received[0]
    signature = channels.sign("secret", headers["X-Postloan-Timestamp"], headers["X-Postloan-Nonce"], body)
    assert headers["X-Postloan-Signature"] == signature
    assert json.loads(body)["text"] == "应还 1.00 元"


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, channels.PermanentError), (429, channels.TemporaryError),
     (503, channels.TemporaryError), (500, channels.OutcomeUnknown)],
)  # fmt: skip
def test_what_the_gateway_answers_means(gateway, status, error):
    url, handler, _received = gateway
    handler.status = status
    with pytest.raises(error):
        channels.GatewayChannel(url, "secret").send(letter())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_no_second_request_is_sent(gateway, status):
    """A signed request tells a debt: whoever else it is sent on to has no business with it."""
    url, handler, received = gateway
    handler.status = status
    with pytest.raises(channels.PermanentError, match=str(status)):
        channels.GatewayChannel(url, "secret").send(letter())
    assert len(received) == 1


@pytest.fixture
def broken():
    """A gateway that takes the request, says `broken.answer` as it is and closes; a None says nothing."""

    class Broken:
        answer: bytes | None = b""

    listener = socket.create_server(("127.0.0.1", 0))
    Broken.url = f"http://127.0.0.1:{listener.getsockname()[1]}/send"
    ended = threading.Event()

    def serve():
        connection, _address = listener.accept()
        with connection:
            seen = b""
            while "还 1.00 元".encode() not in seen:
                seen += connection.recv(65536)
            if Broken.answer is None:
                ended.wait(5)
            else:
                connection.sendall(Broken.answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield Broken
    ended.set()
    thread.join(timeout=5)
    listener.close()


@pytest.mark.parametrize(
    "answer",
    [b"", b"good day\r\n", b"HTTP/1.1 ???\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200],
    ids=["nothing", "no-http", "no-status", "no-chunk", "too-many-headers"],
)  # fmt: skip
def test_an_answer_that_is_none_leaves_the_outcome_unknown(broken, answer):
    broken.answer = answer
    with pytest.raises(channels.OutcomeUnknown):
        channels.GatewayChannel(broken.url, "secret").send(letter())


def test_a_time_out_leaves_the_outcome_unknown(broken, monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT_SECONDS", 0.2)
    broken.answer = None
    with pytest.raises(channels.OutcomeUnknown):
        channels.GatewayChannel(broken.url, "secret").send(letter())


@pytest.mark.parametrize(("url", "secret"), [("http://example.test/send", "s"), ("https://example.test/send", "")])
def test_nothing_leaves_unencrypted_or_unsigned(url, secret):
    with pytest.raises(channels.TemporaryError):
        channels.GatewayChannel(url, secret).send(letter())


def test_a_gateway_that_is_not_there_is_tried_again():
    with pytest.raises(channels.TemporaryError):
        channels.GatewayChannel("http://127.0.0.1:9/send", "s").send(letter())
