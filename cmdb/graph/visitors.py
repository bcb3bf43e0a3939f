"""Who was served: hosts that tell of their clients, and the devices that have an address. A read each for a whole list."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.graph.door import Graph, Row

SERVES = "yes"
"""The property `serves` of a CI that told of clients at its last look: an index finds it."""
CLASSES = ("server", "virtual_machine", "hypervisor", "container")
"""Classes whose looks tell who was served (discovery/linux/clients.py): what people work with does not."""


def hosts(graph: Graph) -> list[Row]:
    """Present hosts that served somebody when they were looked at, by id. Rows: ci, name, seen_at, sources, clients."""
    found = graph.read(
        """
        MATCH (c:CI {serves: $mark})
        WHERE c.presence = 'present' AND c.class IN $classes AND c.seen_clients IS NOT NULL
        RETURN collect([c.id, c.display_name, c.last_seen_at, c.sources, c.seen_clients]) AS rows
        """,
        mark=SERVES,
        classes=list(CLASSES),
    )
    names = ("ci", "name", "seen_at", "sources", "clients")
    return [dict(zip(names, row, strict=True)) for row in sorted(found[0]["rows"])]


def all_hosts(graph: Graph) -> list[Row]:
    """Those that are not there any more, too: what is to be forgotten must be forgotten of all. Rows: ci, clients."""
    found = graph.read(
        "MATCH (c:CI {serves: $mark}) WHERE c.seen_clients IS NOT NULL RETURN collect([c.id, c.seen_clients]) AS rows", mark=SERVES
    )
    return [{"ci": ci, "clients": clients} for ci, clients in sorted(found[0]["rows"])]


def known_as(graph: Graph, values: Sequence[str]) -> set[str]:
    """Those of these identifier values by which something is recognised."""
    if not values:
        return set()
    found = graph.read(
        "UNWIND $values AS value MATCH (i:Identifier {value: value})-[:IDENTIFIES]->(:CI) RETURN collect(DISTINCT value) AS values",
        values=list(values),
    )
    return set(found[0]["values"])


def addresses_of(graph: Graph, ids: Sequence[str]) -> dict[str, set[str]]:
    """ci → words among which its addresses are: what search finds it by, and what a neighbour saw it have. Two reads."""
    own = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id})
        RETURN collect([id, c.display_lower, c.find1, c.find2, c.find3, c.find4, c.find5, c.find6]) AS rows
        """,
        ids=list(ids),
    )
    found = {row[0]: {str(word) for word in row[1:] if word} for row in own[0]["rows"]}
    seen = graph.read(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id}) WITH id, c
        MATCH (c)-[:HAS_ADDRESS]->(a:CI) WITH id, a
        MATCH (a)<-[:IDENTIFIES]-(i:Identifier)
        RETURN collect([id, i.value]) AS rows
        """,
        ids=list(ids),
    )
    for ci, value in seen[0]["rows"]:
        found.setdefault(ci, set()).add(str(value))
    return found


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
