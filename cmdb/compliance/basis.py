"""What a run judges by, and whether that still is what counts: people switch policies and bring reference data while it goes on."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from cmdb.compliance.chosen import active
from cmdb.compliance.endpoints import Knowledge, knowledge
from cmdb.compliance.facts import needed
from cmdb.compliance.policy import Judge, Policy
from cmdb.errors import GraphConflict, GraphConstraint
from cmdb.graph import policy_texts
from cmdb.graph.door import Graph, Row
from cmdb.model import times

log = logging.getLogger(__name__)


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


class Basis:
    """The bench of a run, made anew when something else counts. `policies` None: those that count here; `now` None: each has its own.

    Somebody who judges by what counted a moment ago may write after the one who judges by what counts since, and nobody would look again
    for an hour. So who writes asks `renewed` before, and after: a change that comes later is judged by the job that comes with it.
    """

    def __init__(
        self,
        graph: Graph,
        classes: tuple[str, ...],
        policies: Sequence[Policy] | None,
        *,
        only: Collection[str] | None = None,
        now: datetime | None = None,
    ) -> None:
        self._graph = graph
        self._classes = classes
        self._given = policies
        self._only = only
        self._now = now
        self._mark = self._marks()
        self.bench = self._made()

    def renewed(self) -> Bench:
        """The bench that counts: the same object as before where nothing changed. Two small reads, none where policies were given."""
        mark = self._marks()
        if mark != self._mark:
            log.info("compliance: what is judged by changed meanwhile")
            self._mark, self.bench = mark, self._made()
        return self.bench

    def later(self) -> Bench:
        """The bench of this moment, for what others judged meanwhile: their results began after the moment of the bench before."""
        self._mark = self._marks()
        self.bench = self._made()
        return self.bench

    def _marks(self) -> object:
        return None if self._given is not None else policy_texts.marks(self._graph, self._only)

    def _made(self) -> Bench:
        when = self._now or times.now()
        policies = active(self._graph) if self._given is None else self._given
        _keep_texts(self._graph, policies, when)
        judges = {policy: policy.at(when) for policy in policies if self._only is None or policy.id in self._only}
        facts = needed(name for policy in judges for name in policy.facts)
        return Bench(judges, facts, knowledge(self._graph, when), self._classes, when, self._only)


_kept: WeakKeyDictionary[Graph, set[str]] = WeakKeyDictionary()
"""Editions that are known to be kept in a graph, so that it is asked once."""


def _keep_texts(graph: Graph, policies: Sequence[Policy], now: datetime) -> None:
    """Keep the text of each edition from the first time that anything is judged by it: an audit of that day shows what was asked then."""
    known = _kept.setdefault(graph, set())
    rows: list[Row] = [
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
