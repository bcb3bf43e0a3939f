"""Resolve: which CI each item of an observation is. Reads candidates level by level (one query a level), decides with pure `identify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cmdb.graph import candidates, kin
from cmdb.graph.door import Graph, Row
from cmdb.model.catalogue import Catalogue, CIClass
from cmdb.model.ids import uuid7
from cmdb.model.observation import Item
from reconciliation import rules
from reconciliation.apart import kept_apart
from reconciliation.evidence import Evidence, evidence_of, without_models
from reconciliation.identify import Asked, Known, identify
from reconciliation.memory import Memory
from reconciliation.prepare import DIRECT, Prepared
from reconciliation.subjects import subject_of
from reconciliation.verdict import Verdict

NEW_PREFIX = "new:"
"""`Identifier("ci", "new:<id>")`: a person decided that this is a CI of its own, with this id."""


@dataclass(slots=True)
class Resolution:
    """Per ref: the verdict and the evidence. `known_keys` are the identifier keys in the graph; `links` which CI shows which key."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    evidence: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    known_keys: set[str] = field(default_factory=set)
    links: set[tuple[str, str]] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    new_ids: set[str] = field(default_factory=set)
    subjects: dict[str, str] = field(default_factory=dict)
    """Ref → what the source itself calls it (reconciliation/subjects.py)."""
    repeated: dict[str, Row] = field(default_factory=dict)
    """Ref → its source's record (key, observed_at), where the source said exactly this before and not later than now."""

    def ci(self, ref: str) -> str:
        """The id of the CI an item is; "" while it is parked or waits for a review."""
        verdict = self.verdicts[ref]
        return verdict.ci if verdict.outcome in ("match", "new", "join") else ""


