"""Values as they come off the wire, and the late, careful decoding of them.

OCTET STRINGs stay bytes until somebody knows what they mean: a MAC, a bit map and a name look alike. All text is hostile:
control characters go, length is bounded.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TypeAlias

Value: TypeAlias = int | float | bytes | str | None
"""bytes: OCTET STRING; str: OBJECT IDENTIFIER (`1.3.6.1…`) or IpAddress (`10.0.0.1`); None: NULL."""

MAX_TEXT = 1_000
"""Longest text kept of one value, in characters; sysDescr may have 255 octets by RFC 3418 and has more in practice."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_NO_MACS = (b"\0" * 6, b"\xff" * 6)
_NO_MAC_TEXTS = tuple(raw.hex(":") for raw in _NO_MACS)
_OCTETS = {str(octet): f"{octet:02x}" for octet in range(256)}
_BLANKS = re.compile(r"[ \t\r\n]+")


def text(value: Value, limit: int = MAX_TEXT) -> str:
    """Readable text of a value, never longer than `limit`; empty when there is none.

    UTF-8, and Latin-1 where it is not. NULs at the end and control, direction and zero-width characters go; runs of blanks become one.
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        if len(value) <= limit and value.isascii() and b"  " not in value:
            plain = value.decode("ascii")
            if plain.isprintable():  # nearly all: nothing of what follows would change it
                return plain.strip()
        raw = value[: limit * 4].rstrip(b"\0")
        try:
            value = raw.decode("utf-8")
        except UnicodeDecodeError as err:
            cut_in_character = len(value) > len(raw) and err.start >= len(raw) - 4
            value = raw[: err.start].decode("utf-8") if cut_in_character else raw.decode("latin-1")
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return _BLANKS.sub(" ", _CONTROL.sub("", str(value))).strip()[:limit].rstrip()


def number(value: Value) -> int | None:
    """The integer a value is, also where an agent sends it as digits; None otherwise."""
    if type(value) is int:
        return value
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    raw = text(value, 24)
    return int(raw) if re.fullmatch(r"-?[0-9]{1,20}", raw) else None


def mac(value: Value) -> str | None:
    """`aa:bb:cc:dd:ee:ff` of six octets or of text that spells them; None for anything else, all zero and all one included."""
    if isinstance(value, bytes) and len(value) == 6:
        raw = value
    elif isinstance(value, bytes) and len(value) == 7 and value[0] == 6:  # some agents put the length before it
        raw = value[1:]
    else:
        digits = re.sub(r"[-:. ]", "", text(value, 40))
        if not re.fullmatch(r"[0-9A-Fa-f]{12}", digits):
            return None
        raw = bytes.fromhex(digits)
    return None if raw in _NO_MACS else raw.hex(":")


def mac_of_index(parts: list[str]) -> str | None:
    """A MAC from the parts of a table index. Accepts the seven parts of agents that put the length first (ArubaOS-CX, Comtrol)."""
    if len(parts) == 7 and parts[0] == "6":
        parts = parts[1:]
    if len(parts) != 6:
        return None
    try:
        found = ":".join([_OCTETS[part] for part in parts])
    except KeyError:
        return None
    return None if found in _NO_MAC_TEXTS else found


def address(raw: bytes) -> str | None:
    """An IPv4 or IPv6 address from 4, 16, 8 or 20 octets (the last two carry a zone, which is dropped); None otherwise."""
    if len(raw) in (4, 8):
        return str(ipaddress.IPv4Address(raw[:4]))
    if len(raw) in (16, 20):
        return str(ipaddress.IPv6Address(raw[:16]))
    return None


def address_of_index(parts: list[str]) -> tuple[str | None, list[str]]:
    """The InetAddressType and InetAddress at the start of an index (RFC 4001), and what follows them.

    Tolerates agents that leave the length octet out.
    """
    try:
        octets = [int(part) for part in parts]
    except ValueError:
        return None, []
    if len(octets) < 2 or any(part > 255 for part in octets[1:5]):
        return None, []
    kind, length = octets[0], octets[1]
    sizes = {1: 4, 2: 16, 3: 8, 4: 20}
    size = sizes.get(kind)
    if size is None:
        return None, []
    start = 2 if length == size and len(octets) >= 2 + size else 1
    raw = octets[start : start + size]
    if len(raw) != size or any(part > 255 for part in raw):
        return None, []
    return address(bytes(raw)), parts[start + size :]


def is_under(oid: str, root: str) -> bool:
    """Whether `oid` is `root` or below it."""
    return oid.startswith(root) and (len(oid) == len(root) or oid[len(root)] == ".")


def oid_key(oid: str) -> tuple[int, ...]:
    """For comparing OIDs in the order of a walk. Raises ValueError for what is no OID."""
    return tuple(map(int, oid.split(".")))
