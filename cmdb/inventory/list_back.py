"""A list of CIs as it was at a moment. What it was cannot be asked of an index, so the classes asked for are read whole, within a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cmdb.errors import Invalid
from cmdb.graph import cis, history
from cmdb.graph.door import Graph
from cmdb.inventory import past
from cmdb.inventory.listing import place_of
from cmdb.inventory.look_back import relations_at
from cmdb.inventory.moment import Moment
from cmdb.inventory.query import Query, check
from cmdb.model.catalogue import Catalogue

MOST_CIS = 20_000
MOST_EVENTS = 200_000

Row = dict[str, Any]


def listed_at(graph: Graph, catalogue: Catalogue, query: Query, moment: Moment) -> list[Row]:
    """One page as it was, in the query's order, as `cmdb.inventory.listing.listed` gives the present one.

    Raises Invalid also where more than 20,000 CIs of these classes, or 200,000 changes since, would have to be read, and for a filter
    by the name of a neighbour: that would need the names and relations of everybody then.
    """
    if query.near:
        raise Invalid(
            "A list of the past is not filtered by the name at the other end; open the other end as of then.", field=query.near[0][0]
        )
    query = replace(check(replace(query, limit=min(query.limit, 1000)), catalogue), limit=query.limit)
    rows = [row for row in _states(graph, query, moment) if _matches(row, query)]
    if query.related:
        rows = _related(graph, query, moment, rows)
    rows.sort(key=lambda row: place_of(row, query.sort)[1])
    rows.sort(key=lambda row: place_of(row, query.sort)[0], reverse=query.descending)
    if query.backwards:
        rows = [row for row in reversed(rows) if not _beyond(row, query) and str(row["id"]) != (query.after or ("", ""))[1]]
        return rows[: query.limit]
    return [row for row in rows if _beyond(row, query)][: query.limit]


def _beyond(row: Row, query: Query) -> bool:
    if query.after is None:
        return True
    (value, ci), (last, last_ci) = place_of(row, query.sort), query.after
    return (value == last and ci > last_ci) or (value < last if query.descending else value > last)


def _states(graph: Graph, query: Query, moment: Moment) -> list[Row]:
    events = history.all_since(graph, moment.reads_from, limit=MOST_EVENTS)
    if sum(map(len, events.values())) >= MOST_EVENTS:
        raise Invalid(f"More than {MOST_EVENTS:,} changes were recorded since; ask for a later time.", field="as_of")
    rows = cis.of_classes(graph, query.classes, limit=MOST_CIS + 1)
    if len(rows) > MOST_CIS:
        raise Invalid(f"A list of the past shows at most {MOST_CIS:,} CIs; choose a class.", field="class")
    if query.classes:  # what was of these classes then and is of another now
        turned = {ci for ci, told in events.items() if any(c["kind"] == "class" and c["ci"] == ci for e in told for c in e["changes"])}
        rows += cis.many(graph, turned - {str(row["id"]) for row in rows}).values()
    found = []
    for row in rows:
        ci = str(row["id"])
        state = past.state(row, past.in_order(events.get(ci, ()), ci), moment)
        if state is not None and (not query.classes or state["class"] in query.classes):
            found.append(state)
    return found


def _related(graph: Graph, query: Query, moment: Moment, rows: list[Row]) -> list[Row]:
    for name, other in query.related:
        inward = (row for row in relations_at(graph, other, moment) if not row["outward"] and str(row["key"]).startswith(f"{name}|"))
        wanted = {str(row["other"]) for row in inward}
        rows = [row for row in rows if row["id"] in wanted]
    return rows


def _matches(row: Mapping[str, Any], query: Query) -> bool:
    if query.hide_absent and row["presence"] != "present":
        return False
    return all(_fits(row.get(f.attribute), f.operator, str(f.value).lower()) for f in query.filters)


def _fits(value: Any, operator: str, wanted: str) -> bool:
    if operator in ("empty", "set"):
        return (value is None) == (operator == "empty")
    if value is None:
        return False
    if operator == "has":
        return isinstance(value, list | tuple) and any(wanted in str(word).lower() for word in value)
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if operator in ("before", "after"):
        return (text.lower() < wanted) == (operator == "before")
    tests = {"equals": text.lower() == wanted, "contains": wanted in text.lower(), "starts": text.lower().startswith(wanted)}
    return tests[operator]
