"""Lists of CIs by a checked query, and search by what people type or scan."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

from cmdb.graph import ci_pages, search
from cmdb.graph.door import Graph, Row
from cmdb.inventory.query import Query, check
from cmdb.model.catalogue import Catalogue

_NOT_ALNUM = re.compile(r"[^0-9a-z]")
LONGEST_SEARCH = 200
_MANY = 2_000


def listed(graph: Graph, catalogue: Catalogue, query: Query) -> list[Row]:
    """One page: properties of at most `query.limit` CIs in the order asked for. Raises Invalid."""
    query = check(query, catalogue)
    return ci_pages.page(
        graph,
        {
            "classes": list(query.classes),
            "filters": [{"attribute": f.attribute, "operator": f.operator, "value": _folded(f.value)} for f in query.filters],
            "related": [{"label": catalogue.relations[name].label, "other": other} for name, other in query.related],
            "near": [_near(catalogue, name, text) for name, text in query.near],
            "absent": not query.hide_absent,
            "sort": query.sort,
            "descending": query.descending,
            "after": query.after,
            "backwards": query.backwards,
            "limit": query.limit,
        },
    )


def _near(catalogue: Catalogue, name: str, text: str) -> dict[str, Any]:
    kind = catalogue.relations[name]
    classes = sorted({one for target in kind.target for one in catalogue.descendants(target)})
    return {"label": kind.label, "text": " ".join(text.lower().split()), "classes": classes}


def everything(graph: Graph, catalogue: Catalogue, query: Query) -> Iterator[Row]:
    """All CIs of a query, page by page: for exports of exactly the filtered view."""
    query = replace(query, limit=500, backwards=False)
    while True:
        rows = listed(graph, catalogue, query)
        yield from rows
        if len(rows) < query.limit:
            return
        query = replace(query, after=place_of(rows[-1], query.sort))


def place_of(row: Row, sort: str) -> tuple[str, str]:
    """The place of a row in a list: what the cursor carries."""
    name = "display_lower" if sort == "display_name" else sort
    value = row.get(name)
    return "" if value is None else str(value).lower(), str(row["id"])


def _folded(value: Any) -> str:
    return str(value).lower()


def find(graph: Graph, text: str, *, limit: int = 20) -> list[Row]:
    """CIs by the beginning of a name, tag, serial, address (IP or MAC in any spelling), host name, e-mail or a word of the name.

    Best first: whole identifiers, then whole names, then beginnings. Rows: the CI's properties with `found_by` and `found_value`.
    """
    typed = " ".join(text.lower().split())[:LONGEST_SEARCH]
    if len(typed) < 2:
        return []
    spellings = {typed, _NOT_ALNUM.sub("", typed)} - {""}
    best: dict[str, tuple[tuple[int, str], Row]] = {}
    for row in search.begins_with(graph, spellings, limit=limit):
        value = str(row["value"] or "").lower()
        exact = value in spellings
        rank = 0 if exact and row["by"] not in ("name", "word") else 1 if exact else 2 if row["by"] == "name" else 3
        ci = row["ci"]
        place = (rank, str(ci.get("display_lower", "")))
        if ci["id"] not in best or place < best[ci["id"]][0]:
            best[str(ci["id"])] = (place, {**ci, "found_by": row["by"], "found_value": row["value"]})
    return [row for _, row in sorted(best.values(), key=lambda pair: pair[0])][:limit]


def named(graph: Graph, words: Collection[str]) -> dict[str, list[Row]]:
    """Word → what is called exactly so, the nearest meaning alone: an id, else an identifier or name, else a word of the name.

    One read for all; rows have id, class and display_name. Of a word that thousands are called, not all come, yet more than one.
    """
    asked = [{"word": word, "typed": (typed := " ".join(word.lower().split())), "bare": _NOT_ALNUM.sub("", typed)} for word in words]
    rows = search.called(graph, asked, limit=_MANY) if asked else []
    if len(rows) >= _MANY:  # so many that others were left out: each word is asked for by itself
        rows = [row for word in asked for row in search.called(graph, [word], limit=20)]
    return _nearest(rows)


def _nearest(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, dict[str, Row]] = {}
    rank: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: (row["rank"], row["id"])):
        word = str(row["word"])
        if rank.setdefault(word, row["rank"]) == row["rank"]:
            found.setdefault(word, {})[str(row["id"])] = row
    return {word: list(rows.values()) for word, rows in found.items()}
