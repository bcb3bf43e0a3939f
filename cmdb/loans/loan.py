"""A loan as data, and the rules about days and accessories. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cmdb.errors import Invalid

LONGEST_NOTE = 2000
CONDITIONS = ("good", "worn", "damaged")


@dataclass(frozen=True, slots=True)
class Accessory:
    """What goes along: a charger, a bag. `ci` names it in the inventory where it is one."""

    name: str
    quantity: int = 1
    returned: int = 0
    ci: str = ""

    @property
    def missing(self) -> int:
        """Pieces that are still out."""
        return max(0, self.quantity - self.returned)


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan. `state` is open, returned or lost; days are ISO dates, times ISO 8601 UTC."""

    id: str
    state: str
    device: str
    device_name: str
    person: str
    person_name: str
    out_at: str
    due_on: str
    device_class: str = ""
    asset_tag: str = ""
    serial: str = ""
    person_email: str = ""
    work_mode: str = ""
    left_on: str = ""
    returned_at: str = ""
    note: str = ""
    note_in: str = ""
    condition_out: str = ""
    condition_in: str = ""
    actor_out: str = ""
    actor_in: str = ""
    reminded_at: str = ""
    reminders: int = 0
    accessories: tuple[Accessory, ...] = field(default=())

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Loan:
        """From a row of the graph."""
        names = cls.__slots__
        plain = {n: row[n] for n in names if n != "accessories" and row.get(n) is not None}
        return cls(**plain, accessories=tuple(Accessory(**a) for a in row.get("accessories") or ()))

    def days_late(self, today: date) -> int:
        """Days since it was due; 0 when it is not."""
        return max(0, (today - date.fromisoformat(self.due_on)).days) if self.state == "open" and self.due_on else 0

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        said = {name: getattr(self, name) for name in self.__slots__ if name != "accessories"}
        return said | {
            "accessories": [{"name": a.name, "quantity": a.quantity, "returned": a.returned, "ci": a.ci} for a in self.accessories]
        }


def due_day(text: str, today: date) -> str:
    """The day a loan is due. Raises Invalid for no date, a day in the past, or one more than five years away."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("Say when it is due as a date, e.g. 2026-12-24.", field="due_on") from error
    if day < today:
        raise Invalid("The day it is due is in the past.", field="due_on")
    if (day - today).days > 5 * 366:
        raise Invalid("That is more than five years away; lend it for a shorter time and extend it.", field="due_on")
    return day.isoformat()


def accessories_of(given: Iterable[Mapping[str, Any] | str]) -> tuple[Accessory, ...]:
    """Accessories from names or {name, quantity, ci}; equal names are added up. Raises Invalid."""
    found: dict[str, Accessory] = {}
    for one in given:
        row = {"name": one} if isinstance(one, str) else one
        name = str(row.get("name", "")).strip()
        quantity = row.get("quantity", 1)
        if not name or len(name) > 200:
            raise Invalid("An accessory needs a name of at most 200 characters.", field="accessories")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 1000:
            raise Invalid(f"The quantity of {name} must be a whole number from 1 to 1000.", field="accessories")
        before = found.get(name)
        found[name] = Accessory(name, quantity + (before.quantity if before else 0), 0, str(row.get("ci", "")))
    return tuple(found.values())


def taken_back(accessories: Sequence[Accessory], returned: Sequence[str] | None) -> tuple[Accessory, ...]:
    """Accessories after a return: all came back when `returned` is None, else the named ones. Raises Invalid for another name."""
    if returned is None:
        return tuple(Accessory(a.name, a.quantity, a.quantity, a.ci) for a in accessories)
    names = {a.name for a in accessories}
    for name in returned:
        if name not in names:
            raise Invalid(f"{name[:60]} was not lent with it; it was lent with {', '.join(sorted(names)) or 'nothing'}.", field="returned")
    return tuple(Accessory(a.name, a.quantity, a.quantity if a.name in returned else a.returned, a.ci) for a in accessories)


def checked(text: str, what: str) -> str:
    """A note within bounds. Raises Invalid."""
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"{what} is longer than {LONGEST_NOTE} characters.", field=what)
    return text.strip()


def condition(text: str) -> str:
    """A condition: good, worn, damaged, or not said. Raises Invalid."""
    if text and text not in CONDITIONS:
        raise Invalid(f"The condition is one of {', '.join(CONDITIONS)}.", field="condition")
    return text
