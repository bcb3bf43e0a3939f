"""Who was served: hosts that tell of their clients, and the devices that have an address. Two bounded reads for a whole list."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.graph.door import Graph, Row

SERVES = ("server", "virtual_machine", "hypervisor", "container")
"""Classes whose looks tell who was served (discovery/linux/clients.py): what people work with does not."""


def hosts(graph: Graph, *, limit: int) -> list[Row]:
    """Present hosts that served somebody when they were looked at. Rows: ci, name, seen_at, sources, clients."""
    return graph.read(
        """
        UNWIND $classes AS class
        MATCH (c:CI {class: class})
        WHERE c.presence = 'present' AND c.seen_clients IS NOT NULL
        RETURN c.id AS ci, c.display_name AS name, c.last_seen_at AS seen_at, c.sources AS sources, c.seen_clients AS clients
        ORDER BY ci LIMIT $limit
        """,
        classes=list(SERVES),
        limit=limit,
    )


def holders(graph: Graph, addresses: Sequence[str]) -> dict[str, list[str]]:
    """Address → ids of what is known to have it: by its own words, or because a neighbour saw it there. One read."""
    found: dict[str, list[str]] = {}
    if not addresses:
        return found
    for row in graph.read(
        """
        UNWIND $addresses AS ip MATCH (c:CI {display_lower: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (c:CI {find1: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (c:CI {find2: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (c:CI {find3: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (c:CI {find4: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (c:CI {find5: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (c:CI {find6: ip}) RETURN ip, c.id AS ci, c.class AS class
        UNION UNWIND $addresses AS ip MATCH (:Identifier {value: ip})-[:IDENTIFIES]->(:CI)<-[:HAS_ADDRESS]-(c:CI)
              RETURN ip, c.id AS ci, c.class AS class
        """,
        addresses=list(addresses),
    ):
        if row["class"] not in ("ip_address", "network"):
            found.setdefault(row["ip"], []).append(row["ci"])
    return found
