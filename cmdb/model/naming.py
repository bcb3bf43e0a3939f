"""What people call a thing: which of its values is its name. Pure."""

from __future__ import annotations

import re
from typing import Final

NAMING: Final = ("name", "hostname", "fqdn", "prefix", "address", "process", "subject", "serial", "asset_tag", "mac")
"""Attributes that name a CI, the best first."""

NAMING_IDENTIFIERS: Final = ("email", "login", "hostname", "fqdn", "asset_tag", "serial", "mac", "chassis_id", "imei", "ip")
"""Kinds of identifier that name what nobody described: a neighbour that a switch heard, a person whom a table names by address alone."""

_TWELVE_DIGITS = re.compile(r"[0-9a-f]{12}")


def spelt(value: str, kind: str) -> str:
    """The normal form of an identifier as people know it: hardware addresses in pairs, the rest as it is."""
    if kind == "mac" and _TWELVE_DIGITS.fullmatch(value):
        return ":".join(value[place : place + 2] for place in range(0, 12, 2))
    return value
