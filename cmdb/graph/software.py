"""Software read back: what a CI has, and who has a product."""

from __future__ import annotations

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


def products(graph: Graph, beginning: str, *, limit: int = 50) -> list[Row]:
    """Products whose name begins so. Rows: name, version, key."""
    return graph.read(
        """
        MATCH (v:SoftwareVersion) WHERE v.name_lower STARTS WITH $text
        RETURN v.name AS name, v.version AS version, v.key AS key ORDER BY name, version LIMIT $limit
        """,
        text=beginning.lower(),
        limit=limit,
    )


def who_has(graph: Graph, name: str, *, version: str = "", after: str = "", limit: int = 100) -> list[Row]:
    """CIs with this product (exact name, without case; versions that begin with `version`). Rows: ci (id), class, display_name, version."""
    return graph.read(
        """
        MATCH (v:SoftwareVersion {name_lower: $name})
        WHERE v.version STARTS WITH $version
        MATCH (v)<-[:LISTS]-(:SoftwareChunk)<-[:HAS_SOFTWARE]-(c:CI)
        WHERE c.id > $after
        RETURN DISTINCT c.id AS ci, c.class AS class, c.display_name AS display_name, v.version AS version
        ORDER BY ci, version LIMIT $limit
        """,
        name=name.lower(),
        version=version,
        after=after,
        limit=limit,
    )
