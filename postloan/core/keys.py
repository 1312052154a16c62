"""Where the keys come from: `var/keys` in the demonstration, the environment in production.

Two keys with two purposes: a data key (AES-256-GCM, may be rotated: each ciphertext names its key) and an index
key (HMAC-SHA-256, for blind indexes; changing it means indexing anew).
"""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclass(frozen=True)
class Keyring:
    active: str
    data_keys: dict[str, bytes]
    index_key: bytes


def _key_file(folder: Path, name: str) -> bytes:
    """Reads a key, making it on first use. Two processes starting at once end with the same key."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        draft = folder / f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
        draft.write_bytes(base64.b64encode(secrets.token_bytes(KEY_BYTES)))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return base64.b64decode(path.read_bytes())


def demonstration_secret(folder: Path) -> str:
    return base64.b64encode(_key_file(folder, "secret.key")).decode()


def _decode(name: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not base64") from error
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must be {KEY_BYTES} bytes, base64 encoded")
    return key


def _from_environment() -> Keyring:
    pairs = os.environ.get("POSTLOAN_DATA_KEYS", "")
    index = os.environ.get("POSTLOAN_INDEX_KEY", "")
    if not pairs or not index:
        raise ImproperlyConfigured(
            "POSTLOAN_DATA_KEYS (id:base64, the first is used to write) and POSTLOAN_INDEX_KEY must be set"
        )
    keys: dict[str, bytes] = {}
    for pair in pairs.split(","):
        key_id, _, text = pair.strip().partition(":")
        keys[key_id] = _decode(f"POSTLOAN_DATA_KEYS {key_id}", text)
    return Keyring(active=next(iter(keys)), data_keys=keys, index_key=_decode("POSTLOAN_INDEX_KEY", index))


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The keys of this installation. Raises ImproperlyConfigured where they are missing or malformed."""
    from django.conf import settings

    if settings.KEYS_DIR is None:
        return _from_environment()
    folder = Path(settings.KEYS_DIR)
    return Keyring("k1", {"k1": _key_file(folder, "data.key")}, _key_file(folder, "index.key"))
