"""All results in one state, whichever policy: what a number of the overview counts, as a list of as many rows.

Policy after policy by its title, in each by the endpoint's name. A page reads the policies one by one until it is full, without those of
which the kept counts say that they have nothing of it: what is read does not grow with the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cmdb.compliance import past, report
from cmdb.compliance.chosen import active
from cmdb.compliance.policy import STATES, Policy
from cmdb.compliance.report import DIMENSIONS
from cmdb.errors import Invalid
from cmdb.graph.door import Graph, Row

Place = tuple[str, str, str]
"""Policy, name and key (of the past: id) of the last row that was read."""
BEGIN: Place = ("", "", "")


def page(
    graph: Graph, state: str, where: Mapping[str, str], when: datetime | None = None, *, after: Place = BEGIN, limit: int = 50
) -> list[Row]:
    """Results in that state (empty: in any), now or as they were, after a place. Raises Invalid for no state, or no place.

    `where`: policy, ownership, site, team, cls, severity, reason, and name (a part). Rows as `report.endpoints` and `past.policy_at` give
    them, with `policy`.
    """
    names = [one.id for one in _asked(graph, state, where, when)]
    if after[0] and after[0] not in names:
        raise Invalid("The list has changed; begin with its first page.", field="cursor")
    rows: list[Row] = []
    for name in names[names.index(after[0]) :] if after[0] else names:
        place = (after[1], after[2]) if name == after[0] else ("", "")
        rows += _of_one(graph, name, state, where, when, place, limit - len(rows))
        if len(rows) >= limit:
            break
    return rows


def every(graph: Graph, state: str, where: Mapping[str, str], when: datetime | None = None) -> Iterator[Row]:
    """All of them, window by window: for files. Raises as `page`."""
    for policy in _asked(graph, state, where, when):
        if when:
            yield from past.every_at(graph, policy.id, when, {**where, "state": state})
        else:
            yield from report.every_endpoint(graph, policy.id, state, where)


def place_of(row: Row, when: datetime | None = None) -> Place:
    """The place of a row of `page`."""
    return (str(row["policy"]), str(row["name"]), str(row["ci"])) if when else (str(row["policy"]), row["name_lower"], row["key"])


def _of_one(
    graph: Graph, policy: str, state: str, where: Mapping[str, str], when: datetime | None, after: tuple[str, str], limit: int
) -> list[Row]:
    if when:
        return past.policy_at(graph, policy, when, {**where, "state": state}, after=after, limit=limit)
    return report.endpoints(graph, policy, state, where, after=after, limit=limit)


def _asked(graph: Graph, state: str, where: Mapping[str, str], when: datetime | None) -> Sequence[Policy]:
    """The policies that have any result of it, by title."""
    if state and state not in STATES:
        raise Invalid(f"state is {state[:20]!r}; use one of {', '.join(STATES)}.", field="state")
    narrowed = {key: where[key] for key in (*DIMENSIONS, "severity") if where.get(key)}
    if when:  # the kept counts are those of the last time before it: what has changed in between they do not tell
        found = list(active(graph))
    else:
        states = (state,) if state else STATES
        found = [one.policy for one in report.overview(graph, narrowed).tallies if any(one.states[each] for each in states)]
    return sorted((one for one in found if where.get("policy") in (None, "", one.id)), key=lambda one: (one.title, one.id))
