"""Hindsight: what a result of the past would have been, had what was learned later (until a day) been known then.

A kept result tells what was known when it was judged, and stays. What was learned later of the time before – a report that came late, a
correction dated back – is in the history of the device. Here the policy of that day judges again, with those values in the place of the
facts the result rested on. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from cmdb.compliance.chosen import active, parsed
from cmdb.compliance.policy import Outcome, Policy
from cmdb.compliance.truth import Fact
from cmdb.compliance.vocabulary import FACTS
from cmdb.errors import Invalid
from cmdb.graph import cis, policy_texts
from cmdb.graph.door import Graph, Row
from cmdb.inventory import look_back
from cmdb.inventory import past as history
from cmdb.inventory.moment import Moment, time_of
from cmdb.inventory.past import Told
from cmdb.model import times
from cmdb.model.times import from_text, to_text

_WINDOW = 500


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The result as known later; `learned`: the facts it rests on that were learned after the result (fact, value, at, source, learned_at).

    Without anything learned it is the result itself. `judged` is false where the facts that changed are only parts of one that is worked
    out: then the result is the one of that day, and what was learned stands beside it.
    """

    state: str
    reason: str
    learned: tuple[Mapping[str, Any], ...] = ()
    judged: bool = True

    def told(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"state": self.state, "reason": self.reason, "learned": [dict(one) for one in self.learned], "judged": self.judged}


def with_hindsight(graph: Graph, rows: Sequence[Row], when: datetime, known: datetime | None) -> list[Row]:
    """Results of the past (rows of `cmdb.compliance.past`) as of `when`, each with `hindsight` as known at `known` (None: not asked).

    A fixed number of reads, however many rows.
    """
    if known is None or not rows:
        return [{**row, "hindsight": None} for row in rows]
    learned = _learned(graph, {str(row["ci"]) for row in rows}, to_text(when), to_text(known))
    policies = _editions(graph, {(row["policy"], row["edition"]) for row in rows if learned.get(row["ci"])})
    return [{**row, "hindsight": _of(row, learned.get(row["ci"], {}), policies, when)} for row in rows]


def each_with_hindsight(graph: Graph, rows: Iterable[Row], when: datetime, known: datetime | None) -> Iterator[Row]:
    """The same for a list of any length, some at a time: for files and bundles."""
    left = iter(rows)
    while some := list(islice(left, _WINDOW)):
        yield from with_hindsight(graph, some, when, known)


def known_from(text: str | None, when: datetime | None) -> datetime | None:
    """As known when: the time of `known_at` that goes with `as_of`; None where it was not asked.

    Raises Invalid, also where no result of the past is asked for, and for a time before it.
    """
    if not text:
        return None
    if when is None:
        raise Invalid("known_at goes with as_of: of now nothing was learned later.", field="known_at")
    known = from_text(time_of(text, "known_at", times.now()))
    if known < when:
        raise Invalid("known_at lies before as_of; give as_of that time to see what was known then.", field="known_at")
    return known


def _learned(graph: Graph, ids: Collection[str], when: str, known: str) -> dict[str, dict[str, Told]]:
    """ci → attribute → its value at that time, where what is known of it was learned after that time."""
    if known <= when:
        return {}
    later, then = Moment(when, known), Moment(when, when)
    events = look_back.events_of(graph, ids, then)
    late = {ci: told for ci, told in events.items() if any(later.holds(one) and not then.holds(one) for one in told)}
    found: dict[str, dict[str, Told]] = {}
    for ci, row in (cis.many(graph, late.keys()) if late else {}).items():
        before = history.values(row, late[ci], then)
        after = history.values(row, late[ci], later)
        found[ci] = {name: one for name, one in after.items() if one.recorded_at > when and one != before.get(name)}
    return found


def _editions(graph: Graph, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Policy]:
    """The policies as they were worded in these editions; those whose text nobody kept are left out."""
    if not wanted:
        return {}
    found = {(one.id, one.edition): one for one in active(graph)}
    if not found.keys() >= set(wanted):
        kept = (row for row in policy_texts.editions(graph) if (row["id"], row["edition"]) in wanted and row["text"])
        found |= {(row["id"], row["edition"]): parsed(str(row["text"]), str(row["id"])) for row in kept}
    return found


def _of(row: Row, learned: Mapping[str, Told], policies: Mapping[tuple[str, str], Policy], when: datetime) -> Hindsight:
    evidence = orjson.loads(row["evidence"]) if isinstance(row["evidence"], str) else row["evidence"]
    news = {part["fact"]: learned[FACTS[part["fact"]].attribute] for part in evidence if _speaks_of(part, learned)}
    told = tuple(
        {"fact": name, "value": one.value, "at": one.at, "source": one.source, "learned_at": one.recorded_at} for name, one in news.items()
    )
    policy = policies.get((row["policy"], row["edition"]))
    if not news or policy is None or any(FACTS[name].made for name in news):
        return Hindsight(row["state"], row["reason"], told, judged=not news)
    outcome = _judged(policy, evidence, news, when)
    return Hindsight(outcome.state, outcome.reason, told)


def _speaks_of(part: Mapping[str, Any], learned: Mapping[str, Told]) -> bool:
    kind = FACTS.get(part["fact"])
    return kind is not None and bool(kind.attribute) and kind.attribute in learned


def _judged(policy: Policy, evidence: Iterable[Mapping[str, Any]], news: Mapping[str, Told], when: datetime) -> Outcome:
    """The policy on that day, with the facts its result rested on, and what was learned in the place of some.

    A fact that was fresh enough then was confirmed since the evidence was noted, so it counts as of that time.
    """
    facts: dict[str, Fact | str] = {}
    for part in evidence:
        name, others = part["fact"], tuple((one["value"], one["at"], one["source"]) for one in part.get("others", ()))
        if "value" not in part:
            facts[name] = str(part.get("unknown", ""))
        else:
            value = tuple(part["value"]) if isinstance(part["value"], list) else part["value"]
            facts[name] = Fact(value, part["at"] if part.get("unknown") else max(to_text(when), part["at"]), part["source"], others)
    for name, one in news.items():
        if one.value is not None:
            facts[name] = Fact(tuple(one.value) if isinstance(one.value, list) else one.value, one.at, one.source)
    return policy.at(when)(facts)
