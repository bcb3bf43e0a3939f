"""What hangs on the candidates of a review: identifiers, loans, contracts, services, people, places, parts."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph, Row

TIES = ("COVERED_BY", "SUPPORTED_BY", "DEPENDS_ON", "RUNS_ON", "OWNED_BY", "USED_BY", "LOCATED_IN", "GOES_WITH", "PART_OF", "REPLACES")
"""Relation types that matter when two CIs may be one."""


def identifiers(graph: Graph, ids: Collection[str]) -> dict[str, list[Row]]:
    """Identifiers of several CIs: id → rows (key, kind, value, grade, scope, shared)."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})<-[r:IDENTIFIES]-(i:Identifier)
        RETURN id, i.key AS key, i.kind AS kind, i.value AS value, r.grade AS grade, r.scope AS scope, coalesce(i.shared, false) AS shared
        ORDER BY kind, value
        """,
        ids=sorted(ids),
    )
    found: dict[str, list[Row]] = {ci: [] for ci in ids}
    for row in rows:
        found[str(row["id"])].append(row)
    return found


def shown_elsewhere(graph: Graph, keys: Collection[str], ids: Collection[str]) -> set[str]:
    """Which of these identifier keys are shared, and shown by a CI that is none of these."""
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (i:Identifier {key: key})-[:IDENTIFIES]->(c:CI)
        WHERE i.shared = true AND NOT c.id IN $ids
        RETURN DISTINCT key
        """,
        keys=sorted(keys),
        ids=sorted(ids),
    )
    return {str(row["key"]) for row in rows}


def hanging(graph: Graph, ids: Collection[str], *, most: int = 400) -> dict[str, list[Row]]:
    """Relations of several CIs that matter: id → rows (type, outward, other, name, class); at most `most` in all."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})-[r]-(o:CI)
        WHERE type(r) IN $ties
        RETURN id, type(r) AS type, startNode(r) = c AS outward, o.id AS other, o.display_name AS name, o.class AS class
        LIMIT $most
        """,
        ids=sorted(ids),
        ties=list(TIES),
        most=most,
    )
    found: dict[str, list[Row]] = {ci: [] for ci in ids}
    for row in rows:
        found[str(row["id"])].append(row)
    return found


def loans(graph: Graph, ids: Collection[str]) -> dict[str, list[Row]]:
    """Loans of several CIs, open ones first: id → rows (loan, state, due_on, person, person_id)."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})<-[:LOAN_OF]-(l:Loan)
        OPTIONAL MATCH (l)-[:LENT_TO]->(p:CI)
        RETURN id, l.id AS loan, l.state AS state, l.due_on AS due_on, p.display_name AS person, p.id AS person_id
        ORDER BY state DESC, loan DESC
        """,
        ids=sorted(ids),
    )
    found: dict[str, list[Row]] = {ci: [] for ci in ids}
    for row in rows:
        found[str(row["id"])].append(row)
    return found
