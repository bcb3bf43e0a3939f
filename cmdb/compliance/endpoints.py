"""Endpoints as the graph knows them, ready to be judged; and the reference data they are judged by."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from cmdb.compliance import references, software
from cmdb.compliance.browsers import Browsers
from cmdb.compliance.facts import Endpoint, Tables, Words
from cmdb.compliance.software import Findings, Lists
from cmdb.compliance.vocabulary import FACTS
from cmdb.graph import compliance as store
from cmdb.graph import endpoint_facts
from cmdb.graph.door import Graph, Row

NOT_OURS = "not-ours"
"""The tag of what was looked at and is none of ours: nothing is asked of it."""
GONE = ("retired", "disposed")
"""Life states in which an endpoint does no work any more and nothing is asked of it."""
_AROUND = {
    "asset.cloned": "cloned",
    "asset.owners_left": "left",
    **dict.fromkeys(("asset.loan_open", "asset.loan_due_on", "asset.loan_returned", "asset.wiped_since_return"), "loans"),
}
"""Fact → what `cmdb.graph.endpoint_facts.around` reads for it."""
_OF_LISTS = ("software.", "protection.state")
"""Facts that read what software lists say."""


MOST_PARTS = 100_000
"""Parts of lists of which it is remembered what they say: about 20 MB, most say nothing."""


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


def read_endpoints(
    graph: Graph, ids: Sequence[str], classes: Sequence[str], known: Knowledge, asked: Collection[str] = FACTS.keys()
) -> dict[str, Endpoint]:
    """The endpoints among these ids, by id, with at least what the facts `asked` are made of.

    A fixed number of reads, and one more for parts of software lists not met before.
    """
    rows = store.gather(graph, ids, classes)
    around = endpoint_facts.around(graph, list(rows), frozenset(_AROUND[name] for name in asked if name in _AROUND)) if rows else {}
    lists = any(name.startswith(_OF_LISTS) for name in asked)
    if not lists:
        return {ci: endpoint_of(row, around.get(ci, {}), known, lists=False) for ci, row in rows.items()}
    keys = {key for row in rows.values() for words in row["words"] for key in words["software"] or ()}
    _look_into(graph, keys - known.chunks.keys(), known)
    return {ci: endpoint_of(row, around.get(ci, {}), known) for ci, row in rows.items()}


def _look_into(graph: Graph, keys: Collection[str], known: Knowledge) -> None:
    """Find out what these parts of software lists say: from memory, where another run found it out by the same lists on the same day."""
    tables, day = known.tables, known.now.date()
    before = _said_by(tables.lists, tables.browsers, day)
    if len(before) > MOST_PARTS:
        _said_by.cache_clear()
    known.chunks.update((key, found) for key in keys if (found := before.get(key)) is not None)
    news = [key for key in keys if key not in known.chunks]
    if not news:
        return
    for key, products in endpoint_facts.products_of(graph, news).items():
        known.chunks[key] = software.look(products, tables.lists, day, tables.browsers)
        if products:  # a part that is not there (yet) is not known to say nothing
            before[key] = known.chunks[key]


@lru_cache(maxsize=2)
def _said_by(_lists: Lists, _browsers: Browsers, _day: date) -> dict[str, Findings]:
    """Key of a part → what it says by these lists on that day. A key is the hash of what is in the part, so it is true of every graph."""
    return {}


def endpoint_of(row: Row, around: dict[str, Any], known: Knowledge, *, lists: bool = True) -> Endpoint:
    """An endpoint from what `cmdb.graph.compliance.gather` and `cmdb.graph.endpoint_facts` give, with what its software lists say."""
    ci = row["ci"]
    said = [words["software"] for words in row["words"] if words["software"] is not None] if lists else []
    findings = software.together(known.chunks[key] for chunks in said for key in chunks) if said else None
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
