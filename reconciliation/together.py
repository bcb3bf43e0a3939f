"""Several observations, each decided by itself, written in one transaction: a storm costs statements for many and not for each.

Only those go together that have nothing to do with each other: none shows an identifier, or speaks of a CI, that another one changes. What
they share is only seen again (the site of them all), and then the latest counts. Whatever is not as simple is left to `reconcile`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import repeats, reviews, waiting
from cmdb.graph.door import Graph, Tx
from cmdb.graph.meeting import met
from cmdb.graph.plan import Plan
from cmdb.graph.write import write
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.observation import Observation
from cmdb.model.times import to_text
from reconciliation.reconcile import Decided, decide, resolved_of, settle_after, shown_first
from reconciliation.repeats import word_of
from reconciliation.storm import all_said_before, utterance
from reconciliation.turns import turns_of

log = logging.getLogger(__name__)

_SEEN_ONLY = {"observed_at", "rev"}
"""What is different of a record that says the same again."""


def reconcile_together(graph: Graph, catalogue: Catalogue, observations: Sequence[Observation]) -> list[Changes | None]:
    """For each observation what `reconcile` gives, in step; None: `reconcile` must apply it, again, since it may be half done.

    They must be about different things, as those of different devices are. Raises as `reconcile`: then nothing of them was written but
    that some were seen again, and applying them again does no harm.
    """
    utterances = [utterance(one) for one in observations]
    asked = [(place, said) for place, said in enumerate(utterances) if said is not None]
    found: list[Changes | None] = [None] * len(observations)
    told = [(said, to_text(observations[place].observed_at)) for place, said in asked]
    for (place, _), known in zip(asked, all_said_before(graph, told), strict=True):
        if known is not None:
            found[place] = Changes(observations[place].id, (), known.resolved, applied=True, before=known.before)
    places = [place for place, said in enumerate(utterances) if said is not None and found[place] is None]
    with turns_of(graph).taken(alone=False):
        decided = _apart(graph, catalogue, {place: observations[place] for place in places})
        if decided and not _written(graph, catalogue, list(decided.values())):
            return found
    quiet = _nobody_waits(graph, list(decided.values()))
    for place, one in decided.items():
        changes: list[Change] = list(one.draft.changes)
        try:
            settle_after(graph, catalogue, one, changes, quiet=quiet)
        except (GraphConflict, GraphConstraint) as error:  # the others keep what they learned; this one is followed up alone
            log.info("reconcile: what follows lost a race observation=%s reason=%s", one.prepared.observation.id, error.message)
            continue
        found[place] = Changes(one.prepared.observation.id, tuple(changes), tuple(resolved_of(one).values()), applied=True)
    return found


def _decided(catalogue: Catalogue, observation: Observation, graph: Graph) -> Decided:
    return decide(graph, catalogue, observation)


@dataclass(slots=True)
class _Marks:
    """What plans read and write: identifier keys, ids of CIs, keys of records; and of what they only see again, the rows."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)

    def bars(self, other: _Marks) -> bool:
        """Whether one of them minds what the other does."""
        return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)

    def add(self, other: _Marks) -> None:
        """Together with the other."""
        self.reads |= other.reads
        self.writes |= other.writes


def _apart(graph: Graph, catalogue: Catalogue, observations: dict[int, Observation]) -> dict[int, Decided]:
    """The decisions that may be written together."""
    taken, found = _Marks(), {}
    # Each decides by itself, and what they read for it is read for all of them.
    works: list[Callable[[Graph], Decided]] = [partial(_decided, catalogue, one) for one in observations.values()]
    for place, one in zip(observations, met(graph, works), strict=True):
        marks = _marks(one)
        if _is_simple(one) and not taken.bars(marks):
            found[place] = one
        taken.add(marks)
    return found


def _is_simple(one: Decided) -> bool:
    plan = one.draft.plan
    return not any(verdict.outcome == "join" for verdict in one.resolution.verdicts.values()) and not any(
        (
            plan.pendings,
            plan.reviews,
            plan.merged_links,
            plan.dropped_links,
            plan.weighed_keys,
            plan.dropped_records,
            plan.relabelled,
            plan.shared_keys,
        )
    )


def _marks(one: Decided) -> _Marks:
    plan = one.draft.plan
    reads = {e.key for shown in one.resolution.evidence.values() for e in shown if e.grade != "none"} | one.draft.after.keys()
    writes = {row["key"] for row in (*plan.new_identifiers, *plan.new_links, *plan.new_records)}
    writes |= {row["key"] for row in plan.changed_records if row["props"].keys() - _SEEN_ONLY}
    writes |= {row["id"] for rows in plan.new_cis.values() for row in rows} | {row["id"] for row in plan.changed_cis}
    writes |= {row["ci"] for row in (*plan.events, *plan.software_links)}
    kinds = (plan.new_relations, plan.changed_relations, plan.ended_relations)
    writes |= {row["source"] for kind in kinds for rows in kind.values() for row in rows}
    return _Marks(set(reads), writes)


def _written(graph: Graph, catalogue: Catalogue, decided: Sequence[Decided]) -> bool:
    plan = merged([one.draft.plan for one in decided])
    words = [word for one in decided if (word := word_of(one.prepared, one.resolution, one.draft)) is not None]
    single = {word.voice: word for word in sorted(words, key=lambda word: word.at)}

    def work(tx: Tx) -> None:
        write(tx, plan, catalogue)
        if single:
            repeats.keep_many(tx, list(single.values()))

    try:
        graph.writing(work)
    except (GraphConflict, GraphConstraint) as error:
        log.info("reconcile: lost a race together observations=%d reason=%s", len(decided), error.message)
        return False
    return True


def merged(plans: Sequence[Plan]) -> Plan:
    """One plan for all; of what several only saw again, the latest."""
    whole = Plan()
    for part in fields(Plan):
        into: Any = getattr(whole, part.name)
        for plan in plans:
            given: Any = getattr(plan, part.name)
            if isinstance(into, list):
                into.extend(given)
            elif part.name == "chunks":
                into.update(given)
            else:
                for name, rows in given.items():
                    into.setdefault(name, []).extend(rows)
    # What only is seen again needs no guard: two batches that share a site would else lose races to each other for nothing.
    again = [row for row in whole.changed_records if not row["props"].keys() - _SEEN_ONLY]
    whole.repeated += [{"key": row["key"], "at": row["props"]["observed_at"]} for row in again]
    whole.changed_records = [row for row in whole.changed_records if row["props"].keys() - _SEEN_ONLY]
    whole.seen_cis = _latest(whole.seen_cis, "id")
    whole.repeated = _latest(whole.repeated, "key")
    return whole


def _latest(rows: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return list({str(row[name]): row for row in sorted(rows, key=lambda row: str(row["at"]))}.values())


def _nobody_waits(graph: Graph, decided: Sequence[Decided]) -> bool:
    """Whether no parked relation and no open question is about what these showed first."""
    keys = {key for one in decided for key in shown_first(one)}
    return not keys or not (waiting.parked_for(graph, keys) or reviews.resting_on(graph, keys, ()))
