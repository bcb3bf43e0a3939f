"""Endpoints as the graph knows them, ready to be judged; and the reference data they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cmdb.compliance import references, software
from cmdb.compliance.facts import Endpoint, Tables, Words
from cmdb.compliance.software import Findings
from cmdb.graph import compliance as store
from cmdb.graph import endpoint_facts
from cmdb.graph.door import Graph, Row

NOT_OURS = "not-ours"
"""The tag of what was looked at and is none of ours: nothing is asked of it."""
GONE = ("retired", "disposed")
"""Life states in which an endpoint does no work any more and nothing is asked of it."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Reference data for one run, and what parts of software lists were found to say (a part never changes)."""

    tables: Tables
    now: datetime
    chunks: dict[str, Findings] = field(default_factory=dict)


def knowledge(graph: Graph, now: datetime) -> Knowledge:
    """The reference data that counts here, shipped or the site's own, as of that moment. One read."""
    count = references.tables(graph)
    return Knowledge(Tables(count.systems, count.lists, count.browsers, count.too_old(now.date())), now)


def read_endpoints(graph: Graph, ids: Sequence[str], classes: Sequence[str], known: Knowledge) -> dict[str, Endpoint]:
    """The endpoints among these ids, by id. A fixed number of reads, and one more for parts of software lists not met before."""
    rows = store.gather(graph, ids, classes)
    around = endpoint_facts.around(graph, list(rows)) if rows else {}
    keys = {key for row in rows.values() for words in row["words"] for key in words["software"] or ()}
    news = keys - known.chunks.keys()
    if news:
        for key, products in endpoint_facts.products_of(graph, news).items():
            known.chunks[key] = software.look(products, known.tables.lists, known.now.date(), known.tables.browsers)
    return {ci: endpoint_of(row, around.get(ci, {}), known) for ci, row in rows.items()}


def endpoint_of(row: Row, around: dict[str, Any], known: Knowledge) -> Endpoint:
    """An endpoint from what `cmdb.graph.compliance.gather` and `cmdb.graph.endpoint_facts` give."""
    ci = row["ci"]
    lists = [words["software"] for words in row["words"] if words["software"] is not None]
    findings = software.together(known.chunks[key] for chunks in lists for key in chunks) if lists else None
    return Endpoint(
        id=str(ci["id"]),
        cls=str(ci["class"]),
        name=str(ci.get("display_name") or ci["id"]),
        properties=ci,
        words=tuple(Words(**words) for words in row["words"]),
        owners=tuple(row["owners"]),
        site=row["site"],
        team=row["team"],
        present=ci.get("presence") == "present" and ci.get("status") not in GONE and NOT_OURS not in (ci.get("tags") or ()),
        around=around,
        findings=findings,
    )
