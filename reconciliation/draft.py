"""Draft: the world as it was gathered, and the plan under construction. Pure data with a few words of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from cmdb.graph.plan import Plan
from cmdb.inventory.past import LATE_PRESENCE, LATE_RELATION
from cmdb.model.change import Change
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation, Relation
from reconciliation.distrusting import Distrust
from reconciliation.merge import Golden
from reconciliation.records import Record

MOST_CHANGES = 500
"""Changes an event holds."""


@dataclass(slots=True)
class World:
    """What is known of the CIs at hand: their properties and all their source records (by slot), before this observation."""

    properties: dict[str, dict[str, Any]]
    records: dict[str, dict[str, Record]]

    def name(self, ci: str) -> str:
        """What people call it."""
        return str(self.properties.get(ci, {}).get("display_name", ""))


@dataclass(slots=True)
class Draft:
    """A plan under construction, with the records as they will be."""

    observation: Observation
    at: str
    recorded_at: str
    plan: Plan = field(default_factory=Plan)
    changes: list[Change] = field(default_factory=list)
    after: dict[str, dict[str, Record]] = field(default_factory=dict)
    golden: dict[str, Golden] = field(default_factory=dict)
    now: str = ""
    """The time for age limits and words with an end, where it is not that of the newest word."""
    orders: Callable[[], Distrust] = Distrust
    """Reads the orders not to listen, when a new record is made."""
    names: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The key of the source that speaks."""
        return self.observation.source.key

    def refuse(self, refused: Iterable[tuple[Relation, str]]) -> None:
        """Relations that the catalogue does not allow: left out, and said so."""
        for relation, reason in refused:
            self.changes.append(
                Change("parked", "", "", relation.source, relation.type, None, relation.target, self.source, f"refused: {reason}")
            )

    def write_events(self, new_ids: set[str]) -> None:
        """One event for each CI that changed. A new CI needs none: created_at, created_by and its records say it all,
        unless it was told late and is gone by now."""
        by_ci: dict[str, list[Change]] = {}
        for change in self.changes:
            if change.kind in ("ci_created", "review_opened", "parked"):
                continue
            ends = [change.ci]
            if change.kind.startswith("relation_") or change.kind == LATE_RELATION:
                ends += [str(change.before or change.after)]
            for ci in ends:
                if ci and (ci not in new_ids or change.kind in (LATE_RELATION, LATE_PRESENCE)):
                    by_ci.setdefault(ci, []).append(change)
        for ci, changes in by_ci.items():
            # More than fit one event become several: the past is told from them, so none may be lost.
            for start in range(0, len(changes), MOST_CHANGES):
                self.plan.events.append({"ci": ci, "props": self._event(ci, changes[start : start + MOST_CHANGES])})

    def _event(self, ci: str, changes: list[Change]) -> dict[str, Any]:
        kinds = sorted({change.kind for change in changes})
        return {
            "id": uuid7(),
            "ci": ci,
            "kind": kinds[0] if len(kinds) == 1 else "changed",
            "at": self.at,
            "recorded_at": self.recorded_at,
            "source": self.source,
            "actor": self.observation.actor,
            "reason": self.observation.note,
            "observation": self.observation.id,
            "changes": orjson.dumps([change.to_json() for change in changes]).decode(),
            "count": len(changes),
        }
