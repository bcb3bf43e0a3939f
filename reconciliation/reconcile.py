"""Reconcile: the conductor. Gather → decide → write in one transaction; when somebody else was first, gather again."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import candidates, distrust, repeats, waiting
from cmdb.graph.door import Graph, Tx
from cmdb.graph.write import write
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes, Resolved
from cmdb.model.observation import Observation
from cmdb.model.observation_json import from_stored
from reconciliation.assertions import assertions
from reconciliation.batches import batches
from reconciliation.distrusting import orders_of
from reconciliation.draft import Draft, World
from reconciliation.joining import join
from reconciliation.late import plan_late
from reconciliation.late_turns import plan_late_turns
from reconciliation.planning import plan_cis, plan_repeated
from reconciliation.planning_records import join_records, mark_absent
from reconciliation.planning_relations import plan_identifiers, plan_relations, relation_keys_touched
from reconciliation.planning_software import plan_software
from reconciliation.prepare import Prepared, prepare
from reconciliation.records import from_row
from reconciliation.repeats import said_before, word_of
from reconciliation.resolve import Resolution, Resolver
from reconciliation.settling import Seen, settle
from reconciliation.sharing import learn
from reconciliation.turns import turns_of
from reconciliation.waiting import plan_waiting

log = logging.getLogger(__name__)

ATTEMPTS = 12
"""How often a batch that lost a race gathers again before the error is the caller's."""
PATIENCE = 2
"""After how many lost races a batch goes alone: writers that meet by chance part after one, one that is too slow never would."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One observation, which CI each of its items is, and the plan of all that it makes different."""

    prepared: Prepared
    resolution: Resolution
    draft: Draft


def reconcile(graph: Graph, catalogue: Catalogue, observation: Observation, *, again: bool = False) -> Changes:
    """Apply one observation; the same one again changes nothing.

    `again`: a try before this one may have written it and died before what follows from it, so all that it shows is followed up once more.
    Raises Invalid for an observation that contradicts itself, GraphUnavailable and GraphTimeout from the engine, GraphConflict when
    other writers won every race. A large observation is split: each batch is one transaction, and doing it again is harmless.
    """
    changes: list[Change] = []
    resolved: dict[str, Resolved] = {}
    before: list[str] = []
    for batch in batches(observation):
        done = reconcile_batch(graph, catalogue, batch, again=again)
        before.append(done.before)
        changes += done.changes
        resolved |= {one.ref: one for one in done.resolved}
    ordered = tuple(resolved[item.ref] for item in observation.items if item.ref in resolved)
    return Changes(observation.id, tuple(changes), ordered, applied=True, before=min(before, default=""))


def reconcile_batch(graph: Graph, catalogue: Catalogue, batch: Observation, *, again: bool = False) -> Changes:
    """`reconcile` of one that fits a transaction (reconciliation/batches.py). Raises as `reconcile`."""
    known = None if again else said_before(graph, batch)
    if known is not None:
        return Changes(batch.id, (), known.resolved, applied=True, before=known.before)
    changes: list[Change] = []
    decided = apply(graph, catalogue, batch, changes)
    settle_after(graph, catalogue, decided, changes, again=again)
    return Changes(batch.id, tuple(changes), tuple(resolved_of(decided).values()), applied=True)


def preview(graph: Graph, catalogue: Catalogue, observation: Observation) -> Changes:
    """What `reconcile` would do, without doing it. Raises as `reconcile`."""
    changes: list[Change] = []
    resolved: dict[str, Resolved] = {}
    for batch in batches(observation):
        decided = decide(graph, catalogue, batch)
        changes += _joins(decided)
        changes += decided.draft.changes
        resolved |= resolved_of(decided)
    ordered = tuple(resolved[item.ref] for item in observation.items if item.ref in resolved)
    return Changes(observation.id, tuple(changes), ordered, applied=False)


def _joins(decided: Decided) -> list[Change]:
    source = decided.draft.source
    joining = [v for v in decided.resolution.verdicts.values() if v.outcome == "join"]
    return [Change("joined", v.ci, "", "", "id", other, v.ci, source, v.rule) for v in joining for other in v.others]


def settle_after(
    graph: Graph, catalogue: Catalogue, decided: Decided, changes: list[Change], *, quiet: bool = False, again: bool = False
) -> None:
    """After a batch was written: what waited for it comes in, questions it answers close, and what it teaches is learned.

    `quiet`: nothing waits for it and no question is about it, as the caller found out. `again`: as in `reconcile`.
    """
    if not quiet:
        keys = _shown(decided.resolution) if again else shown_first(decided)
        _settle_parked(graph, catalogue, decided, changes, keys)
        _settle_reviews(graph, catalogue, decided, changes, keys)
    changes += learn(graph, catalogue, decided.draft.source, decided.resolution, again=again)


def shown_first(decided: Decided) -> set[str]:
    """Identifier keys that nobody showed of these CIs before."""
    return {row["key"] for row in (*decided.draft.plan.new_identifiers, *decided.draft.plan.new_links)}


def _shown(resolution: Resolution) -> set[str]:
    """All identifier keys of what is known."""
    return {e.key for ref, evidence in resolution.evidence.items() if resolution.ci(ref) for e in evidence if e.grade != "none"}


def resolved_of(decided: Decided) -> dict[str, Resolved]:
    """Per ref what the item turned out to be."""
    return {ref: Resolved(ref, v.outcome, decided.resolution.ci(ref), v.rule) for ref, v in decided.resolution.verdicts.items()}


