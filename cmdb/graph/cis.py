"""Configuration items read for pages and the API. Lists: `ci_pages`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import LiteralString

from cmdb.errors import NotFound
from cmdb.graph.door import Graph, Row


def get(graph: Graph, ci: str) -> Row:
    """One CI's properties. A joined CI's old id finds the survivor (`redirected_from` tells). Raises NotFound."""
    rows = graph.read("MATCH (c:CI {id: $id}) RETURN c AS ci", id=ci)
    if rows:
        return dict(rows[0]["ci"])
    rows = graph.read("MATCH (r:Redirect {id: $id}) MATCH (c:CI {id: r.to}) RETURN c AS ci", id=ci)
    if not rows:
        raise NotFound("There is no such configuration item.")
    return {**rows[0]["ci"], "redirected_from": ci}


def many(graph: Graph, ids: Collection[str]) -> dict[str, Row]:
    """Properties of several CIs by id; unknown ids are left out."""
    if not ids:
        return {}
    rows = graph.read("UNWIND $ids AS id MATCH (c:CI {id: id}) RETURN c AS ci", ids=sorted(set(ids)))
    return {str(row["ci"]["id"]): row["ci"] for row in rows}


def of_classes(graph: Graph, classes: Collection[str], *, limit: int) -> list[Row]:
    """Properties of the CIs of these classes (all when empty), at most `limit`, in no order."""
    if classes:
        rows = graph.read("MATCH (c:CI) WHERE c.class IN $classes RETURN c AS ci LIMIT $limit", classes=sorted(classes), limit=limit)
    else:
        rows = graph.read("MATCH (c:CI) RETURN c AS ci LIMIT $limit", limit=limit)
    return [row["ci"] for row in rows]


def window(graph: Graph, after: str, *, limit: int) -> list[Row]:
    """Properties of the CIs in the order of their ids, after the id `after`."""
    rows = graph.read("MATCH (c:CI) WHERE c.id > $after RETURN c AS ci ORDER BY c.id LIMIT $limit", after=after, limit=limit)
    return [row["ci"] for row in rows]


def identifiers(graph: Graph, ci: str) -> list[Row]:
    """The identifiers a CI shows. Rows: kind, value, grade, scope, shared, key."""
    return graph.read(
        """
        MATCH (i:Identifier)-[r:IDENTIFIES]->(:CI {id: $id})
        RETURN i.kind AS kind, i.value AS value, r.grade AS grade, r.scope AS scope, coalesce(i.shared, false) AS shared, i.key AS key
        ORDER BY kind, value
        """,
        id=ci,
    )


def keys_of(graph: Graph, ids: Collection[str]) -> dict[str, list[str]]:
    """Id → keys of the identifiers it shows, for telling in another graph which CI is meant. Unknown ids are left out."""
    if not ids:
        return {}
    rows = graph.read(
        "UNWIND $ids AS id MATCH (c:CI {id: id})<-[:IDENTIFIES]-(i:Identifier) RETURN id, collect(i.key) AS keys", ids=sorted(set(ids))
    )
    return {str(row["id"]): sorted(row["keys"]) for row in rows}


def relations(graph: Graph, ci: str, *, limit: int = 2000) -> list[Row]:
    """Relations of a CI in both directions.

    Rows: key, outward, other (id), other_class, other_name, other_presence, first_seen_at, claims, group, need.
    """
    outward = graph.read(_RELATIONS_OUT, id=ci, limit=limit)
    inward = graph.read(_RELATIONS_IN, id=ci, limit=limit)
    return [{**row, "outward": True} for row in outward] + [{**row, "outward": False} for row in inward]


_RELATIONS_OUT: LiteralString = """
    MATCH (:CI {id: $id})-[r]->(o:CI)
    RETURN r.key AS key, o.id AS other, o.class AS other_class, o.display_name AS other_name, o.presence AS other_presence,
           r.first_seen_at AS first_seen_at, r.last_seen_at AS last_seen_at, r.claims AS claims, r.group AS group, r.need AS need
    LIMIT $limit
"""
# Without the WITH the embedded engine starts from every CI that has a relation (measured: 500 ms at 40,000 CIs, with it 3).
_RELATIONS_IN: LiteralString = """
    MATCH (c:CI {id: $id}) WITH c
    MATCH (c)<-[r]-(o:CI)
    RETURN r.key AS key, o.id AS other, o.class AS other_class, o.display_name AS other_name, o.presence AS other_presence,
           r.first_seen_at AS first_seen_at, r.last_seen_at AS last_seen_at, r.claims AS claims, r.group AS group, r.need AS need
    LIMIT $limit
"""


def related_names(graph: Graph, ids: Sequence[str], labels: Sequence[str]) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """For a page of CIs: what each is related to by these relation types (owner, place), outward. id → type → [(id, name)]."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    if not ids:
        return found
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})-[r]->(o:CI)
        WHERE type(r) IN $labels
        RETURN id, type(r) AS label, o.id AS other, o.display_name AS name
        """,
        ids=list(ids),
        labels=list(labels),
    )
    for row in rows:
        found.setdefault(str(row["id"]), {}).setdefault(str(row["label"]).lower(), []).append((str(row["other"]), str(row["name"])))
    return found


def class_counts(graph: Graph) -> dict[str, int]:
    """How many CIs of each class were there when it was last counted (`recount`)."""
    return {str(row["class"]): int(row["n"]) for row in graph.read("MATCH (k:ClassCount) RETURN k.class AS class, k.n AS n")}


def recount(graph: Graph) -> None:
    """Count the CIs of each class and keep the numbers: a page must not count a million nodes."""
    rows = graph.read("MATCH (c:CI) RETURN c.class AS class, count(*) AS n")
    graph.write("UNWIND $rows AS row MERGE (k:ClassCount {class: row.class}) SET k.n = row.n", rows=rows)
    present = [row["class"] for row in rows]
    graph.write("MATCH (k:ClassCount) WHERE NOT k.class IN $present SET k.n = 0", present=present)
