"""Mail, against a small server on this machine: what arrives, and what its answers mean for the delivery."""

import socketserver
import threading
from email import message_from_bytes, policy

import pytest
from django.db import transaction

from postloan.core import channels, outbox
from postloan.core.models import Delivery
from tests.factories import BusinessDateFactory, StaffFactory

pytestmark = pytest.mark.django_db


class Conversation(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 for one mail. `server.answers` replaces an answer; None cuts the line instead."""

    def handle(self):
        if not self.say(self.server.answers.get("greeting", "220 here")):
            return
        while line := self.rfile.readline():
            word = line.split()[0].upper().decode()
            if word == "QUIT":
                self.say(self.server.answers.get(word, "221 bye"))
                return
            if not self.say(self.server.answers.get(word, "354 go on" if word == "DATA" else "250 well")):
                return
            if word == "DATA" and self.server.answers.get(word, "354").startswith("354") and not self.take():
                return

    def take(self):
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        return self.say(self.server.answers.get("end", "250 taken"))

    def say(self, text):
        if text is None:
            return False
        self.wfile.write(text.encode() + b"\r\n")
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mails = []
        self.answers = {}


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_USE_TLS = False
    settings.DEFAULT_FROM_EMAIL = "postloan@bank.example"
    settings.STAFF_MAIL_DOMAIN = "bank.example"
    settings.MESSAGE_CHANNELS = {"borrower": "gateway", "staff": "mail"}
    with Server() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def delivered():
    """One message to a member of staff, put and tried once."""
    BusinessDateFactory()
    arguments = {"name": "*敏", "loan": "L1", "matures_on": "2026-07-20", "days": 20}
    staff = StaffFactory(staff_no="S007")
    with transaction.atomic():
        outbox.put(outbox.Draft("k1", "maturity_staff", "staff", staff.pk, arguments))
    for row in outbox.due().select_related("message"):
        outbox.deliver(row)
    return Delivery.objects.get()


def test_a_mail_arrives_from_the_bank_at_the_address_of_the_number(server):
    row = delivered()
    assert row.state == "sent"
    [mail] = server.mails
    assert (mail["To"], mail["From"]) == ("S007@bank.example", "postloan@bank.example")
    assert mail["Message-ID"] == row.provider_reference
    assert "L1" in mail["Subject"]
    assert "2026-07-20" in mail.get_content()


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "end"])
def test_a_refusal_for_good_is_a_dead_letter_with_the_servers_words(server, word):
    server.answers[word] = "550 5.1.1 no such user"
    row = delivered()
    assert row.state == "dead"
    assert "no such user" in row.error


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "end"])
def test_not_now_is_tried_again(server, word):
    server.answers[word] = "451 4.7.1 come back later"
    row = delivered()
    assert (row.state, row.outcome_unknown) == ("failed", False)
    assert "come back later" in row.error


def test_a_line_cut_after_the_mail_leaves_the_outcome_unknown(server):
    server.answers["end"] = None
    row = delivered()
    assert (row.state, row.outcome_unknown, len(server.mails)) == ("sending", True, 1)
    assert not outbox.due().exists()


def test_a_line_cut_before_the_greeting_is_tried_again(server):
    server.answers["greeting"] = None
    assert delivered().state == "failed"


def test_a_server_that_is_not_there_is_tried_again(server, settings):
    server.shutdown()
    server.server_close()
    assert delivered().state == "failed"
    assert not server.mails


def test_without_a_domain_nobody_is_written_to_by_their_bare_number(server, settings):
    settings.STAFF_MAIL_DOMAIN = ""
    row = delivered()
    assert (row.state, row.error) == ("dead", outbox.NO_ADDRESS)
    assert not server.mails


def test_leaving_badly_changes_nothing(server):
    """The mail was taken; what the server says to our QUIT does not make it another outcome."""
    server.answers["QUIT"] = None
    assert delivered().state == "sent"


def test_a_log_in_that_fails_is_tried_again_and_shows_no_password(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "postloan", "not-to-be-seen"
    row = delivered()
    assert row.state == "failed"
    assert "not-to-be-seen" not in row.error


def test_what_a_channel_lacks_is_known_before_anything_is_sent(settings, monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    from postloan.core import checks

    for name in ("POSTLOAN_GATEWAY_URL", "POSTLOAN_GATEWAY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    settings.MESSAGE_CHANNELS = {"borrower": "file", "staff": "file"}
    assert checks.channels_are_set() == []
    settings.MESSAGE_CHANNELS = {"borrower": "mail", "staff": "pigeon"}
    settings.EMAIL_HOST = settings.DEFAULT_FROM_EMAIL = settings.STAFF_MAIL_DOMAIN = ""
    settings.MAIL_SECURITY = "maybe"
    found = [error.id for error in checks.channels_are_set()]
    assert found == ["core.E001", "core.E002", "core.E003", "core.E003", "core.E003", "core.E005"]
    settings.MESSAGE_CHANNELS = {"borrower": "gateway", "staff": "file"}
    with pytest.raises(ImproperlyConfigured, match=r"GATEWAY_URL is not set: .*GATEWAY_SECRET is not set"):
        checks.refuse_unset_channels()
    monkeypatch.setenv("POSTLOAN_GATEWAY_URL", "http://sms.bank.example/send")
    monkeypatch.setenv("POSTLOAN_GATEWAY_SECRET", "s")
    assert [error.id for error in checks.channels_are_set()] == ["core.E006"]
    assert channels.is_safe("https://sms.bank.example/send")
