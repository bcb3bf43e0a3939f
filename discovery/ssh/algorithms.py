"""Which algorithms are no longer safe, and how a conversation uses or avoids them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import paramiko


def is_legacy(name: str) -> bool:
    """SHA-1 and MD5, block ciphers in CBC mode, truncated MACs, and RSA signatures over SHA-1 (RFC 9142, OpenSSH 8.8 release notes)."""
    return name.endswith(("-sha1", "-cbc", "-96")) or "md5" in name or name in ("ssh-rsa", "ssh-dss")


def restrict(transport: paramiko.Transport, *, allow_legacy: bool) -> None:
    """Offer only safe algorithms, the authenticated ciphers first; with `allow_legacy` the others too, last."""
    options = transport.get_security_options()
    options.kex = _ordered(options.kex, allow_legacy)
    options.ciphers = _ordered(options.ciphers, allow_legacy)
    options.digests = _ordered(options.digests, allow_legacy)
    options.key_types = _ordered(options.key_types, allow_legacy)


class RememberingTransport(paramiko.Transport):
    """A transport that still knows after the handshake by which key exchange it was made; paramiko forgets the engine."""

    key_exchange = ""

    @property
    def kex_engine(self) -> Any:
        """The key exchange under way; None before and after."""
        return self.__dict__.get("_kex_engine")

    @kex_engine.setter
    def kex_engine(self, engine: Any) -> None:
        self.__dict__["_kex_engine"] = engine
        self.key_exchange = getattr(engine, "name", "") or self.key_exchange


def used_legacy(transport: RememberingTransport) -> tuple[str, ...]:
    """The unsafe algorithms this conversation uses, after the handshake."""
    told = (getattr(transport, name, "") for name in ("host_key_type", "local_cipher", "remote_cipher", "local_mac", "remote_mac"))
    return tuple(sorted({name for name in (transport.key_exchange, *told) if name and is_legacy(name)}))


def _ordered(names: Iterable[str], allow_legacy: bool) -> tuple[str, ...]:
    several = tuple(names)
    legacy = tuple(name for name in several if is_legacy(name)) if allow_legacy else ()
    return (*sorted((name for name in several if not is_legacy(name)), key=_is_plain), *legacy)


def _is_plain(name: str) -> bool:
    """AES-GCM encrypts and authenticates in one step, and encrypt-then-MAC is the sounder order of two (OpenSSH prefers both as well)."""
    return "-gcm@" not in name and "-etm@" not in name
