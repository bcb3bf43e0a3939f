"""Which CI a person means by what they type: an id, a tag, a serial number, an address, a name."""

from __future__ import annotations

from cmdb.cli.shell import shown
from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis
from cmdb.graph.door import Graph, Row
from cmdb.inventory import listing


def which(graph: Graph, text: str) -> Row:
    """The properties of the one CI meant. Raises NotFound, and Invalid listing those it could be."""
    try:
        return cis.get(graph, text)
    except NotFound:
        found = listing.find(graph, text, limit=10)
    typed = " ".join(text.lower().split())
    whole = [row for row in found if str(row["found_value"] or "").lower() == typed or row.get("display_lower") == typed]
    rows = whole or found
    if not rows:
        raise NotFound(f"Nothing is known by {text[:100]!r}.")
    if len(rows) > 1:
        names = "; ".join(f"{shown(row['display_name'])} ({row['class']}, {row['id']})" for row in rows[:6])
        raise Invalid(f"{text[:100]!r} could be {len(rows)} things: {names}. Name one by its id.", field="ci")
    return rows[0]
