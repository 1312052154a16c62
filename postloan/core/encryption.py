"""Personal data at rest: AES-256-GCM with the key's id in the text, and blind indexes to find it again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from postloan.core.keys import keyring

PREFIX = "pl1:"
NONCE_BYTES = 12
TAIL_LENGTH = 6


class CannotDecrypt(Exception):
    """The text was written with a key this installation does not have, or was changed."""


_ciphers: dict[bytes, AESGCM] = {}


def _cipher(key: bytes) -> AESGCM:
    if key not in _ciphers:
        _ciphers[key] = AESGCM(key)
    return _ciphers[key]


def encrypt(text: str) -> str:
    """`pl1:<key id>:<base64 of nonce and ciphertext>`; the empty text stays empty."""
    if not text:
        return ""
    ring = keyring()
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(ring.data_keys[ring.active]).encrypt(nonce, text.encode(), ring.active.encode())
    return f"{PREFIX}{ring.active}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(token: str) -> str:
    """The text behind a token. Raises CannotDecrypt; a text that is no token is refused too."""
    if not token:
        return ""
    if not token.startswith(PREFIX):
        raise CannotDecrypt("not an encrypted value")
    key_id, _, body = token[len(PREFIX) :].partition(":")
    ring = keyring()
    if key_id not in ring.data_keys:
        raise CannotDecrypt(f"key {key_id} is not available")
    raw = base64.b64decode(body)
    try:
        plain = _cipher(ring.data_keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], key_id.encode())
    except InvalidTag as error:
        raise CannotDecrypt("the value was changed or its key is another") from error
    return plain.decode()


def normalise(text: str) -> str:
    """What two spellings of one number have in common: no blanks, letters upper case."""
    return "".join(text.split()).upper()


def blind_index(text: str, *, purpose: str = "whole") -> str:
    """32 hex digits that are equal for equal numbers and say nothing else; empty for an empty text."""
    value = normalise(text)
    if not value:
        return ""
    digest = hmac.new(keyring().index_key, f"{purpose}|{value}".encode(), hashlib.sha256)
    return digest.hexdigest()[:32]


def tail_index(text: str) -> str:
    """Blind index of the last six characters, for the search by them; empty when the number is shorter."""
    value = normalise(text)
    return blind_index(value[-TAIL_LENGTH:], purpose="tail") if len(value) >= TAIL_LENGTH else ""


class EncryptedTextField(models.TextField):
    """Plain text in Python, a token in the database. Cannot be searched: that is what blind indexes are for."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name):
        if lookup_name not in {"isnull"}:
            raise TypeError(f"{self.name} is encrypted: search its blind index instead")
        return super().get_lookup(lookup_name)
