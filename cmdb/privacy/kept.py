"""What may be kept of a device in the graph, by its ownership, as data (data/kept.yaml). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml

LETTERS = {"corporate": "C", "loaned": "L", "personal": "P", "erased": "E"}
ERASED = "erased"
"""Not an ownership: what is left after an erasure."""
ORDER = ("corporate", "loaned", "personal")
"""From the class of which most is kept to that of which least is."""
WORDS = {"corporate": "corporate", "loaned": "on loan", "personal": "personal", "": "not known, which counts as personal"}
SoftwareRule = Literal["all", "watched", "none"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Who keeps something (letters), and why."""

    keep: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The table for one class. `whole`, `hashed` …: names; what no row names is kept of corporate and loaned devices alone."""

    ownership: str
    attributes: dict[str, Rule]
    identifiers: dict[str, Rule]
    things: dict[str, Rule]
    relations: dict[str, Rule]
    software: SoftwareRule
    software_why: str

    def _kept(self, table: dict[str, Rule], name: str) -> bool:
        return LETTERS[self.ownership] in table.get(name, _REST).keep

    def attribute(self, name: str) -> bool:
        """Whether an attribute may be kept as it is."""
        return self._kept(self.attributes, name)

    def identifier(self, kind: str) -> bool:
        """Whether an identifier of this kind may be kept as it is."""
        return self._kept(self.identifiers, kind)

    def thing(self, cls: str) -> bool:
        """Whether what lies in the device, or is plugged into it, may be kept when it is of this class."""
        return self._kept(self.things, cls)

    def relation(self, name: str) -> bool:
        """Whether the device may keep a relation of this type."""
        return self._kept(self.relations, name)

    def why(self, attribute: str) -> str:
        """The purpose for which an attribute is kept; empty where no row of the table names one."""
        return self.attributes.get(attribute, _REST).why

    def hashed(self, name: str) -> bool:
        """Whether an attribute or identifier is kept as a keyed hash only."""
        letter = LETTERS[self.ownership].lower()
        return letter in self.attributes.get(name, _REST).keep or letter in self.identifiers.get(name, _REST).keep


_REST = Rule("CL", "to manage the device")


def class_of(ownership: object) -> str:
    """corporate, loaned or personal; everything else counts as personal until somebody claims the device."""
    return str(ownership) if ownership in ORDER else "personal"


def stricter(one: str, other: str) -> str:
    """Of two ownership words the one of which less may be kept; an unknown one counts as personal."""
    return max((one, other), key=lambda name: ORDER.index(class_of(name)))


def at_the_door(said: str, known: str) -> str:
    """The ownership under which a report comes in: what its token says, or what is known of the device, where that is stricter.

    Where the token says nothing, what is known counts: a device counts as personal until somebody claims it.
    """
    if not known:
        return said
    return stricter(said, known) if said in ORDER else known


@lru_cache(maxsize=8)
def kept_for(ownership: str) -> Kept:
    """The table for an ownership class, or for ERASED. Unknown ownership has that of a personal device."""
    name = ownership if ownership == ERASED else class_of(ownership)
    data: dict[str, Any] = yaml.safe_load((resources.files("cmdb.privacy") / "data" / "kept.yaml").read_text(encoding="utf-8"))
    software = data["software"][LETTERS[name]]
    return Kept(
        name,
        attributes=_table(data["attributes"], "names"),
        identifiers=_table(data["identifiers"], "names"),
        things=_table(data["things"], "classes"),
        relations=_table(data["relations"], "names"),
        software=software["keep"],
        software_why=software["why"],
    )


def _table(rows: list[dict[str, Any]], names: str) -> dict[str, Rule]:
    return {name: Rule(row["keep"], row.get("why", "")) for row in rows for name in row[names]}
