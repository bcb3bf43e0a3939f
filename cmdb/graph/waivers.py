"""Exceptions and attestations in the graph: `(:Waiver {id})`, what people answer for where evidence says no or nothing.

They lie over the results and never change one. Every step is a guarded move from one state to the next, so that two people who press at the
same moment cannot both have been first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, LiteralString

from cmdb.errors import Conflict, NotFound
from cmdb.graph.door import Graph, Row

_SHAPE: LiteralString = """ {.id, .kind, .policy, .ci, .name, .ownership, .site, .team, .cls, .reason, .control, .state, .requested_by,
    .requested_at, .decided_by, .decided_at, .until, .ended_at, .ended_by, .ended_why, .rev} AS w """


def add(graph: Graph, props: dict[str, Any]) -> None:
    """Write a new one. Raises GraphConstraint for an id that is there."""
    graph.write("CREATE (w:Waiver) SET w = $props", props={**props, "rev": 1})


def get(graph: Graph, waiver: str) -> Row:
    """One of them. Raises NotFound."""
    query: LiteralString = "MATCH (w:Waiver {id: $id}) RETURN w" + _SHAPE
    rows = graph.read(query, id=waiver)
    if not rows:
        raise NotFound("There is no such exception or attestation.")
    return dict(rows[0]["w"])


def move(graph: Graph, waiver: str, states: Collection[str], props: dict[str, Any]) -> None:
    """Change one that is in one of these states. Raises Conflict where it is not (any more)."""
    done = graph.writing(
        lambda tx: tx.run(
            """
            MATCH (w:Waiver {id: $id})
            SET w.lock = $lock
            WITH w WHERE w.state IN $states
            SET w += $props, w.rev = w.rev + 1
            RETURN w.id AS id
            """,
            id=waiver,
            lock=str(props.get("state", "")),
            states=sorted(states),
            props=props,
        )
    )
    if not done:
        raise Conflict("Somebody else has decided or ended this meanwhile.")


def in_state(graph: Graph, states: Collection[str], *, kind: str = "", policy: str = "", ci: str = "") -> list[Row]:
    """All in these states, the newest first, narrowed by kind, policy and endpoint."""
    query: LiteralString = (
        """
        MATCH (w:Waiver) WHERE w.state IN $states AND ($kind = '' OR w.kind = $kind) AND ($policy = '' OR w.policy = $policy)
          AND ($ci = '' OR w.ci = $ci)
        RETURN w"""
        + _SHAPE
        + ", w.requested_at AS at, w.id AS id ORDER BY at DESC, id LIMIT 5000"
    )
    return [dict(row["w"]) for row in graph.read(query, states=sorted(states), kind=kind, policy=policy, ci=ci)]


def as_of(graph: Graph, at: str) -> list[Row]:
    """Those that counted at that time (ISO text): decided before, not ended, not past their last day."""
    query: LiteralString = (
        """
        MATCH (w:Waiver)
        WHERE w.decided_at <> '' AND w.decided_at <= $at AND (w.ended_at = '' OR w.ended_at > $at)
          AND w.until >= $day AND w.state <> 'refused'
        RETURN w"""
        + _SHAPE
        + ", w.id AS id ORDER BY id"
    )
    return [dict(row["w"]) for row in graph.read(query, at=at, day=at[:10])]


def past_day(graph: Graph, day: str) -> list[str]:
    """Ids of those in force whose last day is before `day`."""
    return [
        str(row["id"])
        for row in graph.read("MATCH (w:Waiver) WHERE w.state = 'in_force' AND w.until < $day RETURN w.id AS id ORDER BY id", day=day)
    ]


def failing(graph: Graph, keys: Collection[str]) -> list[Row]:
    """Of these evaluations (`ci|policy`) those that fail. Rows: policy, severity, declared, site, team, cls."""
    return graph.read(
        """
        UNWIND $keys AS key
        MATCH (e:Evaluation {key: key}) WHERE e.state = 'fail'
        RETURN e.policy AS policy, e.severity AS severity, e.declared AS declared, e.site AS site, e.team AS team, e.cls AS cls
        """,
        keys=sorted(keys),
    )
