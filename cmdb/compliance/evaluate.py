"""Judge endpoints in batches and write only what differs. Idempotent; may run from several workers at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from cmdb.compliance.ahead import ahead
from cmdb.compliance.endpoints import Knowledge, knowledge, read_endpoints
from cmdb.compliance.facts import Endpoint, facts_of, needed
from cmdb.compliance.kept_days import keep_today
from cmdb.compliance.policy import SEVERITIES, Judge, Outcome, Policy
from cmdb.compliance.truth import Fact, Facts, doubt
from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import compliance as store
from cmdb.graph import policy_texts
from cmdb.graph.compliance import Writes
from cmdb.graph.door import Graph, Row
from cmdb.graph.standings import Move
from cmdb.model import times
from cmdb.model.catalogue import Catalogue

log = logging.getLogger(__name__)

BATCH = 250
_BATCH_ALONE, _ALONE = 1000, 4
"""Endpoints at a time where at most that many policies are judged alone: fewer results than a batch by all policies has."""
_TRIES = 6
_KEPT = ("ci", "policy", "edition", "state", "reason", "severity", "evidence", "since", "ownership", "name")
_DIMENSIONS = ("cls", "declared", "site", "team")
_WHO = (*_DIMENSIONS, "ownership", "name")


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: endpoints looked at, results that are new, changed or ended."""

    endpoints: int = 0
    new: int = 0
    changed: int = 0
    ended: int = 0

    def plus(self, other: Done) -> Done:
        """Both runs together."""
        return Done(self.endpoints + other.endpoints, self.new + other.new, self.changed + other.changed, self.ended + other.ended)


def evaluate(
    graph: Graph,
    catalogue: Catalogue,
    policies: Sequence[Policy],
    ids: Sequence[str] | None = None,
    now: datetime | None = None,
    *,
    only: Collection[str] | None = None,
) -> Done:
    """Judge these CIs (None: every endpoint, the sweep) by these policies as of `now`. CIs that are no endpoints are left alone.

    `only`: results of these policies alone (ids, after a change of them), as if all had been judged; one that is not among `policies`
    counts no more, and its results end. Raises GraphConflict where others kept judging the same endpoints through all tries, and as
    `graph.writing`.
    """
    when = now or times.now()
    sweep = ids is None
    wanted = store.endpoint_ids(graph, endpoint_classes(catalogue)) if ids is None else sorted(set(ids))
    _keep_texts(graph, policies, when)
    judges = {policy: policy.at(when) for policy in policies if only is None or policy.id in only}
    facts = needed(name for policy in judges for name in policy.facts)
    bench = Bench(judges, facts, knowledge(graph, when), endpoint_classes(catalogue), when, only)
    size = BATCH if only is None or len(only) > _ALONE else _BATCH_ALONE
    batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    done = Done()
    for ids_of, (writes, looked) in zip(batches, ahead(partial(_judged, graph, bench), batches), strict=True):
        done = done.plus(_written(graph, bench, ids_of, writes, looked))
    if sweep and only is None:
        store.note_sweep(graph, times.to_text(when), done.endpoints)
    if sweep:
        keep_today(graph, when)
    return done


_kept: WeakKeyDictionary[Graph, set[str]] = WeakKeyDictionary()
"""Editions that are known to be kept in a graph, so that it is asked once."""


def _keep_texts(graph: Graph, policies: Sequence[Policy], now: datetime) -> None:
    """Keep the text of each edition from the first time that anything is judged by it: an audit of that day shows what was asked then."""
    known = _kept.setdefault(graph, set())
    rows = [
        {"key": f"{one.id}|{one.edition}", "id": one.id, "edition": one.edition, "text": one.text, "at": times.to_text(now)}
        for one in policies
        if f"{one.id}|{one.edition}" not in known
    ]
    if not rows:
        return
    try:
        policy_texts.keep_editions(graph, rows)
    except (GraphConflict, GraphConstraint):
        return  # another worker keeps the same ones; the next run looks again
    known.update(row["key"] for row in rows)


