"""The Observation while it grows: one endpoint, what hangs on it, and how well each part was looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Coverage, CoverageState, Identifier, Item, Relation, Software, Value
from discovery.reports.report import Report
from discovery.reports.tables import table

DEVICE = "endpoint"
"""The ref of the endpoint itself."""
MAX_REASON = 300


@dataclass(slots=True)
class Sight:
    """What the section readers fill. `reported_at` is ISO text; `platform` is linux, windows, windows-server, macos … or empty."""

    report: Report
    cls: str
    reported_at: str
    platform: str = ""
    site: str = ""
    ownership: str = ""
    identifiers: dict[Identifier, None] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)
    software: tuple[Software, ...] | None = None
    items: list[Item] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    looks: dict[str, tuple[CoverageState, str]] = field(default_factory=dict)

    def know(self, kind: str, value: object, scope: str = "") -> None:
        """One piece of identity evidence, if it says anything."""
        if isinstance(value, str) and value:
            self.identifiers[Identifier(kind, value, scope)] = None

    def say(self, **values: Value) -> None:
        """Attributes with a value. None and empty text say nothing here; what is known to be none is set by `end`."""
        for name, value in values.items():
            if value is not None and value != "" and value != ():
                self.attributes[name] = value

    def end(self, *names: str) -> None:
        """Attributes of which this report says: there is none, or nobody vouches for one any more."""
        for name in names:
            self.attributes[name] = None

    def look(self, part: str, state: CoverageState, *reasons: str) -> None:
        """How well a part was looked at; reasons never quote values (they would make every report differ from the one before)."""
        self.looks[part] = (state, "; ".join(dict.fromkeys(r for r in reasons if r))[:MAX_REASON])

    def look_by(self, part: str, *sections: str) -> None:
        """The usual rule: complete where one of the sections came in. A partial report says nothing of a section that it leaves out; a full
        one only that it was not sent, because agents leave out alike what is empty, what failed, and what they were told not to look at."""
        report = self.report
        if any(report.has(section) for section in sections):
            self.look(part, "complete")
        elif failed := [report.failed[section] for section in sections if section in report.failed]:
            self.look(part, "failed", *failed)
        elif any(section in report.present for section in sections):
            self.look(part, "not_looked", f"not kept for a {report.ownership or 'personal'} device")
        elif not report.partial:
            self.look(part, "not_looked", "the agent sent no such section")

    def everything(self) -> tuple[tuple[Item, ...], tuple[Relation, ...], tuple[Coverage, ...]]:
        """Items (the endpoint first), relations, coverage."""
        attributes, software = self.attributes, self.software
        if self.cls in table("classes")["not_computers"]:
            attributes, software = {k: v for k, v in attributes.items() if k in _attributes_of(self.cls)}, None
        device = Item(DEVICE, self.cls, tuple(self.identifiers), attributes, software=software)
        looks = tuple(Coverage(DEVICE, part, state, reason) for part, (state, reason) in sorted(self.looks.items()))
        return (device, *self.items), tuple(self.relations), looks


@lru_cache(maxsize=8)
def _attributes_of(cls: str) -> frozenset[str]:
    """The attributes that the shipped catalogue gives a class (a site's own file can only add some)."""
    return frozenset(Catalogue.load().cls(cls).attributes)
