"""What the owner of a device is told: what is kept of it, why, until when, what was dropped at the door, and who looked at it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cmdb.graph import cis, kin, software
from cmdb.graph.door import Graph
from cmdb.intake import retention
from cmdb.inventory import notes
from cmdb.inventory.notes import Note
from cmdb.model.catalogue import Attribute, Catalogue
from cmdb.privacy.kept import WORDS, Kept, class_of, kept_for
from cmdb.store import AuditEntry, Entry, Ledger
from cmdb.store.erasures import ErasureRequest

LOOK = "device.look"
"""The audit log's word for a look at the page or the record of a device that is, or may be, somebody's own."""
HOLDS = ("used_by", "owned_by")
_ALIKE = timedelta(hours=1)
_NOTES = 1_000


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is kept for one purpose: attributes with their values."""

    why: str
    values: Sequence[tuple[Attribute, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """The whole page. `bodies_days`: how long raw reports are kept (None: without end); `dropped`: names of what never came in."""

    ci: Mapping[str, Any]
    ownership: str
    words: str
    purposes: Sequence[Purpose]
    things: Mapping[str, int]
    programs: int
    software_why: str
    bodies_days: int | None
    dropped: Sequence[str]
    reported_at: datetime | None
    looks: Sequence[AuditEntry]
    requests: Sequence[ErasureRequest]
    identifiers: Sequence[str] = field(default=())
    notes: Sequence[Note] = field(default=())
    near: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What it is related to, beside its own parts: the relation in words → the other ends by name."""


def is_watched(catalogue: Catalogue, row: Mapping[str, Any]) -> bool:
    """Whether a look at this CI is noted: an endpoint that is personal, or of which nobody said whose it is."""
    cls = str(row.get("class", ""))
    return cls in catalogue.classes and catalogue.is_a(cls, "endpoint") and class_of(row.get("ownership")) == "personal"


def emails_of_owners(graph: Graph, ci: str) -> frozenset[str]:
    """The addresses (lower case) of those who use or own the device."""
    people = [str(r["other"]) for r in cis.relations(graph, ci) if r["outward"] and str(r["key"]).split("|")[0] in HOLDS]
    return frozenset(str(row.get("email") or "").strip().lower() for row in cis.many(graph, people).values()) - {""}


def note_look(ledger: Ledger, ci: str, *, actor: str, how: str, now: datetime) -> None:
    """Note that somebody looked, once an hour for each."""
    if any(one.actor == actor and now - one.at < _ALIKE for one in ledger.audit.of_target(LOOK, ci, 50)):
        return
    ledger.audit.write(actor, LOOK, ci, {"how": how})


def tell(graph: Graph, catalogue: Catalogue, ledger: Ledger, ci: str) -> Told:
    """Everything the page says. Raises NotFound."""
    row = cis.get(graph, ci)
    ownership = str(row.get("ownership") or "")
    kept = kept_for(ownership)
    known = cis.identifiers(graph, ci)
    inside = cis.many(graph, [str(one["child"]) for one in kin.inside(graph, [ci])])
    last = ledger.erasing.last_of([f"agent:{one['value']}" for one in known if one["kind"] == "agent_id"])
    return Told(
        ci=row,
        ownership=ownership,
        words=WORDS[ownership if ownership in WORDS else ""],
        purposes=_purposes(catalogue, row, kept),
        things=_counted(catalogue, inside.values()),
        programs=len(software.of_ci(graph, ci)),
        software_why=kept.software_why,
        bodies_days=retention(ledger).bodies_days,
        dropped=_dropped(last),
        reported_at=last.received_at if last else None,
        looks=ledger.audit.of_target(LOOK, ci, 100),
        requests=ledger.erasures.of(ci),
        identifiers=sorted({str(one["kind"]).replace("_", " ") for one in known}),
        notes=notes.listed(graph, ci, limit=_NOTES),
        near=_near(catalogue, cis.relations(graph, ci), inside),
    )


def _near(catalogue: Catalogue, relations: Sequence[Mapping[str, Any]], parts: Container[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in relations:
        kind = catalogue.relations.get(str(row["key"]).split("|")[0])
        if kind is not None and str(row["other"]) not in parts:
            found.setdefault(kind.title if row["outward"] else kind.inverse, []).append(str(row["other_name"]))
    return {title: sorted(found[title]) for title in sorted(found)}


def _purposes(catalogue: Catalogue, row: Mapping[str, Any], kept: Kept) -> list[Purpose]:
    by_why: dict[str, list[tuple[Attribute, Any]]] = {}
    for name, attribute in catalogue.cls(str(row["class"])).attributes.items():
        if row.get(name) is not None:
            by_why.setdefault(kept.why(name), []).append((attribute, row[name]))
    return [Purpose(why, values) for why, values in by_why.items()]


def _counted(catalogue: Catalogue, rows: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        title = catalogue.cls(str(row["class"])).plural
        found[title] = found.get(title, 0) + 1
    return dict(sorted(found.items()))


def _dropped(last: Entry | None) -> list[str]:
    return [str(name) for name in last.meta.get("dropped", ())] if last else []
