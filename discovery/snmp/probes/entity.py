"""ENTITY-MIB (RFC 6933): the physical parts, which part holds which, and which of them is the device itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from discovery.snmp.tables import Table
from discovery.snmp.values import number, text

ROOTS = ("1.3.6.1.2.1.47.1.1.1",)
_BASE = "1.3.6.1.2.1.47.1.1.1.1"
COLUMNS: dict[str, str] = {
    "descr": f"{_BASE}.2",
    "contained_in": f"{_BASE}.4",
    "class": f"{_BASE}.5",
    "name": f"{_BASE}.7",
    "hardware": f"{_BASE}.8",
    "firmware": f"{_BASE}.9",
    "software": f"{_BASE}.10",
    "serial": f"{_BASE}.11",
    "vendor": f"{_BASE}.12",
    "model": f"{_BASE}.13",
}
_CLASSES = {
    1: "other",
    2: "unknown",
    3: "chassis",
    4: "backplane",
    5: "container",
    6: "power supply",
    7: "fan",
    8: "sensor",
    9: "module",
    10: "port",
    11: "stack",
    12: "cpu",
    13: "energy object",
    14: "battery",
    15: "storage drive",
}
_KEPT = frozenset({"chassis", "power supply", "module", "cpu", "battery", "storage drive"})
_NOTHING = re.compile(
    r"(n/?a|none|null|\(null\)|unknown|unspecified|not (available|applicable|present|specified|set)|default string|empty|"
    r"to be filled.*|builtin|built-in|invalid|undefined|unavailable|[-.?_x0# ]*)",
    re.IGNORECASE,
)


def real(value: str) -> str:
    """The value, or empty where it only says that there is none."""
    return "" if _NOTHING.fullmatch(value) else value


@dataclass(frozen=True, slots=True)
class Part:
    """One entPhysicalTable row. `parent` is the entPhysicalIndex of what contains it, None at the top."""

    index: int
    kind: str
    parent: int | None
    name: str = ""
    descr: str = ""
    model: str = ""
    serial: str = ""
    vendor: str = ""
    hardware: str = ""
    firmware: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class Entities:
    """The tree of parts. `device` is the part that stands for the whole device (its chassis), `is_stack` when there are several."""

    parts: tuple[Part, ...] = ()
    device: Part | None = None
    members: tuple[Part, ...] = ()

    @property
    def is_stack(self) -> bool:
        """Whether the device is a stack (or a pair of chassis) with members of their own serial."""
        return len(self.members) > 1

    def worth_an_item(self) -> list[tuple[Part, Part | None]]:
        """Parts to show, parents first, each with the nearest shown part that contains it (None: the device itself).

        A lone chassis is the device. The `stack` row is the device too: it repeats its master's serial and identifies nothing.
        """
        own = {self.device.index} if self.device is not None and not self.is_stack else set()
        chosen = {part.index: part for part in self.parts if part.index not in own and _is_shown(part)}
        by_index = {part.index: part for part in self.parts}
        shown: dict[int, Part] = {}
        found: list[tuple[Part, Part | None]] = []
        for part in sorted(chosen.values(), key=lambda part: _depth(part, by_index)):
            found.append((part, _holder(part, shown, by_index)))  # only what came before can hold it: cycles end here
            shown[part.index] = part
        return found


def parse(table: Table) -> Entities:
    """The tree. References to rows that are not there, and cycles, are agents' mistakes that every walk up the tree must stand."""
    rows = {int(key): _part(table, key) for key in table.indexes() if key.isdigit()}
    parts = tuple(rows.values())
    members = _members(parts)
    return Entities(parts, _device(parts, members), members)


def _part(table: Table, key: str) -> Part:
    def say(column: str) -> str:
        return text(table[column].get(key), 255)

    parent = number(table["contained_in"].get(key))
    kind = number(table["class"].get(key))
    return Part(
        index=int(key),
        kind=_CLASSES.get(kind or 2, "unknown"),
        parent=parent or None,
        name=say("name"),
        descr=say("descr"),
        model=real(say("model")),
        serial=real(say("serial")),
        vendor=real(say("vendor")),
        hardware=real(say("hardware")),
        firmware=real(say("firmware")),
        software=real(say("software")),
    )


def _members(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Chassis that stand side by side: below one `stack` row, or at the top. A chassis in a chassis is none."""
    kinds = {part.index: part.kind for part in parts}
    chassis = [part for part in parts if part.kind == "chassis"]
    below_stack = [part for part in chassis if part.parent is not None and kinds.get(part.parent) == "stack"]
    at_top = [part for part in chassis if part.parent is None]
    side_by_side = below_stack or at_top
    with_serial = [part for part in side_by_side if part.serial]
    return tuple(with_serial if len({part.serial for part in with_serial}) > 1 else side_by_side[:1])


def _device(parts: tuple[Part, ...], members: tuple[Part, ...]) -> Part | None:
    """The first member; else the highest part that has a model or a serial and is no stack; else the highest part."""
    if members and (members[0].serial or members[0].model):
        return members[0]
    by_index = {part.index: part for part in parts}
    ordered = sorted(parts, key=lambda part: _depth(part, by_index))
    speaking = [
        part
        for part in ordered
        if (part.serial or part.model) and part.kind in ("chassis", "module", "container", "backplane", "other", "unknown")
    ]
    with_both = [part for part in speaking if part.serial and part.model and _depth(part, by_index)[0] <= 2]
    candidates = with_both or speaking or [part for part in ordered if part.kind == "stack"] or list(members) or ordered
    return candidates[0] if candidates else None


def _depth(part: Part, by_index: dict[int, Part]) -> tuple[int, int]:
    depth, at, seen = 0, part.parent, {part.index}
    while at is not None and at in by_index and at not in seen:
        seen.add(at)
        depth, at = depth + 1, by_index[at].parent
    return depth, part.index


def _is_shown(part: Part) -> bool:
    if part.kind in _KEPT:
        return True
    return part.kind not in ("stack", "sensor") and bool(part.serial)


def _holder(part: Part, chosen: dict[int, Part], by_index: dict[int, Part]) -> Part | None:
    at, seen = part.parent, {part.index}
    while at is not None and at not in seen:
        if at in chosen:
            return chosen[at]
        seen.add(at)
        at = by_index[at].parent if at in by_index else None
    return None
