"""What facts are made of beside the endpoint's own records: its loans, shared identities, owners who left, parts of software lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmdb.graph.door import Graph, Row, Tx

EVERYTHING = frozenset({"loans", "cloned", "left"})
"""All that `around` can read."""


def around(graph: Graph, ids: Sequence[str], wanted: Collection[str] = EVERYTHING) -> dict[str, Row]:
    """Per endpoint: `loan` (due_on of the open one), `returned_at` (newest return), `cloned` (kinds of identity that several show), and
    `left` (owners who left: name, day). Endpoints with none of it are left out. One read for each of `wanted`: loans, cloned, left.
    """

    def work(tx: Tx) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for name, read in (("loans", _loans), ("cloned", _cloned), ("left", _left)):
            if name in wanted:
                read(tx, list(ids), found)
        return found

    return graph.reading(work) if wanted else {}


def _loans(tx: Tx, ids: list[str], found: dict[str, Row]) -> None:
    for row in tx.run(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})<-[:LOAN_OF]-(l:Loan)
        RETURN id, l.state AS state, l.due_on AS due_on, l.returned_at AS returned_at
        """,
        ids=ids,
    ):
        one = found.setdefault(row["id"], {})
        if row["state"] == "open":
            one["loan"] = str(row["due_on"] or "")
        elif row["returned_at"]:
            one["returned_at"] = max(str(row["returned_at"]), one.get("returned_at", ""))


def _cloned(tx: Tx, ids: list[str], found: dict[str, Row]) -> None:
    for row in tx.run(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})<-[r:IDENTIFIES]-(i:Identifier)
        WHERE i.shared = true AND r.grade IN ['strong', 'medium']
        RETURN id, i.kind AS kind ORDER BY id, kind
        """,
        ids=ids,
    ):
        found.setdefault(row["id"], {}).setdefault("cloned", []).append(row["kind"])


def _left(tx: Tx, ids: list[str], found: dict[str, Row]) -> None:
    for row in tx.run(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})-[:OWNED_BY|USED_BY]->(p:CI)
        WHERE p.left_on IS NOT NULL
        RETURN id, p.display_name AS name, p.left_on AS left_on ORDER BY id, name
        """,
        ids=ids,
    ):
        found.setdefault(row["id"], {}).setdefault("left", []).append((row["name"], str(row["left_on"])))


def products_of(graph: Graph, chunks: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Name and version of every product in these parts of software lists, by part. One read."""
    found: dict[str, list[tuple[str, str]]] = {key: [] for key in chunks}
    if not found:
        return found
    for row in graph.read(
        """
        UNWIND $keys AS key
        MATCH (:SoftwareChunk {key: key})-[:LISTS]->(v:SoftwareVersion)
        RETURN key, v.name AS name, v.version AS version
        """,
        keys=sorted(found),
    ):
        found[row["key"]].append((str(row["name"] or ""), str(row["version"] or "")))
    return found
