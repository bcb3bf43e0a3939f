"""Changes: what a reconciliation does, in small records. One shape for the dry run, the history, the webhook and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cmdb.model.observation import Value

ChangeKind: TypeAlias = Literal[
    "ci_created",
    "attribute",
    "class",
    "relation_added",
    "relation_changed",
    "relation_ended",
    "became_absent",
    "came_back",
    "software",
    "joined",
    "split",
    "distrusted",
    "trusted",
    "told_late",
    "late_relation",
    "late_presence",
    "identifier_ended",
    "identifier_restored",
    "review_opened",
    "review_closed",
    "review_answered",
    "review_reopened",
    "parked",
    "given_up",
    "note_added",
    "note_removed",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that becomes different on CI `ci`.

    `attribute` names the attribute, the relation type or the part; `before` and `after` are values (or ids of CIs for relations);
    `source` is the source's key; `reason` is for people. `details` of a relation: each attribute of it with its value before and after
    (None: there was none), so that its past can be told from the history alone. `told_late`: what a source had seen earlier than what
    was known already; it changes the past only. `late_relation` and `late_presence` say so of a relation and of the CI itself: `there` and
    `until` in their details. `note_added` and `note_removed` name the note's file, if it has one.
    """

    kind: ChangeKind
    ci: str
    cls: str
    name: str
    attribute: str = ""
    before: Value = None
    after: Value = None
    source: str = ""
    reason: str = ""
    details: Mapping[str, tuple[Value, Value]] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """JSON form; empty fields are left out."""
        pairs = {
            "kind": self.kind,
            "ci": self.ci,
            "class": self.cls,
            "name": self.name,
            "attribute": self.attribute,
            "before": list(self.before) if isinstance(self.before, tuple) else self.before,
            "after": list(self.after) if isinstance(self.after, tuple) else self.after,
            "source": self.source,
            "reason": self.reason,
            "details": {name: [_listed(v) for v in values] for name, values in self.details.items()} or None,
        }
        return {k: v for k, v in pairs.items() if v not in ("", None)}


def _listed(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one item of the observation turned out to be. `outcome` as in reconciliation's verdict."""

    ref: str
    outcome: str
    ci: str
    rule: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All that one observation does (or, in a dry run, would do). `applied` is False for a dry run.

    `before`: when its source had said exactly this the last time (ISO text), where it is recognised as a repeat.
    """

    observation: str
    changes: tuple[Change, ...]
    resolved: tuple[Resolved, ...]
    applied: bool
    before: str = ""

    def touched(self) -> set[str]:
        """Ids of the CIs it is about, changed or not; also those that went into another, and those that a split made."""
        moved = {str(id_) for c in self.changes if c.kind in ("joined", "split") for id_ in (c.before, c.after) if id_}
        return moved | {r.ci for r in self.resolved if r.ci} | {c.ci for c in self.changes if c.ci}

    def to_json(self) -> dict[str, Any]:
        """JSON form, as the API gives it out."""
        counts: dict[str, int] = {}
        for change in self.changes:
            counts[change.kind] = counts.get(change.kind, 0) + 1
        return {
            "observation": self.observation,
            "applied": self.applied,
            "counts": counts,
            "items": [{"ref": r.ref, "outcome": r.outcome, "ci": r.ci or None, "rule": r.rule} for r in self.resolved],
            "changes": [c.to_json() for c in self.changes],
        }
