"""The block list of a rule file: more values that identify nothing. A site adds; it takes back only host names it vouches for."""

from __future__ import annotations

import re
from typing import Any

from cmdb.model.catalogue.source import Part
from reconciliation import normalise
from reconciliation.rules_yaml import amount, plain

_KINDS = ("serial", "uuid", "machine_id", "hostname", "imei", "asset_tag", "cloud_id", "employee_number")
_ORDINARY = {
    "serial": ("7xk2m13", "cz3401abcd", "fcw2211l0ab", "pf1a2b3c", "vmware564d8a", "80271"),
    "uuid": ("4c4c4544004235108052b4c04f564433", "9f3a2b1c7d6e45f08a1b2c3d4e5f6071"),
    "machine_id": ("4f1d0b2c9a8e7f605142332415060708", "b7e1f0a2934c4d5e8f6071829304a5b6"),
    "hostname": ("nb-0231", "sw-core-1", "db1", "ada-phone"),
    "imei": ("356938035643809", "490154203237518"),
    "asset_tag": ("a-104711", "0042", "nb17", "itsupport/17"),
    "cloud_id": ("i-0abc12de34f567890", "5f2a1c7e-0b1d-4e6f-9a3b-2c4d5e6f7081"),
    "employee_number": ("104711", "e-0042"),
}
"""Values as machines really have them: a pattern that refuses them all refuses everything."""
MAX_PATTERN = 200


def read_blocklist(data: dict[str, Any], part: Part) -> None:
    """Add what the part says to the data of a BlockList. Raises CatalogueError."""
    for kind, section in part.entries():
        if kind == "mac":
            _macs(data, section)
        elif kind in _KINDS:
            _values(data, kind, section)
        else:
            section.refuse(f"a block list has {', '.join(_KINDS)} and mac; board and chassis serials go by `serial`")


def _values(data: dict[str, Any], kind: str, part: Part) -> None:
    said = part.fields(("minimum_length", "exact", "patterns", "allow"))
    own = dict(data.get(kind, {}))
    if "minimum_length" in said:
        least = int(own.get("minimum_length", 1))
        own["minimum_length"] = int(amount(said["minimum_length"], least, 12, whole=True))
    for key in ("exact", "patterns"):
        if key in said:
            own[key] = [*own.get(key, ()), *(_row(kind, key, row, said[key]) for row in _rows(said[key]))]
    if "allow" in said:
        if kind != "hostname":
            said["allow"].refuse("only host names may be taken off the list; numbers on it were seen on many machines")
        allowed = {normalise.hostname(name) for name, _ in said["allow"].texts()}
        own["exact"] = [row for row in own.get("exact", ()) if normalise.hostname(str(row["value"])) not in allowed]
    data[kind] = own


def _rows(part: Part) -> list[Any]:
    said = plain(part)
    if not isinstance(said, list):
        part.refuse(f"{part.says} must be a list of {{value, source}}")
    return list(said)


def _row(kind: str, key: str, row: Any, part: Part) -> dict[str, str]:
    if not isinstance(row, dict) or set(row) != {"value", "source"} or not all(isinstance(v, str) and v.strip() for v in row.values()):
        part.refuse(f"every entry of {part.says} is {{value, source}}: what is refused, and where that was seen")
    if key == "patterns":
        _pattern(kind, row["value"], part)
    return row


def _pattern(kind: str, text: str, part: Part) -> None:
    if len(text) > MAX_PATTERN:
        part.refuse(f"a pattern is longer than {MAX_PATTERN} characters")
    try:
        pattern = re.compile(text)
    except re.error as error:
        part.refuse(f"{text[:60]!r} is no pattern: {error}")
    if all(pattern.fullmatch(value) for value in _ORDINARY[kind]):
        part.refuse(f"the pattern {text[:60]!r} matches everything: no {kind} would identify anything")


def _macs(data: dict[str, Any], part: Part) -> None:
    said = part.fields(("refuse", "weak", "doubled"))
    own = dict(data.get("mac", {}))
    for key, section in said.items():
        for row in _rows(section):
            right = isinstance(row, dict) and set(row) == {"prefix", "source"} and re.fullmatch("[0-9a-f]{4,12}", str(row["prefix"]))
            if not right:
                section.refuse(
                    f"every entry of {section.says} is {{prefix, source}}, the prefix 4 to 12 hexadecimal digits in small letters"
                )
            own[key] = [*own.get(key, ()), {"prefix": str(row["prefix"]), "source": str(row["source"])}]
    data["mac"] = own
