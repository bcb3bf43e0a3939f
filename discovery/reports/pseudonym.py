"""Keyed hashes of a personal device's identifiers: it is recognised again, and nobody can look up its serial number.

HMAC-SHA256 under a key of the site that never leaves the ledger. A value that many machines show (a placeholder) gets no pseudonym:
hashed, it could not be told from a real one, and would make one device of many.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from cmdb.model.observation import Identifier

_NOT_ALNUM = re.compile(r"[^0-9a-z]")
_PLACEHOLDER = re.compile(
    r"(.)\1*|tobefilled.*|oemdefault.*|default(string)?|system(serial(number|numb)?|productname)?|(chassis|board|baseboard)?serial(number|no)?|"
    r"not(specified|available|applicable|settable|present)|none|null(string)?|empty|na|unknow|unknown|invalid|oem(serial)?|eval|test|"
    r"0?123456789?0?[0-9]{0,8}|(0123456789)+|x+[0-9]?|n+"
)
_PLACEHOLDER_UUIDS = (
    "03000200040005000006000700080009",
    "00020003000400050006000700080009",
    "01010101" * 4,
    "123456781234567890abcddeefaabbcc",
)
HASHED = {"serial": ("bios.ssn", "serial-hash"), "uuid": ("hardware.uuid", "uuid-hash"), "imei": ("modems.imei", "imei-hash")}
"""Kind of identifier → the field of a report that holds it, and the scope of its pseudonym."""
_SHORTEST = 4
_UUID_DIGITS = 32
_MAC_DIGITS = 12
_IMEI_DIGITS = (14, 15, 16)
"""The number itself (3GPP TS 23.003), with its check digit, with the version of its software: one device in every list."""


def pseudonym(kind: str, value: str, key: bytes) -> str:
    """32 hex digits for one value of one kind (`bios.ssn`, `networks.mac` …); empty for a placeholder, or without a key."""
    plain = _NOT_ALNUM.sub("", value.casefold())
    if kind.endswith(".imei") and plain.isdigit() and len(plain) in _IMEI_DIGITS:
        plain = plain[: _IMEI_DIGITS[0]]
    if not key or len(plain) < _SHORTEST or _PLACEHOLDER.fullmatch(plain) or plain in _PLACEHOLDER_UUIDS:
        return ""
    if kind.endswith(".mac") and not _of_one_machine(plain):
        return ""
    return hmac.new(key, f"{kind}|{plain}".encode(), hashlib.sha256).hexdigest()[:32]


def pseudonymous(known: Identifier, key: bytes) -> Identifier | None:
    """The identifier that stands for this one in reports of a personal device; None where there is none for it."""
    if known.kind == "mac":
        hashed = pseudonym("networks.mac", known.value, key)
        return Identifier("agent_id", f"mac-hash:{hashed}") if hashed else None
    field, scope = HASHED.get(known.kind, ("", ""))
    hashed = pseudonym(field, known.value, key) if field else ""
    return Identifier("external_id", hashed, scope) if hashed else None


def _of_one_machine(digits: str) -> bool:
    """A universally administered unicast address (IEEE 802): phones invent the others anew for each network."""
    if len(digits) != _MAC_DIGITS or not re.fullmatch(r"[0-9a-f]+", digits):
        return False
    return not int(digits[:2], 16) & 3
