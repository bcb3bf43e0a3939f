"""JUNIPER-MIB: the parts of Junos devices, which have no entPhysicalTable with serials (jnxContentsTable)."""

from __future__ import annotations

from discovery.snmp.probes.entity import Entities, Part, real
from discovery.snmp.tables import Table
from discovery.snmp.values import number, text

ROOT = "1.3.6.1.4.1.2636.3.1.8"
COLUMNS: dict[str, str] = {
    "within": "1.3.6.1.4.1.2636.3.1.6.1.4",  # jnxContainersWithin, by container
    "descr": f"{ROOT}.1.6",
    "serial": f"{ROOT}.1.7",
    "hardware": f"{ROOT}.1.8",
    "part_number": f"{ROOT}.1.10",
}
_KINDS = (("power", "power supply"), ("psu", "power supply"), ("pem", "power supply"), ("fan", "fan"), ("chassis", "chassis"))


def parse(table: Table) -> Entities:
    """Parts by their place CONTAINER.LEVEL1.LEVEL2.LEVEL3; a part lies in the one whose deeper levels are 0."""
    rows: dict[tuple[int, ...], Part] = {}
    for key in table["descr"]:
        pieces = key.split(".")
        if len(pieces) == 4 and all(piece.isdigit() and int(piece) < 10_000 for piece in pieces):
            place = tuple(map(int, pieces))
            rows[place] = _part(table, key, place)
    within = {int(key): inside for key, value in table["within"].items() if key.isdigit() and (inside := number(value))}
    parts = []
    for place, part in rows.items():
        holder = _holder(place, within)
        parent = rows.get(holder) if holder is not None and holder != place else None
        parts.append(Part(part.index, part.kind, parent.index if parent else None, part.name, part.descr, part.model, part.serial))
    return Entities(tuple(parts))


def _part(table: Table, key: str, place: tuple[int, ...]) -> Part:
    descr = text(table["descr"].get(key), 255)
    kind = next((kind for word, kind in _KINDS if word in descr.casefold()), "module")
    model, serial = (real(text(table[column].get(key), 255)) for column in ("part_number", "serial"))
    return Part(_index(place), kind, None, descr, descr, model, serial)


def _holder(place: tuple[int, ...], within: dict[int, int]) -> tuple[int, ...] | None:
    container, first, second, third = place
    if third:
        return (container, first, second, 0)
    if second:
        return (within.get(container, container), first, 0, 0)
    return None


def _index(place: tuple[int, ...]) -> int:
    number = 0
    for level in place:
        number = number * 10_000 + level
    return number
