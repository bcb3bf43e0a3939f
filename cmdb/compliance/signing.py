"""Signed archives: a ZIP whose comment holds an Ed25519 signature over every byte before it. One changed byte anywhere shows."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cmdb.errors import Invalid, StoreUnavailable

MANIFEST = "manifest.json"
PUBLIC_KEY = "public-key.pem"
FORMAT = "moorings-audit-bundle/1"
LARGEST = 4 << 30
_MARK = b"moorings-ed25519:"
_LENGTH = len(_MARK) + 88
_END = b"PK\x05\x06"
_STEP = 1 << 20
_LONGEST_KEY = 4096
_LARGEST_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at an archive found: problems (none: it is genuine and whole), whose key signed it, and its manifest."""

    problems: tuple[str, ...]
    fingerprint: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def genuine(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.problems


class SigningKey:
    """The key that signs this house's bundles: a file of mode 0600 beside the ledger, made when first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Ed25519PrivateKey:
        """The key. Raises StoreUnavailable where the file can be neither read nor made."""
        try:
            if not self.path.exists():
                self._make()
            found = serialization.load_pem_private_key(self.path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise StoreUnavailable(f"The signing key {self.path.name} cannot be read or made.") from error
        if not isinstance(found, Ed25519PrivateKey):
            raise StoreUnavailable(f"The signing key {self.path.name} is of another kind.")
        return found

    def _make(self) -> None:
        """Two who make it at once end with the same one: the first file stays."""
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        beside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(beside, self.path)
            except FileExistsError:
                return
        finally:
            beside.unlink(missing_ok=True)

    def public_pem(self) -> str:
        """The public half, as text."""
        return pem_of(self.load().public_key())

    def fingerprint(self) -> str:
        """Short name of the public half."""
        return fingerprint(self.load().public_key())


def pem_of(key: Ed25519PublicKey) -> str:
    """A public key as PEM text."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of a public key, as people compare it."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    digest = hashlib.sha256(raw).hexdigest()
    return ":".join(digest[place : place + 4] for place in range(0, 32, 4))


def seal(path: Path, key: Ed25519PrivateKey) -> None:
    """Sign a ZIP that `zipfile` closed with `placeholder()` as its comment, in place."""
    size = path.stat().st_size
    signature = key.sign(_digest(path, size - _LENGTH))
    with path.open("r+b") as file:
        file.seek(size - _LENGTH)
        file.write(_MARK + base64.b64encode(signature))


def placeholder() -> bytes:
    """The comment a ZIP must have before it is sealed."""
    return _MARK + b"=" * 88


def _digest(path: Path, length: int) -> bytes:
    digest, left = hashlib.sha512(), length
    with path.open("rb") as file:
        while left > 0 and (part := file.read(min(_STEP, left))):
            digest.update(part)
            left -= len(part)
    return digest.digest()


def verify(path: Path, expected: str = "") -> Verdict:
    """Check signature, every file's hash, and that nothing is missing or added. `expected`: the fingerprint it must be signed by.

    Raises Invalid for what is no bundle at all.
    """
    size = path.stat().st_size
    if size > LARGEST or size < _LENGTH + 22:
        raise Invalid("This is no audit bundle.", field="file")
    with path.open("rb") as file:
        file.seek(size - _LENGTH - 22)
        tail = file.read()
    if tail[:4] != _END or tail[22 : 22 + len(_MARK)] != _MARK:
        return Verdict(("It carries no signature where one must be: it was changed, or is no bundle.",))
    try:
        signature = base64.b64decode(tail[22 + len(_MARK) :], validate=True)
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(PUBLIC_KEY).file_size > _LONGEST_KEY or archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                return Verdict(("Its key or manifest is larger than any can be.",))
            key = serialization.load_pem_public_key(archive.read(PUBLIC_KEY))
            if not isinstance(key, Ed25519PublicKey):
                return Verdict(("Its key is of another kind.",))
            key.verify(signature, _digest(path, size - _LENGTH))
            return _inside(archive, fingerprint(key), expected)
    except InvalidSignature:
        return Verdict(("The signature does not fit: at least one byte was changed.",))
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, OSError, EOFError, RuntimeError, zlib.error) as error:
        return Verdict((f"It cannot be read: it was changed ({type(error).__name__}).",))


def _inside(archive: zipfile.ZipFile, name: str, expected: str) -> Verdict:
    manifest = json.loads(archive.read(MANIFEST))
    problems = []
    if manifest.get("format") != FORMAT:
        problems.append("Its form is not known here.")
    told = {str(key): str(value) for key, value in manifest.get("files", {}).items()}
    there = set(archive.namelist()) - {MANIFEST}
    problems += [f"{one} is missing." for one in sorted(told.keys() - there)]
    problems += [f"{one} was added." for one in sorted(there - told.keys())]
    for one in sorted(there & told.keys()):
        digest = hashlib.sha256()
        with archive.open(one) as file:
            while part := file.read(_STEP):
                digest.update(part)
        if digest.hexdigest() != told[one]:
            problems.append(f"{one} is not what was signed.")
    if expected and name != expected:
        problems.append(f"It was signed by another key ({name}), not by {expected}.")
    return Verdict(tuple(problems), name, manifest)
