"""The ways a message leaves the house: a file (demonstration), mail, an HTTP gateway with signed requests.

A channel says how its errors are to be understood. `takes_key_once` means that the same key sent twice arrives
once; only then may a message whose outcome nobody knows be sent again by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import smtplib
import socket
import ssl
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

TIMEOUT_SECONDS = 20
# The provider says that it did not take the message and may be asked again.
TRY_AGAIN = frozenset({408, 425, 429, 503})
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class TemporaryError(Exception):
    """Certainly not delivered; another try may succeed."""


class PermanentError(Exception):
    """Certainly not delivered; another try will not help."""


class OutcomeUnknown(Exception):
    """It may have been delivered: the answer did not come, or says neither."""


@dataclass(frozen=True)
class Letter:
    """What a channel is given: already in words, for one address."""

    key: str
    address: str
    subject: str
    body: str
    language: str
    recipient_kind: str


class Channel(Protocol):
    takes_key_once: bool

    def send(self, letter: Letter) -> str:
        """Sends and returns the provider's reference. Raises one of the three errors above."""
        ...


class FileChannel:
    """Writes what would have been sent under `var/outbox`: a readable file a message and a line of JSON each.

    The file bears the key and appears whole or not at all; a second try completes what a killed first one left out.
    """

    takes_key_once = True

    def send(self, letter: Letter) -> str:
        try:
            return self._write(letter)
        except OSError as error:
            raise TemporaryError(str(error)[:200]) from error

    def _write(self, letter: Letter) -> str:
        folder = Path(settings.VAR_DIR) / "outbox"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256(letter.key.encode()).hexdigest()[:12]
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", letter.key)[:100] + f"-{digest}.txt"
        text = f"{letter.recipient_kind}: {letter.address}\n{letter.subject}\n\n{letter.body}\n"
        line = {
            "key": letter.key,
            "to": letter.address,
            "kind": letter.recipient_kind,
            "language": letter.language,
            "subject": letter.subject,
            "body": letter.body,
        }
        is_new = _put_whole(folder / name, text)
        _put_line(folder / "messages.jsonl", line, is_new=is_new)
        return name


def _put_whole(path: Path, text: str) -> bool:
    """False where it is there already."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _put_line(path: Path, line: dict[str, str], *, is_new: bool) -> None:
    """A line a key: whoever was killed may have left it out, or half of one. Only a second try looks through all."""
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(max(file.tell() - 1, 0))
        if not is_new or file.read() not in (b"", b"\n"):
            file.seek(0)
            whole = file.read().split(b"\n")[:-1]
            file.truncate(sum(len(text) + 1 for text in whole))
            if any(json.loads(text)["key"] == line["key"] for text in whole):
                return
        file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


class MailChannel:
    """By SMTP, as the settings say. The Message-ID comes from the key, but a mailbox takes a mail twice.

    Until the server has answered our greeting nothing has left the house; a refusal by code is certain too. What
    ends otherwise once the mail is on its way may have arrived.
    """

    takes_key_once = False

    def send(self, letter: Letter) -> str:
        reference = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@postloan>"
        connection = get_connection(fail_silently=False, timeout=TIMEOUT_SECONDS)
        mail = EmailMessage(
            letter.subject, letter.body, to=[letter.address], headers={"Message-ID": reference}, connection=connection
        )
        try:
            try:
                connection.open()
            except (OSError, smtplib.SMTPException) as error:
                raise TemporaryError(str(error)[:200]) from error
            try:
                mail.send()
            except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
                raise _mail_meaning(error) from error
            except (OSError, smtplib.SMTPException) as error:
                raise OutcomeUnknown(str(error)[:200]) from error
        finally:
            # The answer to the mail stands, however the server takes our leave.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.close()
        return reference


def _mail_meaning(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> Exception:
    """4xx: not now; 5xx: not at all (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    else:
        codes = [error.smtp_code]
    is_final = all(500 <= code < 600 for code in codes)
    return PermanentError(str(error)[:200]) if is_final else TemporaryError(str(error)[:200])


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA-256 over time, nonce and body, each on a line of its own, so that no part can slide into another."""
    return hmac.new(secret.encode(), f"{timestamp}\n{nonce}\n".encode() + body, hashlib.sha256).hexdigest()


def is_safe(url: str) -> bool:
    """Encrypted, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed request goes where it was addressed, nowhere else."""

    def redirect_request(self, *_args, **_kwargs):
        return None


class GatewayChannel:
    """Posts JSON to the bank's message gateway. The secret comes from the environment only."""

    takes_key_once = False

    def __init__(self, url: str = "", secret: str = "") -> None:
        self.url = url or os.environ.get("POSTLOAN_GATEWAY_URL", "")
        self.secret = secret or os.environ.get("POSTLOAN_GATEWAY_SECRET", "")

    def send(self, letter: Letter) -> str:
        request = self._request(letter)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return _reference(answer.read(65536))
        except urllib.error.HTTPError as error:
            raise _meaning(error.code) from error
        except urllib.error.URLError as error:
            # Refused, no such host, not the right one: nothing left the house. A time-out may have come after it did.
            if isinstance(error.reason, (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)):
                raise TemporaryError(str(error.reason)[:200]) from error
            raise OutcomeUnknown(str(error.reason)[:200]) from error
        except (OSError, http.client.HTTPException) as error:
            # A time-out, a line cut, an answer that is none: the request was on its way.
            raise OutcomeUnknown(str(error)[:200] or type(error).__name__) from error

    def _request(self, letter: Letter) -> urllib.request.Request:
        if not self.secret or not is_safe(self.url):
            raise TemporaryError("the gateway's address (https) or its secret is not set")
        body = json.dumps(
            {"key": letter.key, "to": letter.address, "subject": letter.subject, "text": letter.body},
            ensure_ascii=False,
        ).encode()
        timestamp, nonce = str(int(timezone.now().timestamp())), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": hashlib.sha256(letter.key.encode()).hexdigest(),
            "X-Postloan-Timestamp": timestamp,
            "X-Postloan-Nonce": nonce,
            "X-Postloan-Signature": sign(self.secret, timestamp, nonce, body),
        }
        return urllib.request.Request(self.url, data=body, headers=headers, method="POST")  # noqa: S310 scheme checked


def _reference(body: bytes) -> str:
    try:
        answer = json.loads(body or b"{}")
    except ValueError:
        return ""
    return str(answer.get("reference", ""))[:120] if isinstance(answer, dict) else ""


def _meaning(status: int) -> Exception:
    if status in TRY_AGAIN:
        return TemporaryError(f"HTTP {status}")
    if 300 <= status < 500:
        return PermanentError(f"HTTP {status}")
    return OutcomeUnknown(f"HTTP {status}")


CHANNELS: dict[str, type[Channel]] = {"file": FileChannel, "mail": MailChannel, "gateway": GatewayChannel}


def channel(name: str) -> Channel:
    return CHANNELS[name]()


def channel_for(recipient_kind: str) -> str:
    """Which channel this installation uses for borrowers and for staff: a file unless settings say otherwise."""
    chosen = getattr(settings, "MESSAGE_CHANNELS", {})
    return chosen.get(recipient_kind, "file")