class Resolver:
    """One pass over one observation. Not shared between threads."""

    def __init__(self, graph: Graph, catalogue: Catalogue, prepared: Prepared) -> None:
        self._graph = graph
        self._catalogue = catalogue
        self._prepared = prepared
        self._by_key: dict[str, set[str]] = {}
        self._known: dict[str, Known] = {}
        self._asked: set[str] = set()
        self._memory = Memory(graph, "", {})
        self._result = Resolution()

    def run(self) -> Resolution:
        """Decide every item. Items of one level see the ones decided before them, so the same thing named twice is one CI."""
        for level in self._prepared.levels:
            self._level(level)
        return self._result

    def _level(self, refs: tuple[str, ...]) -> None:
        direct = self._direct(refs)
        open_refs: list[str] = []
        for ref in refs:
            parent = self._prepared.items[ref].parent
            if ref in direct:
                self._result.verdicts[ref] = replace(direct[ref], rules=rules.label())
            elif parent is not None and not self._result.ci(parent):
                self._result.verdicts[ref] = Verdict("incomplete", "what it lies in is not identified yet")
            else:
                open_refs.append(ref)
            evidence = self._result.evidence[ref] = self._evidence(self._prepared.items[ref])
            self._result.subjects[ref] = subject_of(ref, self._prepared, evidence, self._result.subjects[parent] if parent else "")
        self._repeated(open_refs)
        open_refs = [ref for ref in open_refs if ref not in self._result.repeated]
        self._gather(key for ref in refs if ref in open_refs or ref in direct for key in self._keys(ref))
        self._memory = Memory(self._graph, self._prepared.observation.source.key, {ref: self._result.evidence[ref] for ref in open_refs})
        # The best known first, so that the order of items inside an observation does not matter.
        for ref in sorted(open_refs, key=lambda r: (-max((_rank(e) for e in self._result.evidence[r]), default=0), -self._known_of(r), r)):
            self._decide(ref)
        for ref in direct:
            self._remember(ref, direct[ref].ci)

    def _repeated(self, refs: list[str]) -> None:
        """Items of which this source said exactly the same before need no thought; two refs that are one CI do."""
        at, source = self._prepared.at, f"|{self._prepared.observation.source.key}|"
        rows = []
        for ref in refs:
            said, keys = self._prepared.said.get(ref), self._keys(ref)
            if said and keys:
                best = max(self._result.evidence[ref], key=lambda e: (_rank(e), e.key))
                rows.append({"ref": ref, "key": best.key, "record": source + self._result.subjects[ref], "said": said})
        if not rows:
            return
        found = [row for row in candidates.repeated(self._graph, rows) if str(row["observed_at"]) <= at]
        counts = Counter(str(row["ci"]) for row in found)
        counts_of_refs = Counter(str(row["ref"]) for row in found)
        for row in found:
            if counts[str(row["ci"])] == 1 and counts_of_refs[str(row["ref"])] == 1:
                self._result.repeated[str(row["ref"])] = row
                self._result.verdicts[str(row["ref"])] = Verdict("match", "the source said exactly this before", str(row["ci"]))

    def _keys(self, ref: str) -> list[str]:
        parent = self._prepared.items[ref].parent
        if parent is not None and self._result.ci(parent) in self._result.new_ids:
            return []
        return [e.key for e in self._result.evidence[ref] if e.grade != "none"]

    def _evidence(self, item: Item) -> tuple[Evidence, ...]:
        cls = self._catalogue.cls(item.cls)
        parent = self._result.ci(item.parent) if item.parent is not None else ""
        named = (identifier for identifier in item.identifiers if identifier.kind != DIRECT)
        found = evidence_of(named, cls, parent=parent, name_scope=self._name_scope(cls))
        return without_models(found, (item.attributes.get(word) for word in ("model", "vendor", "part_number")))

    def _name_scope(self, cls: CIClass) -> str:
        """The outermost class identified by name: a service and a site of one name are two things, a laptop and a device are not."""
        lineage = [name for name in self._catalogue.lineage(cls.name) if "name" in rules.identifiers_of(self._catalogue.classes[name])]
        return lineage[-1] if lineage else cls.name

    def _direct(self, refs: tuple[str, ...]) -> dict[str, Verdict]:
        wanted = {ref: i.value for ref in refs for i in self._prepared.items[ref].identifiers if i.kind == DIRECT}
        if not wanted:
            return {}
        rows = candidates.by_id(self._graph, [v.removeprefix(NEW_PREFIX) for v in wanted.values()])
        found = {str(row["asked"]): str(row["ci"]) for row in rows}
        verdicts: dict[str, Verdict] = {}
        for ref, value in wanted.items():
            asked = value.removeprefix(NEW_PREFIX)
            if asked in found:
                verdicts[ref] = Verdict("match", "named by its id", found[asked])
            elif value.startswith(NEW_PREFIX):
                verdicts[ref] = Verdict("new", "a person decided that it is a CI of its own", asked)
                self._result.new_ids.add(asked)
            else:
                verdicts[ref] = Verdict("incomplete", "no CI has this id")
        return verdicts

    def _gather(self, keys: Iterable[str]) -> None:
        wanted = set(keys) - self._asked
        self._asked |= wanted
        rows = self._find(wanted)
        by_ci: dict[str, list[Row]] = {}
        for row in rows:
            by_ci.setdefault(str(row["ci"]), []).append(row)
        for ci, found in by_ci.items():
            self._learn(ci, found)

    def _find(self, keys: set[str]) -> list[Row]:
        return candidates.find(self._graph, keys)

    def _learn(self, ci: str, rows: list[Row]) -> None:
        evidence = []
        for row in rows:
            key = str(row["key"])
            self._result.known_keys.add(key)
            self._result.links.add((key, ci))
            self._by_key.setdefault(key, set()).add(ci)
            if row["shared"]:
                self._result.shared.add(key)
            evidence.append(Evidence(row["kind"], row["value"], key, row["grade"], row["scope"] or ""))
        sources = frozenset(rows[0]["sources"] or ())
        seen = str(rows[0]["last_seen_at"] or "")
        self._known[ci] = Known(ci, str(rows[0]["class"]), tuple(evidence), str(rows[0]["created_at"]), sources, seen)

    def _decide(self, ref: str) -> None:
        item, evidence = self._prepared.items[ref], self._result.evidence[ref]
        hits = {ci for e in evidence if e.grade != "none" for ci in self._by_key.get(e.key, ())}
        asked = Asked(
            item.cls,
            evidence,
            ref in self._prepared.described,
            self._prepared.observation.source.key,
            bool(self._catalogue.cls(item.cls).dependent_on),
            self._prepared.at,
            item.parent is not None,
        )
        verdict = identify(asked, [self._known[ci] for ci in sorted(hits)], self._catalogue, frozenset(self._result.shared))
        if verdict.outcome == "join":
            verdict = kept_apart(verdict, kin.apart(self._graph, {verdict.ci, *verdict.others}))
        verdict = self._made_one(self._standing(self._recall(ref, verdict), item, evidence))
        self._result.verdicts[ref] = replace(verdict, rules=rules.label())
        if self._result.ci(ref):
            self._remember(ref, verdict.ci)

    def _known_of(self, ref: str) -> int:
        """How much of what an item shows one CI has: of a guest and its copy, the one whose cards are known is that CI."""
        found = Counter(ci for e in self._result.evidence[ref] if e.grade != "none" for ci in self._by_key.get(e.key, ()))
        return max(found.values(), default=0)

    def _recall(self, ref: str, verdict: Verdict) -> Verdict:
        return self._memory.recall(ref, verdict)

    def _standing(self, verdict: Verdict, item: Item, evidence: tuple[Evidence, ...]) -> Verdict:
        """Give a new CI its id. A doubtful item with strong evidence of its own becomes a CI too, and the doubt becomes a review."""
        dependent = self._catalogue.cls(item.cls).dependent_on and item.parent is None
        if verdict.outcome == "new" and dependent and not _named_alone(item.cls, evidence):
            return Verdict("incomplete", f"a {item.cls.replace('_', ' ')} is identified inside what it lies in, and that is not named")
        strong = any(e.grade == "strong" and e.key not in self._result.shared for e in evidence)
        if verdict.outcome == "new" or (verdict.outcome == "ambiguous" and strong):
            ci = uuid7()
            self._result.new_ids.add(ci)
            return replace(verdict, outcome="new", ci=ci)
        return verdict

    def _made_one(self, verdict: Verdict) -> Verdict:
        """A join with what this very observation has just made new: nothing of it is in the graph yet, so its refs turn out to be the
        other, and only CIs that are known are left to join."""
        ends = (verdict.ci, *verdict.others)
        fresh = sorted(ci for ci in ends if ci in self._result.new_ids)
        if verdict.outcome != "join" or not fresh:
            return verdict
        standing = [ci for ci in ends if ci not in self._result.new_ids]
        keep = standing[0] if standing else fresh[0]
        for gone in fresh:
            if gone != keep:
                self._become(gone, keep)
        return replace(verdict, outcome="join" if standing[1:] else "match", ci=keep, others=tuple(standing[1:]))

    def _become(self, gone: str, keep: str) -> None:
        verdicts = self._result.verdicts
        for ref, said in verdicts.items():
            if said.ci == gone:
                verdicts[ref] = replace(said, outcome="match", ci=keep, others=())
        self._result.new_ids.discard(gone)
        left, kept = self._known.pop(gone), self._known[keep]
        merged = {e.key: e for e in (*left.evidence, *kept.evidence)}
        self._known[keep] = replace(kept, evidence=tuple(merged.values()), sources=kept.sources | left.sources)
        for key in merged:
            self._by_key[key] = (self._by_key.get(key, set()) - {gone}) | {keep}

    def _remember(self, ref: str, ci: str) -> None:
        """Make what was just decided a candidate for the items that follow."""
        if not ci:
            return
        evidence = self._result.evidence[ref]
        known = self._known.get(ci)
        merged = {e.key: e for e in (*(known.evidence if known else ()), *(e for e in evidence if e.grade != "none"))}
        sources = (known.sources if known else frozenset()) | {self._prepared.observation.source.key}
        cls = known.cls if known else self._prepared.items[ref].cls
        seen = max(known.last_seen_at if known else "", self._prepared.at)
        self._known[ci] = Known(ci, cls, tuple(merged.values()), "", sources, seen)
        for key in merged:
            self._by_key.setdefault(key, set()).add(ci)


def _named_alone(cls: str, evidence: tuple[Evidence, ...]) -> bool:
    """Dependent classes that may also stand alone when somebody names them: a database, a rack, a room."""
    return cls in ("database", "rack", "room", "building") and any(e.kind in ("name", "asset_tag", "external_id") for e in evidence)


def _rank(evidence: Evidence) -> int:
    return {"strong": 3, "medium": 2, "weak": 1}.get(evidence.grade, 0)


def items_of(prepared: Prepared, resolution: Resolution) -> Mapping[str, list[str]]:
    """CI id → the refs that turned out to be it, in a fixed order."""
    found: dict[str, list[str]] = {}
    for level in prepared.levels:
        for ref in level:
            if (ci := resolution.ci(ref)) and ref not in resolution.repeated:
                found.setdefault(ci, []).append(ref)
    return found
