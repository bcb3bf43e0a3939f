"""Bodies on the wire: zlib, gzip or plain, told apart by their first bytes and never by a header, unpacked within bounds.

Agents label zlib as x-compress, x-compressed, x-compress-zlib or octet-stream; 50 MB of one letter are 48.6 KB of zlib (measured).
"""

from __future__ import annotations

import gzip
import zlib
from typing import Literal, TypeAlias

from cmdb.errors import Invalid

Compression: TypeAlias = Literal["zlib", "gzip", "plain"]

MAX_BODY = 16 * 1024 * 1024
"""Bytes of one body, packed and unpacked. Real reports are 0.2–4 MB unpacked."""


class TooLarge(Invalid):
    """A body that is larger than an inventory can be."""


def sniff(data: bytes) -> Compression:
    """How the body is packed, by its first bytes (RFC 1950 section 2.2, RFC 1952 section 2.3.1)."""
    if data[:2] == b"\x1f\x8b":
        return "gzip"
    if len(data) >= 2 and data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and not data[1] & 0x20 and int.from_bytes(data[:2], "big") % 31 == 0:
        return "zlib"
    return "plain"


def unwrap(data: bytes, limit: int = MAX_BODY) -> tuple[bytes, Compression]:
    """The body unpacked, and how it was packed. Never holds more than `limit` bytes of it.

    Raises Invalid for an empty body, one that is larger than `limit`, cut off, damaged, or followed by something else.
    """
    if not data:
        raise Invalid("The body is empty; an agent sends XML or JSON.", field="body")
    if len(data) > limit:
        raise _too_large(limit)
    packed = sniff(data)
    if packed == "plain":
        return data, packed
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS if packed == "zlib" else 16 + zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(data, limit)
        # Exactly `limit` bytes may still end here; one more byte of output is a bomb.
        more = b"" if unpacker.eof else unpacker.decompress(unpacker.unconsumed_tail, 1)
    except zlib.error as error:
        raise Invalid(f"The {packed} body is damaged ({str(error)[:80]}).", field="body") from None
    if more:
        raise _too_large(limit)
    if not unpacker.eof:
        raise Invalid(f"The {packed} body is cut off.", field="body")
    if unpacker.unused_data:
        raise Invalid(f"Something follows the end of the {packed} body; one report is one stream.", field="body")
    if not body:
        raise Invalid("The body is empty; an agent sends XML or JSON.", field="body")
    return body, packed


def wrap(data: bytes, compression: Compression) -> bytes:
    """Pack an answer. zlib at the default level: FusionInventory looks for the bytes 78 9c and refuses other levels (measured)."""
    if compression == "zlib":
        return zlib.compress(data)
    if compression == "gzip":
        return gzip.compress(data, mtime=0)
    return data


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit // (1024 * 1024)} MB unpacked; no inventory is.", field="body")