def apply(graph: Graph, catalogue: Catalogue, observation: Observation, changes: list[Change]) -> Decided:
    """Gather, decide and write one that fits a transaction, until no other writer is in between; `changes` gains what it made different.

    What follows from it (`settle_after`) is the caller's. Raises as `reconcile`.
    """
    turns = turns_of(graph)
    for attempt in range(ATTEMPTS):
        try:
            with turns.taken(alone=attempt >= PATIENCE):
                decided = _attempted(graph, catalogue, observation, changes)
        except (GraphConflict, GraphConstraint) as error:
            if attempt == ATTEMPTS - 1:
                raise
            log.info(
                "reconcile: lost a race, gathering again observation=%s attempt=%d reason=%s", observation.id, attempt + 1, error.message
            )
            time.sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 5)))  # noqa: S311 - spreads the writers, protects nothing
            continue
        if decided is not None:
            changes += decided.draft.changes
            return decided
    raise GraphConflict("Other writers were faster every time; try again later.")


def _attempted(graph: Graph, catalogue: Catalogue, observation: Observation, changes: list[Change]) -> Decided | None:
    """Gather, decide and write once. None: CIs were joined, so that all has to be gathered again."""
    decided = decide(graph, catalogue, observation)
    if _join_first(graph, catalogue, decided, changes):
        return None
    plan = decided.draft.plan
    if not plan.is_empty() or plan.seen_cis or plan.changed_records or plan.repeated:
        _write(graph, catalogue, decided)
    return decided


def _write(graph: Graph, catalogue: Catalogue, decided: Decided) -> None:
    word = word_of(decided.prepared, decided.resolution, decided.draft)

    def work(tx: Tx) -> None:
        write(tx, decided.draft.plan, catalogue)
        if word is not None:
            repeats.keep(tx, word)

    graph.writing(work)


def _join_first(graph: Graph, catalogue: Catalogue, decided: Decided, changes: list[Change]) -> bool:
    """Evidence shows several CIs to be one: join them, then gather again. Returns whether anything was joined."""
    joined = False
    for verdict in decided.resolution.verdicts.values():
        if verdict.outcome != "join":
            continue
        for other in verdict.others:
            keep, gone = sorted((verdict.ci, other))  # ids sort by age: the older survives
            source, seen = decided.draft.source, decided.draft.observation.id
            changes += join(graph, catalogue, keep, gone, reason=verdict.rule, source=source, observation=seen).changes
            joined = True
        if joined:
            break
    return joined


def decide(graph: Graph, catalogue: Catalogue, observation: Observation) -> Decided:
    """Gather and decide, and write nothing. Raises as `reconcile`."""
    prepared = prepare(observation, catalogue)
    resolution = Resolver(graph, catalogue, prepared).run()
    known = {
        ci for ref in resolution.verdicts if (ci := resolution.ci(ref)) and ci not in resolution.new_ids and ref not in resolution.repeated
    }
    world = World({}, {})
    _load(graph, world, known)
    said = assertions(prepared, resolution, catalogue, {ci: str(p["class"]) for ci, p in world.properties.items()})
    draft = Draft(observation, prepared.at, times.to_text(times.now()), orders=cache(lambda: orders_of(distrust.orders(graph))))
    draft.now = draft.recorded_at
    draft.names = {ci: world.name(ci) for ci in world.properties}
    draft.classes = {ci: str(p["class"]) for ci, p in world.properties.items()}
    gone = join_records(draft, world, said, prepared, resolution)
    _load(graph, world, gone.keys() - world.properties.keys())
    mark_absent(draft, world, gone)
    plan_cis(draft, world, catalogue)
    plan_repeated(draft, resolution)
    plan_late(graph, draft, world, said)
    existing = {
        str(row["key"]): row for row in candidates.relations(graph, relation_keys_touched(draft, world) if world.properties else set())
    }
    plan_relations(draft, world, said, catalogue, existing)
    plan_late_turns(graph, draft, said, resolution.new_ids)
    plan_identifiers(draft, resolution)
    plan_software(draft, world, said, lambda keys: candidates.chunk_rows(graph, keys))
    plan_waiting(draft, prepared, resolution, said.unresolved)
    draft.refuse(said.refused)
    draft.write_events(resolution.new_ids)
    return Decided(prepared, resolution, draft)


def _load(graph: Graph, world: World, ids: set[str]) -> None:
    for ci, (properties, rows) in candidates.states(graph, ids).items():
        world.properties[ci] = properties
        world.records[ci] = {record.slot: record for record in map(from_row, rows)}


def _settle_parked(graph: Graph, catalogue: Catalogue, decided: Decided, changes: list[Change], keys: Collection[str]) -> None:
    """Relations that waited for something that was just seen come in now, by the same door."""
    found: list[str] = []
    for row in waiting.parked_for(graph, keys):
        if row["body_id"] == decided.prepared.observation.id:
            continue
        observation = from_stored(row["body"])
        done = apply(graph, catalogue, observation, changes)
        if not done.draft.plan.pendings:
            found.append(str(row["key"]))
    waiting.unpark(graph, found)


def _settle_reviews(graph: Graph, catalogue: Catalogue, decided: Decided, changes: list[Change], keys: Collection[str]) -> None:
    """Questions that what was just seen answers close themselves."""
    joined = {change.ci for change in changes if change.kind == "joined"}
    if not keys and not joined:
        return
    firm = {ref: v.ci for ref, v in decided.resolution.verdicts.items() if v.outcome in ("match", "new", "join") and not v.weak}
    seen = Seen(decided.draft.source, tuple((ci, decided.resolution.evidence.get(ref, ())) for ref, ci in firm.items()))
    changes += settle(graph, catalogue, lambda told: apply(graph, catalogue, told, changes), keys, joined, seen)
