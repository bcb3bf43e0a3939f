"""Judge endpoints in batches and write only what differs. Idempotent; may run from several workers at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmdb.compliance.ahead import ahead
from cmdb.compliance.basis import Basis, Bench
from cmdb.compliance.endpoints import read_endpoints
from cmdb.compliance.facts import Endpoint, facts_of
from cmdb.compliance.kept_days import keep_today
from cmdb.compliance.policy import SEVERITIES, Judge, Outcome, Policy
from cmdb.compliance.truth import Fact, Facts, doubt
from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import compliance as store
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

    def written(self, looked: int, writes: Writes) -> Done:
        """With these writes of a batch, which may be judged again."""
        changed, ended = len(writes.closed) - len(writes.ended), len(writes.ended)
        return Done(looked, self.new + len(writes.new), self.changed + changed, self.ended + ended)

    def plus(self, other: Done) -> Done:
        """Both runs together."""
        return Done(self.endpoints + other.endpoints, self.new + other.new, self.changed + other.changed, self.ended + other.ended)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What judging a batch by this bench changes, how many endpoints were asked, and whether a result is younger than the bench."""

    bench: Bench
    writes: Writes
    looked: int
    late: bool


def evaluate(
    graph: Graph,
    catalogue: Catalogue,
    policies: Sequence[Policy] | None,
    ids: Sequence[str] | None = None,
    now: datetime | None = None,
    *,
    only: Collection[str] | None = None,
) -> Done:
    """Judge these CIs (None: every endpoint, the sweep) by these policies as of `now`. CIs that are no endpoints are left alone.

    `policies` None: by those that count here; where they, or the reference data, change meanwhile, what was judged by the others is judged
    again. `only`: results of these policies alone (ids, after a change of them), as if all had been judged; one that is not among the
    policies counts no more, and its results end. Raises GraphConflict where others kept judging the same endpoints through all tries, and
    as `graph.writing`.
    """
    sweep = ids is None
    basis = Basis(graph, endpoint_classes(catalogue), policies, only=only, now=now)
    when = basis.bench.now
    wanted = store.endpoint_ids(graph, endpoint_classes(catalogue)) if ids is None else sorted(set(ids))
    size = BATCH if only is None or len(only) > _ALONE else _BATCH_ALONE
    batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    done = Done()
    for ids_of, judged in zip(batches, ahead(lambda some: _judged(graph, basis.bench, some), batches), strict=True):
        done = done.plus(_written(graph, basis, ids_of, judged))
    if sweep and only is None:
        store.note_sweep(graph, times.to_text(when), done.endpoints)
    if sweep:
        keep_today(graph, now or times.now())
    return done


def endpoint_classes(catalogue: Catalogue) -> tuple[str, ...]:
    """The classes compliance is asked of: what the catalogue calls endpoints."""
    return catalogue.descendants("endpoint")


def _judged(graph: Graph, bench: Bench, ids: Sequence[str]) -> _Judged:
    """What judging these endpoints changes."""
    before: dict[str, dict[str, Row]] = {ci: {} for ci in ids}
    late, at = False, times.to_text(bench.now)
    # Results are read before the facts: who judged by newer facts in between has written, and this write is refused. The other way
    # round their result would be taken for the one to go on from, and facts of a moment ago would be written over it.
    for row in store.current(graph, ids, bench.only):
        before[row["ci"]][row["policy"]] = row
        late |= row["since"] > at
    over = bench.only is not None and not bench.judges  # policies that count no more: nothing is judged by them, their results end
    found = {} if over else read_endpoints(graph, ids, bench.classes, bench.knowledge, bench.facts)
    writes = Writes(weights=SEVERITIES, moves=None if bench.only is None else {})
    looked = 0
    for ci in ids:
        endpoint = found.get(ci)
        asked = endpoint is not None and endpoint.present
        looked += asked
        _one(writes, ci, endpoint if asked else None, before[ci], bench)
    return _Judged(bench, writes, looked, late)


def _written(graph: Graph, basis: Basis, ids: Sequence[str], judged: _Judged) -> Done:
    """Write it; where somebody else judged one of these endpoints meanwhile, or something else counts, judge them again."""
    total = Done()
    if judged.late and judged.writes:
        judged = _judged(graph, basis.later(), ids)
    for left in reversed(range(_TRIES)):
        if judged.bench is not (bench := basis.renewed()):
            judged = _judged(graph, bench, ids)
        writes = judged.writes
        try:
            if writes:
                store.write(graph, writes)
        except (GraphConflict, GraphConstraint):
            if not left:
                raise
            judged = _judged(graph, basis.later(), ids)
            continue
        total = total.written(judged.looked, writes)
        if judged.bench is basis.renewed():
            break
    return total


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
        row["since"] = max(row["since"], old["since"])  # one that began later, by a run that was faster or before a clock was put back
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
    writes.closed.append(_closed(old, max(times.to_text(now), old["since"])))
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