def endpoint_classes(catalogue: Catalogue) -> tuple[str, ...]:
    """The classes compliance is asked of: what the catalogue calls endpoints."""
    return catalogue.descendants("endpoint")


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run judges by: policies compiled for the moment, the facts they read, reference data, the classes asked, the moment, and the
    policies that are judged alone (None: all).
    """

    judges: Mapping[Policy, Judge]
    facts: frozenset[str]
    knowledge: Knowledge
    classes: tuple[str, ...]
    now: datetime
    only: Collection[str] | None = None


def _judged(graph: Graph, bench: Bench, ids: Sequence[str]) -> tuple[Writes, int]:
    """What judging these endpoints changes, and how many of them were asked."""
    over = bench.only is not None and not bench.judges  # policies that count no more: nothing is judged by them, their results end
    found = {} if over else read_endpoints(graph, ids, bench.classes, bench.knowledge, bench.facts)
    before: dict[str, dict[str, Row]] = {ci: {} for ci in ids}
    for row in store.current(graph, ids, bench.only):
        before[row["ci"]][row["policy"]] = row
    writes = Writes(weights=SEVERITIES, moves=None if bench.only is None else {})
    looked = 0
    for ci in ids:
        endpoint = found.get(ci)
        asked = endpoint is not None and endpoint.present
        looked += asked
        _one(writes, ci, endpoint if asked else None, before[ci], bench)
    return writes, looked


def _written(graph: Graph, bench: Bench, ids: Sequence[str], writes: Writes, looked: int) -> Done:
    """Write it; where somebody else judged one of these endpoints meanwhile, judge them again."""
    for left in reversed(range(_TRIES)):
        try:
            if writes:
                store.write(graph, writes)
        except (GraphConflict, GraphConstraint):
            if not left:
                raise
            writes, looked = _judged(graph, bench, ids)
            continue
        return Done(looked, len(writes.new), len(writes.closed) - len(writes.ended), len(writes.ended))
    raise AssertionError("not reached")


def _one(writes: Writes, ci: str, endpoint: Endpoint | None, before: Mapping[str, Row], bench: Bench) -> None:
    """Compare one endpoint's results with those before."""
    if endpoint is None:
        for row in before.values():
            _end(writes, row, bench.now)
        if before:
            writes.standings.append({"ci": ci, "words": None})
        return
    facts = facts_of(endpoint, bench.knowledge.tables, bench.now, bench.facts)
    stands = False
    for policy, judge in bench.judges.items():
        row = _row(endpoint, policy, outcome(policy, judge, facts), bench.now)
        stands |= _compare(writes, row, before.get(policy.id), facts, policy, judge)
    asked = {policy.id for policy in bench.judges}
    retired = [row for name, row in before.items() if name not in asked]
    for row in retired:
        _end(writes, row, bench.now)
    if stands or retired:
        who = {"name": endpoint.name, "cls": endpoint.cls, "ownership": endpoint.ownership, "declared": endpoint.declared or "unknown"}
        writes.standings.append({"ci": ci, "words": {**who, "site": endpoint.site, "team": endpoint.team}})


def outcome(policy: Policy, judge: Judge, facts: Facts) -> Outcome:
    """What the policy says; `error` where judging itself broke, which is a defect and never a pass."""
    try:
        return judge(facts)
    except Exception as error:
        log.exception("compliance: judging failed policy=%s", policy.id)
        return Outcome("error", f"judging broke ({type(error).__name__})")


def _row(endpoint: Endpoint, policy: Policy, outcome: Outcome, now: datetime) -> Row:
    at = times.to_text(now)
    return {
        "key": f"{endpoint.id}|{policy.id}",
        "ci": endpoint.id,
        "policy": policy.id,
        "edition": policy.edition,
        "state": outcome.state,
        "reason": outcome.reason,
        "severity": policy.severity[endpoint.ownership],
        "place": f"{policy.id}|{outcome.state}",
        "since": at,
        "until": "",
        "checked_at": at,
        "cls": endpoint.cls,
        "ownership": endpoint.ownership,
        "declared": endpoint.declared or "unknown",
        "site": endpoint.site,
        "team": endpoint.team,
        "name": endpoint.name,
        "name_lower": endpoint.name.lower(),
        "rev": 1,
    }


