"""Reading the past: a CI, its relations, edges for impact, each as it was at a moment. A few statements however many CIs are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cmdb.errors import NotFound
from cmdb.graph import cis, history, impact
from cmdb.graph.door import Graph
from cmdb.graph.impact import EdgeRow, Way
from cmdb.inventory import past
from cmdb.inventory.moment import Moment

Row = dict[str, Any]
Events = dict[str, list[Mapping[str, Any]]]


def ci_at(graph: Graph, ci: str, moment: Moment | None) -> Row:
    """One CI's properties at the moment (None: now). A joined CI's old id finds the survivor (`redirected_from`).

    Raises NotFound for an unknown id, and where the CI was not there, or not known, at the moment.
    """
    row = cis.get(graph, ci)
    if moment is None:
        return row
    events = events_of(graph, [str(row["id"])], moment)
    found = past.state(row, events.get(str(row["id"]), []), moment)
    if found is None:
        raise NotFound(f"{row['display_name']} is not known {moment.words}: the first word of it is of {past.born_at(row)}.")
    return found


def states_at(graph: Graph, ids: Collection[str], moment: Moment) -> dict[str, Row]:
    """Properties of several CIs at the moment; those that were not there are left out."""
    rows = cis.many(graph, ids)
    events = events_of(graph, rows.keys(), moment)
    states = {ci: past.state(row, events.get(ci, []), moment) for ci, row in rows.items()}
    return {ci: found for ci, found in states.items() if found is not None}


def events_of(graph: Graph, ids: Collection[str], moment: Moment) -> Events:
    """What the past of these CIs is told from, in order."""
    return {ci: past.in_order(events, ci) for ci, events in history.since(graph, ids, moment.reads_from).items()}


def relations_at(graph: Graph, ci: str, moment: Moment | None) -> list[Row]:
    """The CI's relations at the moment, both directions, in the shape of `cmdb.graph.cis.relations`."""
    rows = cis.relations(graph, ci)
    if moment is None:
        return rows
    events = events_of(graph, [ci], moment).get(ci, [])
    found = past.relations(ci, rows, events, moment)
    others = states_at(graph, {str(row["other"]) for row in found}, moment)
    return [_with_other(row, others[str(row["other"])]) for row in found if str(row["other"]) in others]


def _with_other(row: Row, other: Mapping[str, Any]) -> Row:
    return row | {"other_class": other["class"], "other_name": other["display_name"], "other_presence": other["presence"]}


class Present:
    """What impact reads, as it is now."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def many(self, ids: Collection[str]) -> dict[str, Row]:
        """Properties by id; unknown ones are left out."""
        return cis.many(self._graph, ids)

    def edges_of(self, ids: Collection[str], labels: Collection[str], way: Way = "both") -> list[EdgeRow]:
        """Relations as `cmdb.graph.impact.edges_of` reads them."""
        return impact.edges_of(self._graph, ids, labels, way)


class Past(Present):
    """The same as it was at a moment."""

    def __init__(self, graph: Graph, moment: Moment) -> None:
        super().__init__(graph)
        self._moment = moment

    def many(self, ids: Collection[str]) -> dict[str, Row]:
        """Properties by id as they were."""
        return states_at(self._graph, ids, self._moment)

    def edges_of(self, ids: Collection[str], labels: Collection[str], way: Way = "both") -> list[EdgeRow]:
        """Edges that were there, with the far end as it was. Edges that ended since come from the history."""
        wanted = {label.lower() for label in labels}
        events = events_of(self._graph, ids, self._moment)
        found: list[tuple[str, Row]] = []
        for ci, rows in history.relations_of(self._graph, ids, labels).items():
            told = past.relations(ci, rows, events.get(ci, []), self._moment)
            there = (row for row in told if way == "both" or bool(row["outward"]) == (way == "out"))
            found += [(ci, row) for row in there if str(row["key"]).split("|")[0] in wanted]
        others = self.many({str(row["other"]) for _, row in found})
        return [_edge(ci, row, others[str(row["other"])]) for ci, row in found if str(row["other"]) in others]


def _edge(ci: str, row: Row, other: Mapping[str, Any]) -> EdgeRow:
    words = (row["group"], row["need"], row["last_seen_at"], row["other"])
    far = (other["class"], other["display_name"], other["presence"], other.get("min_up"), other.get("role"), other["last_seen_at"])
    texts = ["" if value is None else str(value) for value in (*words, *far)]
    return EdgeRow(ci, str(row["key"]).split("|")[0].upper(), bool(row["outward"]), *texts)
