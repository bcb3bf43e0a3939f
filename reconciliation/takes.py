"""What the sources take one CI for: its subjects in words, for a person who splits it."""

from __future__ import annotations

from typing import Any

from cmdb.graph.door import Graph
from reconciliation.records import Record
from reconciliation.subjects import root_of
from reconciliation.why import records_of

_TELLING = ("name", "hostname", "vendor", "model", "serial", "asset_tag", "os_name", "os_version", "primary_ip")
_LAST = ("ip", "name")


def subjects_of(graph: Graph, ci: str) -> list[dict[str, Any]]:
    """Rows: subject, sources, identifiers (kind, value), says (a few attributes), first and last word, distrusted. Raises NotFound."""
    found: dict[str, list[Record]] = {}
    for record in records_of(graph, ci):
        found.setdefault(root_of(record.subject), []).append(record)
    return sorted((_told(subject, group) for subject, group in found.items()), key=lambda row: (row["by_hand"], row["subject"]))


def _told(subject: str, group: list[Record]) -> dict[str, Any]:
    says: dict[str, Any] = {}
    for record in group:  # the newest comes first
        for name in _TELLING:
            if name in record.attributes and record.attributes[name][0] is not None:
                says.setdefault(name, record.attributes[name][0])
    shown = {(kind, value) for record in group for kind, value, _, _ in record.identifiers.values() if kind not in _LAST}
    return {
        "subject": subject,
        "by_hand": subject.startswith("id~"),
        "sources": sorted({record.source for record in group}),
        "identifiers": [{"kind": kind, "value": value} for kind, value in sorted(shown)][:20],
        "says": says,
        "first": min(record.observed_at for record in group),
        "last": max(record.observed_at for record in group),
        "distrusted": any(record.distrusted for record in group),
    }
