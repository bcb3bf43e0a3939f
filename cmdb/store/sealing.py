"""AES-256-GCM, and the key file. The key lives beside the ledger or where the operator says, never in the ledger."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cmdb.errors import Invalid, SecretUnreadable, StoreUnavailable
from cmdb.store.files import replace_file

KEY_BYTES = 32
_NONCE_BYTES = 12
_HEADER = (
    "# Moorings seals credentials with the first of these keys; further ones still open. Keep this file secret, and keep a copy of it.\n"
)


def key_id(key: bytes) -> str:
    """A short name for a key that gives nothing of it away."""
    return hashlib.sha256(b"moorings key id\0" + key).hexdigest()[:16]


def seal(key: bytes, plain: bytes, about: str) -> bytes:
    """nonce + ciphertext; it opens only with the same key and the same `about`."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes | None:
    """What was sealed; None when key, content or `about` is not the same."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError):
        return None


def parse_key(text: str) -> bytes:
    """A key written as 64 hex digits or as base64 of 32 bytes. Raises `Invalid`; the message does not repeat it."""
    line = text.strip()
    try:
        key = bytes.fromhex(line) if len(line) == 2 * KEY_BYTES else base64.b64decode(line, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Invalid("A key must be 32 bytes as 64 hex digits or as base64, for example from: openssl rand -base64 32", field="key")
    return key


class KeyFile:
    """The file of keys, one a line, the sealing one first. Read anew each time, so that all processes see a rotation at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[bytes]:
        """All keys; empty when there is no file yet. Raises `SecretUnreadable`."""
        try:
            if os.name == "posix" and self.path.stat().st_mode & 0o022:
                raise SecretUnreadable(f"The key file {self.path} can be written by others; run: chmod 600 {self.path}")
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise SecretUnreadable(f"The key file {self.path} cannot be read ({type(error).__name__}).") from None
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        try:
            keys = [parse_key(line) for line in lines]
        except Invalid as error:
            raise SecretUnreadable(f"The key file {self.path} is damaged. {error.message}") from None
        if not keys:
            raise SecretUnreadable(f"The key file {self.path} holds no key; put it back from your copy.")
        return keys

    @staticmethod
    def random_key() -> bytes:
        """A new key."""
        return secrets.token_bytes(KEY_BYTES)

    def create(self) -> list[bytes]:
        """Makes the file with one random key."""
        keys = [self.random_key()]
        self.write(keys)
        return keys

    def write(self, keys: list[bytes]) -> None:
        """Replaces the file at once and for good (synced), mode 0600. Raises `StoreUnavailable`."""
        text = _HEADER + "".join(base64.b64encode(key).decode() + "\n" for key in keys)
        try:
            replace_file(self.path, text.encode())
        except OSError as error:
            raise StoreUnavailable(f"The key file {self.path} cannot be written: {error.strerror or type(error).__name__}.") from None
