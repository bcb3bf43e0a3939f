"""What another rule set would do to the present graph: CIs that would join or part, identifiers and values that would change.

Everything is decided twice in memory, by the set in force and by the new one, from what the source records keep; the difference is told.
Nothing is written. What both decide alike is no difference, even where the graph is of another mind because a person answered.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from cmdb.graph import candidates
from cmdb.graph import rules as rules_graph
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from reconciliation import rules
from reconciliation.assertions import ONE
from reconciliation.evidence import Evidence
from reconciliation.identify import Asked, Known, identify
from reconciliation.merge import merge
from reconciliation.records import Record, from_row
from reconciliation.rules import RuleSet
from reconciliation.rules_evidence import evidence_by_rules, together
from reconciliation.subjects import root_of
from reconciliation.verdict import Verdict

BATCH = 500
MOST_TOLD = 300
"""Lines of one kind that are listed; all are counted."""
MOST_SHARING = 50
"""CIs of one identifier that are compared with each other; what more show is shared anyway."""

Progress = Callable[[int], None]


@dataclass(slots=True)
class Foreseen:
    """What would change. The lists are bounded by `most`, the counts are not. `verdicts`: of each pair that would join."""

    most: int = MOST_TOLD
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    examined: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    joins: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    identifiers: list[dict[str, Any]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, what: str, line: dict[str, Any]) -> None:
        """Count a line, and keep it while there is room."""
        self.counts[what] += 1
        kept: list[dict[str, Any]] = getattr(self, what)
        if len(kept) < self.most:
            kept.append(line)

    def to_json(self) -> dict[str, Any]:
        """As command, page and API tell it."""
        counts = {what: self.counts[what] for what in ("joins", "parts", "identifiers", "values")}
        return {
            "examined": self.examined,
            "counts": counts,
            **{what: getattr(self, what)[:MOST_TOLD] for what in counts},
        }


@dataclass(frozen=True, slots=True)
class _Sides:
    """The set in force and the one that is tried."""

    graph: Graph
    catalogue: Catalogue
    now: RuleSet | None
    new: RuleSet

    @property
    def one_precedence(self) -> bool:
        """Whether both choose values alike."""
        return self.now is not None and self.now.precedence == self.new.precedence

    @property
    def one_thinking(self) -> bool:
        """Whether both decide alike where the evidence has the same grades."""
        now, new = self.now, self.new
        return now is not None and (now.kinds, now.entries, now.weighing) == (new.kinds, new.entries, new.weighing)

    def both(self, work: Callable[[], Any]) -> tuple[Any, Any]:
        """The work done by either."""
        with rules.trying(self.now) if self.now is not None else nullcontext():
            before = work()
        with rules.trying(self.new):
            return before, work()


def check(
    graph: Graph,
    catalogue: Catalogue,
    new: RuleSet,
    *,
    before: RuleSet | None = None,
    most: int = MOST_TOLD,
    progress: Progress | None = None,
) -> Foreseen:
    """Compare `new` with the set in force (or `before`) on everything that is known. Reads all source records, 500 CIs at a time."""
    sides, found = _Sides(graph, catalogue, before or rules.chosen(), new), Foreseen(most=most)
    holders: dict[str, list[str]] = defaultdict(list)
    ids = list(rules_graph.all_ids(graph))
    for start in range(0, len(ids), BATCH):
        for ci, (properties, rows) in candidates.states(graph, ids[start : start + BATCH]).items():
            found.examined += 1
            records = [from_row(row) for row in rows]
            shown = _one(sides, found, properties, records)
            if not catalogue.cls(str(properties["class"])).dependent_on:
                for key in sorted(key for key, e in shown.items() if e.grade != "none"):
                    holders[key].append(ci)
        if progress is not None:
            progress(found.examined)
    _joins(sides, found, holders)
    return found


def _one(sides: _Sides, found: Foreseen, properties: Mapping[str, Any], records: Sequence[Record]) -> Mapping[str, Evidence]:
    """Tell what changes of one CI; returns what it shows by the new set."""
    if not records:
        return {}
    about = {"ci": properties["id"], "class": properties["class"], "name": properties.get("display_name") or properties["id"]}
    before, after = sides.both(lambda: _shown(records, about["class"], sides.catalogue))
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        grades = (was.grade if was else "none", now.grade if now else "none")
        if grades[0] != grades[1]:
            one = now or was
            refused = now.refused if now else ""
            line = {"kind": one.kind, "value": one.raw or one.value, "before": grades[0], "after": grades[1], "why": refused}
            found.tell("identifiers", {**about, **line})
    graded = [{key: e.grade for key, e in side.items() if e.grade != "none"} for side in (before, after)]
    if not sides.one_precedence:
        _values(sides, found, about, records)
    if sides.one_thinking and graded[0] == graded[1]:
        return dict(after)
    was_parts, now_parts = sides.both(lambda: _groups(records, about["class"], sides.catalogue))
    if len(now_parts) > len(was_parts):
        subjects = [sorted({root_of(r.subject) for r in group}) for group in now_parts]
        found.tell("parts", {**about, "groups": [sorted({r.source for r in group}) for group in now_parts], "subjects": subjects})
    return dict(after)


def _values(sides: _Sides, found: Foreseen, about: Mapping[str, Any], records: Sequence[Record]) -> None:
    golden = sides.both(lambda: merge(list(records), sides.catalogue))
    old, new = ({**g.attributes(), "class": g.cls} for g in golden)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            found.tell("values", {**about, "attribute": name.removeprefix(ONE), "before": old.get(name), "after": new.get(name)})


def _shown(records: Iterable[Record], cls: str, catalogue: Catalogue) -> dict[str, Evidence]:
    return {e.key: e for record in records for e in evidence_by_rules(record, cls, catalogue) if e.value}


def _groups(records: Sequence[Record], cls: str, catalogue: Catalogue) -> list[list[Record]]:
    """The records of one CI as the things they would be, told one after the other to an empty house."""
    groups: list[list[Record]] = []
    speaking = [(r, e) for r in records if (e := evidence_by_rules(r, cls, catalogue)) and any(one.grade != "none" for one in e)]
    evidence: list[tuple[Evidence, ...]] = []
    for record, mine in sorted(speaking, key=lambda pair: (pair[0].observed_at, pair[0].slot)):
        known = [_known(str(n), cls, evidence[n], groups[n]) for n in range(len(groups)) if groups[n]]
        verdict = identify(_asked(cls, mine, record.source, record.observed_at, catalogue), known, catalogue)
        homes = [int(verdict.ci), *map(int, verdict.others)] if verdict.outcome in ("match", "join") else []
        if not homes:
            groups.append([record])
            evidence.append(together([mine]))
            continue
        home = homes[0]
        for other in homes[1:] if verdict.outcome == "join" else ():
            groups[home] += groups[other]
            evidence[home], groups[other] = together([evidence[home], evidence[other]]), []
        groups[home].append(record)
        evidence[home] = together([evidence[home], mine])
    return [group for group in groups if group]


def _known(ci: str, cls: str, evidence: tuple[Evidence, ...], records: Sequence[Record]) -> Known:
    seen = max(r.observed_at for r in records)
    return Known(ci, cls, evidence, min(r.observed_at for r in records), frozenset(r.source for r in records), seen)


def _asked(cls: str, evidence: tuple[Evidence, ...], source: str, at: str, catalogue: Catalogue) -> Asked:
    return Asked(cls, evidence, True, source, bool(catalogue.cls(cls).dependent_on), at)


def _joins(sides: _Sides, found: Foreseen, holders: Mapping[str, Sequence[str]]) -> None:
    """Pairs that share something and that only the new set takes for one."""
    shared = rules_graph.shared_keys(sides.graph)
    pairs = sorted(
        {
            (a, b)
            for key, cis in holders.items()
            if 1 < len(cis) <= MOST_SHARING and key not in shared
            for place, a in enumerate(sorted(cis))
            for b in sorted(cis)[place + 1 :]
        }
    )
    for start in range(0, len(pairs), BATCH):
        some = pairs[start : start + BATCH]
        states = candidates.states(sides.graph, {ci for pair in some for ci in pair})
        apart = rules_graph.apart(sides.graph, some)
        for a, b in some:
            if frozenset((a, b)) not in apart:
                _pair(sides, found, (states[a], states[b]), shared)


def _pair(sides: _Sides, found: Foreseen, states: tuple[Any, Any], shared: frozenset[str]) -> None:
    rows = [(properties, [from_row(row) for row in rows]) for properties, rows in states]
    (older, its), (newer, mine) = rows
    if not its or not mine:
        return

    def decide() -> Verdict:
        known = _known(str(older["id"]), str(older["class"]), _all(its, str(older["class"]), sides.catalogue), its)
        seen = max(r.observed_at for r in mine)
        evidence = _all(mine, str(newer["class"]), sides.catalogue)
        asked = _asked(str(newer["class"]), evidence, mine[0].source, seen, sides.catalogue)
        return identify(asked, [known], sides.catalogue, shared)

    before, after = sides.both(decide)
    if after.outcome in ("match", "join") and before.outcome not in ("match", "join"):
        names = {"name": older.get("display_name") or older["id"], "other_name": newer.get("display_name") or newer["id"]}
        line = {"ci": older["id"], "class": older["class"], "other": newer["id"], "other_class": newer["class"], **names}
        found.tell("joins", {**line, "rule": after.rule, "weak": after.weak})
        if len(found.verdicts) < found.most:
            found.verdicts[str(older["id"]), str(newer["id"])] = after


def _all(records: Iterable[Record], cls: str, catalogue: Catalogue) -> tuple[Evidence, ...]:
    return together(evidence_by_rules(record, cls, catalogue) for record in records)
