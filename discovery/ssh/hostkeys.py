"""Whom we talk to: strict host keys, and the errors that carry an unknown key to the person who may approve it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cmdb.errors import Refused


class KnownKey(Protocol):
    """An approved key of a host, from wherever it is kept (`cmdb.store.host_keys.HostKey` fits)."""

    @property
    def key_type(self) -> str:
        """`ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`."""

    @property
    def key_b64(self) -> str:
        """The key itself, base64."""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host key as shown in a handshake."""

    key_type: str
    key_b64: str

    @property
    def fingerprint(self) -> str:
        """`SHA256:…` as ssh-keygen writes it."""
        digest = hashlib.sha256(base64.b64decode(self.key_b64)).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


class HostKeyRefused(Refused):
    """The host showed a key nobody approved. Everything needed to record it as pending is here; nothing was sent to the host."""

    def __init__(self, message: str, *, host: str, port: int, key: HostKey, changed: bool) -> None:
        super().__init__(message)
        self.host = host
        self.port = port
        self.key_type = key.key_type
        self.key_b64 = key.key_b64
        self.fingerprint = key.fingerprint
        self.changed = changed


def check_host_key(host: str, port: int, shown: HostKey, known: Sequence[KnownKey]) -> None:
    """Return only for a key that was approved for this very host and port. Raises HostKeyRefused."""
    if any((one.key_type, one.key_b64) == (shown.key_type, shown.key_b64) for one in known):
        return
    where = f"{host} port {port}"
    if known:
        message = (
            f"THE HOST KEY OF {where} HAS CHANGED: it shows {shown.key_type} {shown.fingerprint}, which is not the approved one."
            " Somebody may be in between, or the host was installed anew. Nothing was sent. Find out, then approve or reject the new key."
        )
    else:
        message = (
            f"The host key of {where} is not approved yet: {shown.key_type} {shown.fingerprint}."
            " Compare it with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub) and approve it."
        )
    raise HostKeyRefused(message, host=host, port=port, key=shown, changed=bool(known))


def preferred_types(offered: Sequence[str], known: Sequence[KnownKey]) -> tuple[str, ...]:
    """Algorithms of the keys we know first, so that the host shows one of these. An RSA key is signed by three algorithms."""
    types = {
        name for one in known for name in (("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa") if one.key_type == "ssh-rsa" else (one.key_type,))
    }
    return (*(name for name in offered if name in types), *(name for name in offered if name not in types))