def _compare(writes: Writes, row: Row, old: Row | None, facts: Facts, policy: Policy, judge: Judge) -> bool:
    """Write what differs; true where the endpoint's standing differs with it."""
    row["evidence"] = json.dumps(evidence_of(policy, judge, facts), sort_keys=True)
    if old is None:
        writes.new.append(row)
        _count(writes, row, +1)
        _move(writes, None, row)
        return True
    moved = (old["state"], old["reason"], old["edition"]) != (row["state"], row["reason"], row["edition"])
    stands = any(old[name] != row[name] for name in ("state", "severity", *_WHO))
    if not moved and not stands and _words(old["evidence"]) == _words(row["evidence"]):
        return False
    if moved:
        writes.closed.append(_closed(old, row["since"]))
    else:
        row["since"] = old["since"]
    row["rev"] = int(old["rev"]) + 1
    writes.changed.append({"key": row["key"], "before_rev": old["rev"], "props": _differing(old, row)})
    if moved or stands:
        _count(writes, old, -1)
        _count(writes, row, +1)
        _move(writes, old, row)
    return stands


def _differing(old: Row, row: Row) -> Row:
    """What is written: an index is not touched for what stays as it was."""
    props = {name: value for name, value in row.items() if name in old and old[name] != value}
    if old["state"] != row["state"]:
        props["place"] = row["place"]
    if old["name"] != row["name"]:
        props["name_lower"] = row["name_lower"]
    return props


def _move(writes: Writes, old: Row | None, row: Row | None) -> None:
    """Note what changed of the endpoint's standing, where that is kept by difference."""
    some = row or old
    if writes.moves is None or some is None:
        return
    before, after = ((one["state"], one["severity"]) if one else None for one in (old, row))
    if before != after:
        writes.moves.setdefault(some["ci"], []).append(Move(some["policy"], before, after))


def _words(evidence: str) -> list[tuple[Any, ...]]:
    """Evidence without its times: the same said again is no news."""
    return [(one["fact"], one.get("value"), one.get("source"), one.get("unknown")) for one in json.loads(evidence)]


def _closed(old: Row, until: str) -> Row:
    kept = (*_KEPT, *_DIMENSIONS)
    return {**{name: old[name] for name in kept}, "key": f"{old['ci']}|{old['policy']}|{old['since']}|{old['rev']}", "until": until}


def _end(writes: Writes, old: Row, now: datetime) -> None:
    writes.closed.append(_closed(old, times.to_text(now)))
    writes.ended.append({"key": f"{old['ci']}|{old['policy']}", "ci": old["ci"], "before_rev": old["rev"]})
    _count(writes, old, -1)
    _move(writes, old, None)


def _count(writes: Writes, row: Row, delta: int) -> None:
    names = ("policy", "state", "reason", "declared", "site", "team", "cls")
    key = json.dumps([row[name] for name in names])
    kept = writes.counts.setdefault(
        key, {"key": key, "delta": 0, "ownership": row["declared"], **{n: row[n] for n in names if n != "declared"}}
    )
    kept["delta"] += delta


def evidence_of(policy: Policy, judge: Judge, facts: Facts) -> list[dict[str, Any]]:
    """What the result rests on: each fact the policy reads with value, time and source, or why it is unknown; contradictions in full."""
    found: list[dict[str, Any]] = []
    for name in policy.facts:
        fact = facts.get(name)
        why = doubt(fact, judge.limits[name])
        one: dict[str, Any] = {"fact": name}
        if isinstance(fact, Fact):
            one |= {"value": fact.value, "at": fact.at, "source": fact.source}
            if fact.others:
                one["others"] = [{"value": v, "at": at, "source": source} for v, at, source in fact.others]
        if why:
            one["unknown"] = why
        found.append(one)
    return found
