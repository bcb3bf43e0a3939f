"""What opens a host over SSH. Secrets stay out of every repr, log and message."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from cmdb.errors import Invalid

Kind = Literal["ssh-key", "ssh-password", "ssh-agent"]
_KINDS = ("ssh-key", "ssh-password", "ssh-agent")
_YES, _NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off", "")


@dataclass(frozen=True, slots=True)
class SshCredential:
    """A user with a private key, a password, or the keys of the running agent.

    `allow_legacy` accepts algorithms that are no longer safe (SHA-1, CBC), for devices that have no others; what was then used is reported
    with the asset. `sudo` lets the script ask `sudo -n` for the few commands that need root.
    """

    kind: Kind
    user: str
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    allow_legacy: bool = False
    sudo: bool = True

    def __post_init__(self) -> None:
        """Raises Invalid with the field at fault; never repeats a secret."""
        if self.kind not in _KINDS:
            raise Invalid(f"The kind of an SSH credential is one of {', '.join(_KINDS)}.", field="kind")
        if not self.user or len(self.user) > 255 or not self.user.isprintable():
            raise Invalid("An SSH credential needs a user name (at most 255 printable characters).", field="user")
        if self.kind == "ssh-password" and not self.password:
            raise Invalid("A credential of kind ssh-password needs a password.", field="password")
        if self.kind == "ssh-key" and not self.private_key:
            raise Invalid("A credential of kind ssh-key needs a private key.", field="private_key")

    @classmethod
    def from_secret(cls, kind: str, fields: Mapping[str, str]) -> SshCredential:
        """From a sealed credential of kind `ssh-key`, `ssh-password` or `ssh-agent`. Raises Invalid."""
        known = {"user", "password", "private_key", "passphrase", "allow_legacy", "sudo"}
        for name in fields:
            if name not in known:
                raise Invalid(f"An SSH credential has no field of this name; it has {', '.join(sorted(known))}.", field="secret")
        return cls(
            kind=kind,  # type: ignore[arg-type]  # checked in __post_init__
            user=fields.get("user", ""),
            password=fields.get("password", ""),
            private_key=fields.get("private_key", ""),
            passphrase=fields.get("passphrase", ""),
            allow_legacy=_choice(fields, "allow_legacy", default=False),
            sudo=_choice(fields, "sudo", default=True),
        )

    def load_key(self) -> paramiko.PKey:
        """The private key, opened. Raises Invalid when it cannot be read or its passphrase is missing or wrong."""
        # An encrypted key takes 50-100 ms of bcrypt to open: once a process, not once a host. The cache knows a hash, not the secret.
        name = hashlib.sha256(f"{self.private_key}\0{self.passphrase}".encode()).hexdigest()
        return _opened(name, _Sealed(self.private_key, self.passphrase))


class _Sealed:
    """Carries the secret past the cache: equal to any other, so that only the hash is compared, and without a repr."""

    __slots__ = ("passphrase", "text")

    def __init__(self, text: str, passphrase: str) -> None:
        self.text = text
        self.passphrase = passphrase

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sealed)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "_Sealed(…)"


@lru_cache(maxsize=32)
def _opened(_name: str, sealed: _Sealed) -> paramiko.PKey:
    """Opened by cryptography, for paramiko 4.0 itself refuses about every second ECDSA key that ssh-keygen makes."""
    load = load_ssh_private_key if "BEGIN OPENSSH" in sealed.text else load_pem_private_key
    try:
        key = load(sealed.text.strip().encode() + b"\n", sealed.passphrase.encode() or None)
    except TypeError:
        # cryptography says so for a passphrase that is missing, and for one that is not needed.
        wrong = (
            "The private key is not encrypted; leave the passphrase out."
            if sealed.passphrase
            else "The private key is encrypted; give its passphrase."
        )
        raise Invalid(wrong, field="passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        encrypted = " or does not open with this passphrase" if sealed.passphrase else ""
        raise Invalid(f"The private key cannot be read{encrypted}; use a whole key in OpenSSH or PEM form.", field="private_key") from None
    if isinstance(key, rsa.RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return paramiko.ECDSAKey(vals=(key, key.public_key()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return paramiko.Ed25519Key.from_private_key(io.StringIO(plain.decode()))
    raise Invalid("This kind of private key is not supported; use Ed25519, ECDSA or RSA.", field="private_key")


def _choice(fields: Mapping[str, str], name: str, *, default: bool) -> bool:
    if name not in fields:
        return default
    value = fields[name].strip().lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise Invalid(f"{name} is yes or no.", field=name)
