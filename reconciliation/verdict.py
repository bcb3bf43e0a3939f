"""What reconciliation decides about one item, and why. The same record is stored, shown on the page and answered by the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Outcome: TypeAlias = Literal["match", "new", "ambiguous", "join", "incomplete"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One value that item and candidate share, or in which they differ."""

    kind: str
    grade: str
    value: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CI that shares evidence with the item. `against` says in words why it lost; empty for those that could be it."""

    ci: str
    cls: str
    strong: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    against: str = ""

    @property
    def rank(self) -> tuple[int, int, int]:
        """How much speaks for it: numbers of agreeing strong, medium and weak kinds."""
        return (len(self.strong), len(self.medium), len(self.weak))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ci` is the CI matched (or the id of the new one); `others` those to join with it, or to choose from when ambiguous.

    `shared`: identifier keys that the item and a living CI that is another one both show; they decide nothing from now on.
    """

    outcome: Outcome
    rule: str
    ci: str = ""
    others: tuple[str, ...] = ()
    weak: bool = False
    shared: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = field(default=())
    apart: tuple[str, ...] = ()
    """CIs that were proven to be others than `ci`, because both showed one thing at one time."""
    rules: str = ""
    """Version of the rule set that decided (`RuleSet.label`)."""

    def to_json(self) -> dict[str, Any]:
        """Rule, values, grades and losing candidates, for storing and showing."""
        return {
            "outcome": self.outcome,
            "rule": self.rule,
            "rules": self.rules,
            "weak": self.weak,
            "shared": list(self.shared),
            "candidates": [
                {
                    "ci": c.ci,
                    "class": c.cls,
                    "against": c.against,
                    "evidence": [{"kind": a.kind, "grade": a.grade, "value": a.value, "agrees": a.agrees} for a in c.agreements],
                }
                for c in self.candidates
            ],
        }
