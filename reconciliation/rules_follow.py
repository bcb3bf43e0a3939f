"""After a switch of rules: what the new set takes for one, or for several, becomes questions of the review queue, or is carried out.

Without either it happens when the sources speak again, each as an event that can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from cmdb.errors import CmdbError, GraphUnavailable, Invalid
from cmdb.graph import candidates, review_writes
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.model.ids import uuid7
from reconciliation.memory import digest
from reconciliation.rules_check import Foreseen
from reconciliation.waiting import pattern_of

WAIT, ASK, DO = "wait", "ask", "do"
WAYS = (WAIT, ASK, DO)
"""When their sources speak again; a question for each; at once."""
MOST_FOLLOWED = 5_000
"""Joins, and parts, that one switch asks about or carries out; the rest comes when its sources speak."""
SOURCE = "rule:rules"
_STEP = 200

Carry = Callable[[str, Mapping[str, Any]], Changes]
"""Carries an order out (reconciliation/orders.py) and keeps it: name, arguments."""


@dataclass(slots=True)
class Followed:
    """What came of it. `left`: what could not be carried out, with the reason; the first twenty."""

    asked: int = 0
    joined: int = 0
    parted: int = 0
    left: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As command, page and API tell it."""
        return {"asked": self.asked, "joined": self.joined, "parted": self.parted, "left": self.left[:20], "left_count": len(self.left)}


def check_way(way: str) -> str:
    """The way as given. Raises Invalid for one that does not exist."""
    if way not in WAYS:
        raise Invalid(f"Joins and parts: one of {', '.join(WAYS)}.", field="joins_and_parts")
    return way


def follow(graph: Graph, found: Foreseen, way: str, carry: Carry, *, by: str, label: str) -> Followed:
    """Ask about, or carry out, the joins and parts that were foreseen for the set `label`. Doing it again asks and does nothing twice.

    Raises GraphUnavailable; what cannot be carried out is told and the rest goes on.
    """
    done = Followed()
    if way == ASK:
        rows = [*(_double(line, found, label) for line in found.joins), *(_several(line, label) for line in found.parts)]
        for start in range(0, len(rows), _STEP):
            graph.writing(lambda tx, some=rows[start : start + _STEP]: review_writes.ask(tx, some))  # type: ignore[misc]
        done.asked = len(rows)
    if way == DO:
        for line in found.joins:
            _join(graph, line, carry, by, label, done)
        for line in found.parts:
            _part(line, carry, by, label, done)
    return done


def _join(graph: Graph, line: Mapping[str, Any], carry: Carry, by: str, label: str, done: Followed) -> None:
    pair = [str(line["ci"]), str(line["other"])]
    now = {str(row["asked"]): str(row["ci"]) for row in candidates.by_id(graph, pair)}
    ends = sorted({now.get(ci, "") for ci in pair} - {""})
    if len(ends) < 2:
        return  # joined by the pair before, or gone
    args = {"ci": ends[0], "other": ends[1], "by": by, "reason": f"rules {label}: {line['rule']}"}
    done.joined += _carried(carry, "join", args, str(line["name"]), done)


def _part(line: Mapping[str, Any], carry: Carry, by: str, label: str, done: Followed) -> None:
    for subjects in line["subjects"][1:]:
        args = {"ci": str(line["ci"]), "subjects": subjects, "by": by, "reason": f"rules {label}: these are {len(line['groups'])} things"}
        done.parted += _carried(carry, "split", args, str(line["name"]), done)


def _carried(carry: Carry, name: str, args: Mapping[str, Any], title: str, done: Followed) -> bool:
    try:
        carry(name, args)
    except GraphUnavailable:
        raise
    except CmdbError as error:
        done.left.append({"ci": str(args["ci"]), "title": title, "why": error.message})
        return False
    return True


def _double(line: Mapping[str, Any], found: Foreseen, label: str) -> dict[str, Any]:
    older, newer = str(line["ci"]), str(line["other"])
    verdict = found.verdicts[older, newer]
    rule = f"by the rules {label} they are one: {line['rule']}"
    pattern = pattern_of(verdict, (older, newer))
    props = {"subject": newer, "verdict": orjson.dumps(verdict.to_json()).decode(), "pattern": pattern}
    return _row("double", (older, newer), str(line["class"]), str(line["name"]), rule, props)


def _several(line: Mapping[str, Any], label: str) -> dict[str, Any]:
    subjects = sorted({subject for group in line["subjects"][1:] for subject in group})
    rule = f"by the rules {label} these are {len(line['groups'])} things"
    props = {"verdict": orjson.dumps({"subjects": subjects}).decode(), "pattern": "rules", "ref": subjects[0] if subjects else ""}
    return _row("split", (str(line["ci"]),), str(line["class"]), str(line["name"]), rule, props, *subjects)


def _row(kind: str, cis: Sequence[str], cls: str, title: str, rule: str, more: Mapping[str, Any], *of: str) -> dict[str, Any]:
    at = times.to_text(times.now())
    group = digest("group", kind, rule, cls, SOURCE, str(more["pattern"]))[:24]
    words = {"kind": kind, "class": cls, "title": title, "rule": rule, "source": SOURCE, "seen_at": at, "group": group}
    props = {"subject": "", "ref": "", "body": "", **words, **more}
    return {"key": digest(kind, *sorted(cis), *of), "id": uuid7(), "at": at, "props": props, "candidates": list(cis)}
