"""Software read back: what a CI has, who has a product, how many have which version.

All parts of lists that hold a product are in one bucket (reconciliation/software.py), so questions about a product start at its versions
and touch nothing else. Which versions a range means is decided above, where the order of versions is known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import orjson

from cmdb.graph.door import Graph, Row


def of_ci(graph: Graph, ci: str) -> list[Row]:
    """What is installed, by name. Rows: name, version, arch, publisher, ecosystem, sources (who reported it)."""
    return graph.read(
        """
        MATCH (:CI {id: $ci})-[r:HAS_SOFTWARE]->(:SoftwareChunk)-[:LISTS]->(v:SoftwareVersion)
        WITH v, collect(DISTINCT r.source) AS sources
        RETURN v.name AS name, v.version AS version, v.arch AS arch, v.publisher AS publisher, v.ecosystem AS ecosystem, sources
        ORDER BY toLower(name), version
        """,
        ci=ci,
    )


def products(graph: Graph, beginning: str, *, after: str = "", limit: int = 50) -> list[Row]:
    """Products whose name begins so (without case), those after `after`. Rows: name_lower, name, ecosystems, versions (how many)."""
    return graph.read(
        """
        MATCH (v:SoftwareVersion) WHERE v.name_lower STARTS WITH $text AND v.name_lower > $after
        RETURN v.name_lower AS name_lower, min(v.name) AS name, collect(DISTINCT v.ecosystem) AS ecosystems,
               count(DISTINCT v.version) AS versions
        ORDER BY name_lower LIMIT $limit
        """,
        text=beginning.lower(),
        after=after,
        limit=limit,
    )


def versions(graph: Graph, name: str) -> list[Row]:
    """Every version of the product of that name (without case). Rows: key, name, version, ecosystem."""
    return graph.read(
        """
        MATCH (v:SoftwareVersion {name_lower: $name})
        RETURN v.key AS key, v.name AS name, coalesce(v.version, '') AS version, coalesce(v.ecosystem, '') AS ecosystem
        ORDER BY key
        """,
        name=name.lower(),
    )


def counts(graph: Graph, name: str) -> list[Row]:
    """How many CIs have which version. Rows: ecosystem, version, n. A CI with two versions counts for both."""
    return graph.read(
        """
        MATCH (v:SoftwareVersion {name_lower: $name})<-[:LISTS]-(:SoftwareChunk)<-[:HAS_SOFTWARE]-(c:CI)
        RETURN coalesce(v.ecosystem, '') AS ecosystem, coalesce(v.version, '') AS version, count(DISTINCT c.id) AS n
        """,
        name=name.lower(),
    )


def parts_with(graph: Graph, keys: Sequence[str]) -> list[str]:
    """Keys of the parts of lists that hold one of these versions, in order."""
    rows = graph.read(
        "UNWIND $keys AS key MATCH (:SoftwareVersion {key: key})<-[:LISTS]-(k:SoftwareChunk) RETURN collect(DISTINCT k.key) AS parts",
        keys=list(keys),
    )
    return sorted(rows[0]["parts"]) if rows else []


def holders(graph: Graph, parts: Sequence[str]) -> dict[str, list[str]]:
    """Part → ids of the CIs that have it, in order."""
    rows = graph.read(
        """
        UNWIND $parts AS part
        MATCH (:SoftwareChunk {key: part})<-[:HAS_SOFTWARE]-(c:CI)
        RETURN part, collect(DISTINCT c.id) AS ids
        """,
        parts=list(parts),
    )
    return {str(row["part"]): sorted(row["ids"]) for row in rows}


def all_holders(graph: Graph, keys: Sequence[str]) -> set[str]:
    """Ids of the CIs that have one of these versions."""
    rows = graph.read(
        """
        UNWIND $keys AS key
        MATCH (:SoftwareVersion {key: key})<-[:LISTS]-(:SoftwareChunk)<-[:HAS_SOFTWARE]-(c:CI)
        RETURN collect(c.id) AS ids
        """,
        keys=list(keys),
    )
    return set(rows[0]["ids"]) if rows else set()


def parts_of(graph: Graph, ids: Sequence[str], bucket: str) -> dict[str, Row]:
    """Of these CIs: class, display_name and `parts`, the pairs (part, source) in that bucket (the part keys' beginning)."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})-[r:HAS_SOFTWARE]->(k:SoftwareChunk) WHERE k.key STARTS WITH $bucket
        RETURN id, c.class AS class, c.display_name AS display_name, collect([k.key, r.source]) AS parts
        """,
        ids=list(ids),
        bucket=bucket,
    )
    return {str(row["id"]): row for row in rows}


def of_classes(graph: Graph, classes: Collection[str]) -> list[str]:
    """Ids of all CIs of these classes, in order."""
    rows = graph.read("MATCH (c:CI) WHERE c.class IN $classes RETURN collect(c.id) AS ids", classes=sorted(classes))
    return sorted(rows[0]["ids"]) if rows else []


def looked(graph: Graph, ids: Sequence[str]) -> list[Row]:
    """Of these CIs those that are present, by id. Rows: id, class, display_name, looks: (source, state, when) of each look at software."""
    rows = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id}) WHERE c.presence = 'present'
        OPTIONAL MATCH (c)<-[:RECORD_OF]-(s:SourceRecord) WHERE coalesce(s.distrusted, '') = '' AND coalesce(s.absent_at, '') = ''
        RETURN id, c.class AS class, c.display_name AS display_name, collect([s.source, s.observed_at, s.data]) AS words
        ORDER BY id
        """,
        ids=list(ids),
    )
    return [{"id": row["id"], "class": row["class"], "display_name": row["display_name"], "looks": _looks(row["words"])} for row in rows]


def _looks(words: list[list[str]]) -> list[tuple[str, str, str]]:
    """Looks at software in source records (reconciliation/records.py documents the form); a list without a look counts as partial."""
    found = []
    for source, at, data in words:
        body = orjson.loads(data) if data else {}
        look = body.get("p", {}).get("software")
        if look:
            found.append((source, str(look[0]), str(look[1] or at)))
        elif "s" in body:
            found.append((source, "partial", at))
    return sorted(found)
