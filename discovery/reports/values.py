"""Reading the values of reports: numbers, yes and no, times that are times. Nothing here raises: what cannot be read is None."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from cmdb.model.times import to_text

MEBI = 1024 * 1024
MEGA = 1_000_000
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,10}")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|(\d\d)(\d\d))(?!\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_YES, _NO = {"1", "true", "yes", "on", "enabled", "active"}, {"0", "false", "no", "off", "disabled", "inactive"}
_EARLIEST, _LATEST = 1995, 2100
UNKNOWN = "unknown"
"""Of a setting: the endpoint was asked, and nobody vouches for it. Not the same as silence, which changes nothing."""


def text(value: Any) -> str:
    """The value as text; empty for what is none."""
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, (bool, list, dict)) else str(value)


def texts(value: Any) -> list[str]:
    """The texts in a list; nothing for what is no list."""
    return [part for part in value if isinstance(part, str) and part] if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """The number at the start of the value (`2 MiB` is 2)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    found = _NUMBER.match(value.strip()) if isinstance(value, str) else None
    return float(found[0]) if found else None


def count(value: Any, highest: int) -> int | None:
    """A whole number from 1 to `highest`."""
    found = number(value)
    return int(found) if found is not None and 1 <= found <= highest else None


def index(value: Any) -> int | None:
    """An index of SNMP (InterfaceIndex, PhysicalIndex: 1 to 2147483647, RFC 2863, RFC 6933), told as digits or as a number."""
    found = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return int(found) if _INDEX.fullmatch(found) and 1 <= int(found) < 2**31 else None


def size(value: Any, unit: int) -> int | None:
    """Bytes, from a positive number of `unit`s; None over 8 EiB, which is what fits the graph."""
    found = number(value)
    return int(found * unit) if found is not None and 1 <= found * unit < 2**63 else None


def truth(value: Any) -> bool | None:
    """Yes, no, or None for everything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if word in _YES else False if word in _NO else None


def moment(value: Any, offset: Any = "") -> datetime | None:
    """A local time `2026-11-22 17:21:49` with the zone offset `+0100` of its machine, in UTC.

    None for a time without a known zone, and for what no calendar has: agents send `2022-21-09` (minutes printed as the month) and
    `1970-00-01` (measured).
    """
    found = _TIME.match(value) if isinstance(value, str) else None
    zone = _OFFSET.fullmatch(offset) if isinstance(offset, str) else None
    if found is None or zone is None or int(zone[2]) > 14 or int(zone[3]) > 59:
        return None
    ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    try:
        year, month, date, hour, low, second = (int(part or 0) for part in found.groups())
        local = datetime(year, month, date, hour, low, second, tzinfo=UTC)
        when = local - ahead if zone[1] == "+" else local + ahead
    except (ValueError, OverflowError):
        return None
    return when if _EARLIEST <= when.year <= _LATEST else None


def minute(when: datetime) -> str:
    """The nearest minute, as text: a boot time that is computed from uptime jitters by a second from report to report (measured)."""
    return to_text((when + timedelta(seconds=30)).replace(second=0, microsecond=0))


def day(value: Any) -> str | None:
    """The first instant of a day `2026-11-20`, `2026-3-5` or `20261120…` as text; None for what is no day."""
    found = _DAY.match(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        when = datetime(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]), tzinfo=UTC)
    except ValueError:
        return None
    return to_text(when) if _EARLIEST <= when.year <= _LATEST else None


def address(value: Any, mask: Any = None) -> str | None:
    """An address with its prefix length where the mask is one; None for no address, and for the unspecified one."""
    try:
        found = ipaddress.ip_address(text(value).split("%")[0])
    except ValueError:
        return None
    if found.is_unspecified:
        return None
    length = _prefix(text(mask), found.max_prefixlen)
    return f"{found}/{length}" if length is not None else str(found)


def _prefix(mask: str, bits: int) -> int | None:
    """The length of a mask. FusionInventory and GLPI write `fff0::` for /128 (measured): an IPv6 length under 16 is not believed."""
    try:
        value = int(ipaddress.ip_address(mask))
    except ValueError:
        return None
    length = value.bit_count()
    if value != ((1 << length) - 1) << (bits - length) or (":" in mask and bits == 32):
        return None
    return length if length and (bits == 32 or length >= 16) else None
