"""Reading values that somebody else wrote: every getter gives the expected type or nothing, and never raises on its content."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from cmdb.errors import Unreadable

MAX_TEXT = 1000
_MAX_INT = 2**63 - 1
# Control characters, and those that turn the direction of text (a name must not show as another one).
_CONTROL = dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], " ")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def clean(value: object, limit: int = MAX_TEXT) -> str:
    """Text without control characters and lone surrogates, trimmed, at most `limit` characters; empty for anything that is not text."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and value.isprintable():
        return value.strip()[:limit].rstrip()
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    if not value.isprintable():
        value = value.translate(_CONTROL)
    return value.strip()[:limit].rstrip()


def whole(value: object) -> int | None:
    """A whole number that fits the graph (64 bits), from a number or from its decimal text."""
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit()):
            value = value.strip()
            digits = value.removeprefix("-")
            if not (digits.isascii() and digits.isdigit()):
                return None
        if len(value) > 20:
            return None
        value = int(value)
    if type(value) is int:
        return value if -_MAX_INT <= value <= _MAX_INT else None
    return None


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects in a JSON list; a lone object counts as a list of one (some tools unwrap those)."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [row for row in value if isinstance(row, dict)]
    return []


def load_json(text: str) -> object:
    """Parse JSON; an empty text is None. Raises Unreadable on anything malformed or nested beyond reason."""
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"Not valid JSON ({type(error).__name__}).") from None


def key_values(text: str, separator: str = "=") -> Iterator[tuple[str, str]]:
    """`name=value` lines; lines of another form are skipped."""
    for line in text.splitlines():
        name, found, value = line.partition(separator)
        if found and name.strip():
            yield name.strip(), clean(value)


def address(value: object) -> IPAddress | None:
    """An IP address without prefix or zone; an IPv4 address in IPv6 dress (`::ffff:10.0.0.1`) comes out as IPv4."""
    return _parsed(value) if isinstance(value, str) and len(value) < 200 else None


@lru_cache(maxsize=8192)
def _parsed(value: str) -> IPAddress | None:
    text = value.strip().strip("[]").partition("%")[0].partition("/")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def mac(value: object) -> str:
    """A 48-bit hardware address as six lower-case pairs, or empty; all zeros and all ones are no address."""
    if not isinstance(value, str):
        return ""
    digits = value.strip().lower().replace(":", "").replace("-", "").replace(".", "")
    if len(digits) != 12 or digits.strip("0123456789abcdef") or digits in ("0" * 12, "f" * 12):
        return ""
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
