"""One question as its page and the API show it: candidates, evidence side by side, what hangs on each, and the possible answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.graph import review_stakes
from cmdb.graph.door import Graph
from cmdb.inventory.visible import shown
from cmdb.model.catalogue import Attribute, Catalogue
from cmdb.model.change import Change
from reconciliation.answer_preview import choices, foreseen, ranked_ids
from reconciliation.answers import DIFFERENT, REPLACED_PART, RETIRED_REPLACED, SAME, subject_of
from reconciliation.side_by_side import Line, evidence_table

_TIES = {
    "COVERED_BY": "covered by", "SUPPORTED_BY": "supported by", "OWNED_BY": "owned by", "USED_BY": "used by", "LOCATED_IN": "located in",
    "RUNS_ON": "runs", "DEPENDS_ON": "needed by", "GOES_WITH": "comes with", "PART_OF": "parts", "REPLACES": "replaces",
}  # fmt: skip
_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: what the form sends, its key on the keyboard ("" for none), and its words. `ci`: the candidate, "" for none of them."""

    value: str
    key: str
    words: str
    ci: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A CI the answer may name, with what hangs on it. `hangs`: (words, [(name, id)], how many in all)."""

    row: Mapping[str, Any]
    against: str
    loans: list[dict[str, Any]]
    hangs: list[tuple[str, list[tuple[str, str]], int]]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.row["display_name"])


@dataclass(frozen=True, slots=True)
class Case:
    """All of it. `subject`: of a double the CI that is asked about; None where something waits that is no CI yet."""

    asked: Mapping[str, Any]
    subject: Candidate | None
    candidates: list[Candidate]
    lines: list[Line]
    attributes: list[tuple[Attribute, Any, list[Any]]]
    options: list[Option]

    @property
    def title(self) -> str:
        """What is asked about."""
        return self.subject.name if self.subject else str(self.asked["title"])


def case_of(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], role: str) -> Case:
    """The case of a review as `reviews.get` gives it; four bounded questions to the graph whatever the number of candidates."""
    rows = {str(one["id"]): one for one in asked["candidates"]}
    loans, ties = review_stakes.loans(graph, rows.keys()), review_stakes.hanging(graph, rows.keys())
    against = {str(c["ci"]): str(c.get("against", "")) for c in asked["verdict"].get("candidates", ())}
    every = {ci: Candidate(row, against.get(ci, ""), loans[ci], _hangs(ties[ci])) for ci, row in rows.items()}
    ranked = ranked_ids(asked) if asked["kind"] in ("who", "double") else list(rows)
    subject = every.get(subject_of(asked)) if asked["kind"] == "double" else None
    candidates = [every[ci] for ci in ranked]
    lines = evidence_table(graph, catalogue, asked) if asked["kind"] in ("who", "double") else []
    return Case(asked, subject, candidates, lines, _attributes(catalogue, asked, subject, candidates, role), options_of(asked, every))


def _hangs(ties: list[dict[str, Any]]) -> list[tuple[str, list[tuple[str, str]], int]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in ties:
        inward = row["type"] in ("RUNS_ON", "DEPENDS_ON", "PART_OF", "GOES_WITH")
        if bool(row["outward"]) != inward:
            words = "services that need it" if row["type"] == "DEPENDS_ON" and row["class"] == "service" else _TIES[row["type"]]
            found.setdefault(words, []).append((str(row["name"]), str(row["other"])))
    return [(words, sorted(names)[:_MOST_NAMED], len(names)) for words, names in sorted(found.items())]


def _attributes(
    catalogue: Catalogue, asked: Mapping[str, Any], subject: Candidate | None, candidates: list[Candidate], role: str
) -> list[tuple[Attribute, Any, list[Any]]]:
    """Attribute by attribute: (the attribute, what was seen, what each candidate has); what nobody has is left out."""
    cls = str(asked["class"]) if asked["class"] in catalogue.classes else "ci"
    seen = subject.row if subject else {"class": cls, **seen_item(asked).get("attributes", {})}
    said = shown(catalogue, seen, role)
    visible = [shown(catalogue, one.row, role) for one in candidates]
    names = [name for name in catalogue.cls(cls).attributes if name in said or any(name in one for one in visible)]
    return [(catalogue.cls(cls).attributes[name], said.get(name), [one.get(name) for one in visible]) for name in names]


def seen_item(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What the source said of the thing in doubt, in the observation's form; empty where two known CIs are compared."""
    items = (asked["body"] or {}).get("items", ())
    return next((dict(item) for item in items if item.get("ref") == asked.get("ref")), {})


def options_of(asked: Mapping[str, Any], every: Mapping[str, Candidate]) -> list[Option]:
    """The answers in the order of the keys 1 to 9; 0 is "none of them"."""
    found: list[Option] = []
    double, order = asked["kind"] == "double", list(dict.fromkeys(ci for _, ci in choices(dict(asked)) if ci))
    for number, (choice, ci) in enumerate(choices(dict(asked)), start=1):
        name = every[ci].name if ci else ""
        place = "the one asked about" if double else "this"
        which = f"candidate {order.index(ci) + 1}, {name}," if ci and double else name
        words = {
            SAME: f"It is {which.rstrip(',')}" + (": they are one and the same" if double else ""),
            REPLACED_PART: f"It is {which} and a part of it was replaced" if double else f"It is {which}, and a part of it was replaced",
            RETIRED_REPLACED: f"{which[:1].upper() if double else which[:1]}{which[1:]} is retired, and {place} took its place",
            DIFFERENT: "They are different things" if double else "None of them: it is something new",
        }[choice]
        if asked["kind"] == "split":
            words = (
                "It is one thing: leave it as it is"
                if choice == SAME
                else "They are two: part what was recognised by the shared value only"
            )
        key = "0" if choice == DIFFERENT else str(number) if number <= 9 else ""
        found.append(Option(f"{choice}:{ci}" if ci else choice, key, words, ci))
    return found


def pattern_words(pattern: str) -> str:
    """The pattern of evidence as people read it: `+mac -name` is "same mac, another name"."""
    told = []
    for part in (pattern or "").split("; "):
        words = [w for w in part.split(" ") if w]
        kinds = [w for w in words if w[:1] in "+-"]
        head = " ".join(w for w in words if w not in kinds)
        facts = ", ".join(("same " if w[0] == "+" else "another ") + w[1:].replace("_", " ") for w in kinds)
        told.append(f"{head} {facts}".strip().replace(" x ", " × "))
    return "; ".join(told)


def foreseen_of(graph: Graph, catalogue: Catalogue, asked: dict[str, Any]) -> list[tuple[Option, list[Change]]]:
    """What each answer would change."""
    every = {str(one["id"]): Candidate(one, "", [], []) for one in asked["candidates"]}
    pairs = zip(options_of(asked, every), choices(asked), strict=True)
    return [(option, foreseen(graph, catalogue, asked, choice, ci)) for option, (choice, ci) in pairs]
