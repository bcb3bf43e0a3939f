"""Replay the ledger into an empty graph: every accepted observation, report and order again, in the order in which they were applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cmdb.errors import CmdbError, Conflict, GraphUnavailable
from cmdb.graph import cis
from cmdb.graph.door import Graph
from cmdb.intake.acts import ACT, act_of
from cmdb.intake.looks import KeptLooks
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.runtime.intake_work import observation_of
from cmdb.store import Entry, Ledger
from reconciliation.looking_again import look_at_all
from reconciliation.replay import Replayer

_PAGE = 100

Tell = Callable[[int], None]
"""Called with how many entries were looked at."""


@dataclass(slots=True)
class Replayed:
    """What came of it. `lost`: entries whose bodies retention dropped. `failed`: (entry, reason). `pairs`: id of then → ids of now."""

    observations: int = 0
    acts: int = 0
    lost: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    pairs: Mapping[str, set[str]] = field(default_factory=dict)


def replay(ledger: Ledger, graph: Graph, catalogue: Catalogue, tell: Tell = lambda _: None) -> Replayed:
    """Say everything again. The graph must have its schema and no CI: raises Conflict else. One that fails is told and the rest goes on.

    What is done is recorded with the time at which it was done first. Raises GraphUnavailable.
    """
    if cis.window(graph, "", limit=1):
        raise Conflict("The graph is not empty; replay needs one of its own.")
    replayer, done = Replayer(graph, catalogue), Replayed()
    for number, entry in enumerate(_applied(ledger), start=1):
        try:
            replayer.kept = KeptLooks(ledger, observation_of, until=entry.finished_text, any_ci=True)
            _again(replayer, entry, done)
        except GraphUnavailable:
            raise
        except CmdbError as error:
            done.failed.append((entry.id, error.message))
        tell(number)
    look_at_all(graph, catalogue)  # the clock closed questions between what was said; here it has not come round yet
    done.pairs = replayer.pairs
    return done


def _applied(ledger: Ledger) -> Iterator[Entry]:
    place: tuple[str, str] | None = None
    while page := ledger.intake.applied_after(place, _PAGE):
        yield from (entry for entry in page if not (entry.result or {}).get("dropped"))
        place = (page[-1].finished_text, page[-1].id)


def _again(replayer: Replayer, entry: Entry, done: Replayed) -> None:
    result = entry.result or {}
    if entry.body is None:
        done.lost += 1
        return
    told = result.get("at") or entry.meta.get("at")
    with times.doing_again(times.from_text(str(told)) if told else entry.finished_at or entry.received_at):
        if entry.kind == ACT:
            replayer.act(*act_of(entry), entry.meta.get("about", {}), result)
            done.acts += 1
            return
        then = {str(item["ref"]): str(item["ci"]) for item in result.get("items", ()) if item.get("ci")}
        replayer.observe(observation_of(entry), then, entry.meta.get("about", {}))
        done.observations += 1
