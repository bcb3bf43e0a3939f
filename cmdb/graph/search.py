"""Search by beginnings: identifiers (serial, tag, MAC, host name, e-mail), names and their words, addresses. Each an index look-up."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph.door import Graph, Row


def begins_with(graph: Graph, spellings: Collection[str], *, limit: int) -> list[Row]:
    """CIs found by the beginning of what they show. Rows: ci (properties), by (what matched), value.

    `spellings`: the text as typed, folded, and as identifiers write it (without punctuation).
    """
    rows: list[Row] = []
    for text in sorted(set(spellings)):
        rows += graph.read(
            """
            MATCH (i:Identifier)-[:IDENTIFIES]->(c:CI)
            WHERE i.value STARTS WITH $text
            RETURN c AS ci, i.kind AS by, i.value AS value LIMIT $limit
            """,
            text=text,
            limit=limit,
        )
        rows += graph.read(
            "MATCH (c:CI) WHERE c.display_lower STARTS WITH $text RETURN c AS ci, 'name' AS by, c.display_name AS value LIMIT $limit",
            text=text,
            limit=limit,
        )
        rows += _words(graph, text, limit)
    return rows


def _words(graph: Graph, text: str, limit: int) -> list[Row]:
    return graph.read(
        """
        MATCH (c:CI) WHERE c.find1 STARTS WITH $text RETURN c AS ci, 'word' AS by, c.find1 AS value LIMIT $limit
        UNION ALL
        MATCH (c:CI) WHERE c.find2 STARTS WITH $text RETURN c AS ci, 'word' AS by, c.find2 AS value LIMIT $limit
        UNION ALL
        MATCH (c:CI) WHERE c.find3 STARTS WITH $text RETURN c AS ci, 'word' AS by, c.find3 AS value LIMIT $limit
        UNION ALL
        MATCH (c:CI) WHERE c.find4 STARTS WITH $text RETURN c AS ci, 'word' AS by, c.find4 AS value LIMIT $limit
        UNION ALL
        MATCH (c:CI) WHERE c.find5 STARTS WITH $text RETURN c AS ci, 'word' AS by, c.find5 AS value LIMIT $limit
        UNION ALL
        MATCH (c:CI) WHERE c.find6 STARTS WITH $text RETURN c AS ci, 'word' AS by, c.find6 AS value LIMIT $limit
        """,
        text=text,
        limit=limit,
    )
