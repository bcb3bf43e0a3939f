"""Which algorithms are no longer safe, and how a conversation uses or avoids them."""

from __future__ import annotations

from collections.abc import Iterable

import paramiko


def is_legacy(name: str) -> bool:
    """SHA-1 and MD5, block ciphers in CBC mode, truncated MACs, and RSA signatures over SHA-1 (RFC 9142, OpenSSH 8.8 release notes)."""
    return name.endswith(("-sha1", "-cbc", "-96")) or "md5" in name or name in ("ssh-rsa", "ssh-dss")


def restrict(transport: paramiko.Transport, *, allow_legacy: bool) -> None:
    """Offer only safe algorithms; with `allow_legacy` the others too, last."""
    options = transport.get_security_options()
    options.kex = _ordered(options.kex, allow_legacy)
    options.ciphers = _ordered(options.ciphers, allow_legacy)
    options.digests = _ordered(options.digests, allow_legacy)
    options.key_types = _ordered(options.key_types, allow_legacy)


def used_legacy(transport: paramiko.Transport) -> tuple[str, ...]:
    """The unsafe algorithms this conversation uses, after the handshake."""
    kex = getattr(transport.kex_engine, "name", "")
    told = (getattr(transport, name, "") for name in ("host_key_type", "local_cipher", "remote_cipher", "local_mac", "remote_mac"))
    return tuple(sorted({name for name in (kex, *told) if name and is_legacy(name)}))


def _ordered(names: Iterable[str], allow_legacy: bool) -> tuple[str, ...]:
    several = tuple(names)
    legacy = tuple(name for name in several if is_legacy(name)) if allow_legacy else ()
    return (*(name for name in several if not is_legacy(name)), *legacy)
