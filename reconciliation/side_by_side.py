"""Side by side: what is asked about and each candidate, kind of identifier by kind: agree, differ, missing, blocked, shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from cmdb.graph import review_stakes
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.naming import spelt
from cmdb.model.observation import Identifier
from reconciliation.answer_preview import ranked_ids
from reconciliation.answers import subject_of, waiting_evidence
from reconciliation.evidence import RANKS, Evidence, evidence_of, kind_of

State: TypeAlias = Literal["agree", "differ", "missing", "blocked", "shared"]
WORDS: Mapping[str, str] = {
    "agree": "agrees", "differ": "differs", "missing": "one side does not show it", "blocked": "a value that identifies nothing",
    "shared": "several show it, so it decides nothing",
}  # fmt: skip
_MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as the source spelt it (or in normal form); `note` says why it counts for nothing."""

    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one candidate shows of a kind, and how that stands to what is asked about."""

    state: State
    values: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of identifier: its grade for this class, what is asked about shows, and a cell for each candidate."""

    kind: str
    grade: str
    seen: tuple[Shown, ...]
    cells: tuple[Cell, ...]

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        shown = [{"value": one.value, "note": one.note} for one in self.seen]
        cells = [{"state": cell.state, "values": [{"value": one.value, "note": one.note} for one in cell.values]} for cell in self.cells]
        return {"kind": self.kind, "grade": self.grade, "seen": shown, "candidates": cells}


def evidence_table(graph: Graph, catalogue: Catalogue, asked: dict[str, Any]) -> list[Line]:
    """The evidence of a review as it is now, candidates in the order of `ranked_ids`; the strongest kinds first."""
    rows = {str(one["id"]): one for one in asked["candidates"]}
    subject, ranked = subject_of(asked), ranked_ids(asked)
    known = review_stakes.identifiers(graph, rows.keys())
    theirs = [_of_ci(catalogue, rows[ci], known[ci]) for ci in ranked]
    if asked["kind"] == "who" and asked["body"] is not None:
        mine = waiting_evidence(catalogue, asked)
    else:
        mine = _of_ci(catalogue, rows[subject], known[subject]) if subject in rows else ()
    keys = {e.key for e in (*mine, *(e for other in theirs for e in other)) if not e.refused}
    # What only the candidates themselves share is the question, not an answer to it.
    shared = review_stakes.shown_elsewhere(graph, keys, rows.keys())
    return compare(mine, theirs, frozenset(shared))


def _of_ci(catalogue: Catalogue, row: Mapping[str, Any], identifiers: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """What identifies a CI, and the values it shows that are blocked: those are attributes only."""
    cls = catalogue.cls(str(row["class"]))
    said = evidence_of((Identifier(kind, str(row[kind])) for kind in cls.identifiers if isinstance(row.get(kind), str)), cls)
    written = {(one.kind, one.value): one.raw for one in said}
    found = [Evidence(r["kind"], r["value"], r["key"], r["grade"], r["scope"] or "") for r in identifiers]
    found = [replace(one, raw=written.get((one.kind, one.value), "")) for one in found]
    return (*found, *(one for one in said if one.refused))


def compare(mine: Sequence[Evidence], theirs: Sequence[Sequence[Evidence]], shared: frozenset[str]) -> list[Line]:
    """A line for each kind that anybody shows. `shared`: keys that several CIs show."""
    every = (*mine, *(one for other in theirs for one in other))
    kinds = {e.kind for e in every}
    written = {e.value: e.raw for e in reversed(every) if e.kind == "asset_tag" and e.raw and not e.refused}
    lines = []
    for kind in kinds:
        here = [e for e in mine if e.kind == kind]
        there = [[e for e in other if e.kind == kind] for other in theirs]
        grade = max((e.grade for e in (*here, *(e for other in there for e in other))), key=lambda g: RANKS[g])
        cells = tuple(Cell(_state(here, other, shared), _shown(other, shared, written)) for other in there)
        lines.append(Line(kind, grade, _shown(here, shared, written), cells))
    return sorted(lines, key=lambda line: (-RANKS[line.grade], kind_of(line.kind).rank, line.kind))


def _state(here: Sequence[Evidence], there: Sequence[Evidence], shared: frozenset[str]) -> State:
    mine = {e.value: e.key for e in here if not e.refused}
    theirs = {e.value: e.key for e in there if not e.refused}
    if not mine or not theirs:
        blocked = (here and not mine) or (there and not theirs)
        return "blocked" if blocked and here and there else "missing"
    both = mine.keys() & theirs.keys()
    if not both:
        return "differ"
    return "shared" if all(mine[value] in shared or theirs[value] in shared for value in both) else "agree"


def _shown(evidence: Sequence[Evidence], shared: frozenset[str], written: Mapping[str, str]) -> tuple[Shown, ...]:
    told = [Shown(_spelt(e, written), e.refused or ("shared" if e.key in shared else "")) for e in evidence[:_MOST_VALUES]]
    if len(evidence) > _MOST_VALUES:
        told.append(Shown(f"and {len(evidence) - _MOST_VALUES} more"))
    return tuple(told)


def _spelt(one: Evidence, written: Mapping[str, str]) -> str:
    """One spelling for both sides: an asset tag as a source wrote it (`written`), and so is what was refused."""
    if one.refused or not one.value:
        return one.raw or one.value
    if one.kind == "asset_tag":
        return written.get(one.value, one.value)
    return one.value.upper() if one.kind.endswith("serial") else spelt(one.value, one.kind)
