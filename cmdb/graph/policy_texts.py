"""Policies in the graph: `(:PolicyText {id})` holds a site's own text that counts, or that a shipped one is switched off;
`(:PolicyEdition {key: id|edition})` the text of each edition that anything was ever judged by, so that what was asked then can be shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cmdb.errors import Conflict
from cmdb.graph.door import Graph, Row, Tx


def every(graph: Graph) -> list[Row]:
    """All of them by id. Rows: id, text (empty: the shipped one), on, by, at, rev."""
    return graph.read(
        "MATCH (p:PolicyText) RETURN p.id AS id, p.text AS text, p.on AS on, p.by AS by, p.at AS at, p.rev AS rev ORDER BY id LIMIT 1000"
    )


def marks(graph: Graph, policies: Collection[str] | None = None) -> list[list[object]]:
    """Something else as soon as another text of these policies (None: any) counts, or other reference data."""

    def work(tx: Tx) -> list[list[object]]:
        texts = tx.run("MATCH (p:PolicyText) RETURN collect([p.id, p.rev]) AS rows")[0]["rows"]
        references = tx.run("MATCH (r:ReferenceText) RETURN collect([r.key, r.at]) AS rows")[0]["rows"]
        return [*sorted(row for row in texts if policies is None or row[0] in policies), *sorted(references)]

    return graph.reading(work)


def keep(graph: Graph, policy: str, text: str, *, on: bool, by: str, at: str, before_rev: int) -> None:
    """Write a text and whether it counts. `before_rev` 0: there is none yet. Raises Conflict where somebody else changed it meanwhile."""
    props = {"text": text, "on": on, "by": by, "at": at, "rev": before_rev + 1}
    if before_rev == 0:
        graph.write("CREATE (p:PolicyText {id: $id}) SET p += $props", id=policy, props=props)
        return
    done = graph.writing(
        lambda tx: tx.run(
            """
            MATCH (p:PolicyText {id: $id})
            SET p.lock = $rev
            WITH p WHERE p.rev = $rev
            SET p += $props
            RETURN p.id AS id
            """,
            id=policy,
            rev=before_rev,
            props=props,
        )
    )
    if not done:
        raise Conflict("Somebody else changed this policy meanwhile; look again.")


def keep_editions(graph: Graph, rows: Sequence[Row]) -> None:
    """Keep texts by which results are judged from now on (key, id, edition, text, at); those that are kept stay as they are."""
    graph.write(
        """
        UNWIND $rows AS row
        MERGE (p:PolicyEdition {key: row.key})
        ON CREATE SET p.id = row.id, p.edition = row.edition, p.text = row.text, p.at = row.at
        """,
        rows=list(rows),
    )


def editions(graph: Graph) -> list[Row]:
    """Every edition that anything was judged by, in the order of their first use. Rows: id, edition, text, at."""
    return graph.read(
        "MATCH (p:PolicyEdition) RETURN p.id AS id, p.edition AS edition, p.text AS text, p.at AS at ORDER BY at, id, edition LIMIT 10000"
    )
