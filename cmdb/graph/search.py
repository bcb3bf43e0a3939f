"""Search by beginnings: identifiers (serial, tag, MAC, host name, e-mail), names and their words, addresses. Each an index look-up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import LiteralString

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


def called(graph: Graph, words: Collection[Mapping[str, str]], *, limit: int) -> list[Row]:
    """CIs that are called exactly like one of these words. One read. Rows: word, rank, id, class, display_name.

    A word has `word` (as typed: an id), `typed` (folded) and `bare` (as identifiers write it, without punctuation). `rank`: 0 the id, also
    that of a CI that was joined into another; 1 an identifier or the name; 2 an identifier in its bare form; 3 a word of the name. Of each
    kind at most `limit` rows come, in no order.
    """
    return graph.read(_CALLED, words=[dict(word) for word in words], limit=limit)


_CALLED: LiteralString = """
    UNWIND $words AS w MATCH (c:CI {id: w.word})
    RETURN w.word AS word, 0 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (r:Redirect {id: w.word}) MATCH (c:CI {id: r.to})
    RETURN w.word AS word, 0 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (i:Identifier {value: w.typed}) MATCH (i)-[:IDENTIFIES]->(c:CI)
    RETURN w.word AS word, 1 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {display_lower: w.typed})
    RETURN w.word AS word, 1 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (i:Identifier {value: w.bare}) MATCH (i)-[:IDENTIFIES]->(c:CI)
    RETURN w.word AS word, 2 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {find1: w.typed})
    RETURN w.word AS word, 3 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {find2: w.typed})
    RETURN w.word AS word, 3 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {find3: w.typed})
    RETURN w.word AS word, 3 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {find4: w.typed})
    RETURN w.word AS word, 3 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {find5: w.typed})
    RETURN w.word AS word, 3 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
    UNION ALL
    UNWIND $words AS w MATCH (c:CI {find6: w.typed})
    RETURN w.word AS word, 3 AS rank, c.id AS id, c.class AS class, c.display_name AS display_name LIMIT $limit
"""
