"""Lines of the scan desk: tag after tag, in or out. A tag scanned twice is told so and not taken for somebody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cmdb.errors import Conflict, Invalid
from cmdb.graph import cis, loans
from cmdb.graph.door import Graph
from cmdb.inventory.listing import find
from cmdb.loans.desk import Desk, Terms
from cmdb.loans.loan import Loan
from cmdb.loans.scan import Scanned, find_device, take_back
from cmdb.model import times
from cmdb.model.catalogue import Catalogue

AGAIN = timedelta(minutes=30)
"""How long the same tag by the same clerk counts as the same scan."""
GOOD = frozenset({"ok", "already_scanned"})


@dataclass(frozen=True, slots=True)
class Line:
    """One answer of the desk. `asks` names the accessories to tick before the device is taken; `done` is a loan that changed just now."""

    tag: str
    outcome: str
    message: str
    device: str = ""
    loan: str = ""
    asks: tuple[str, ...] = ()
    done: Loan | None = None


def line_in(graph: Graph, catalogue: Catalogue, tag: str, *, actor: str, returned: Sequence[str] | None = None) -> Line:
    """Take back what carries this tag. `returned`: the accessories that were ticked; None while nobody looked."""
    seen = take_back(graph, catalogue, tag, actor=actor, returned=returned)
    if seen.outcome == "not_on_loan" and seen.device:
        last = next(iter(Desk(graph, catalogue).of_device(seen.device)), None)
        if last is not None and last.state == "returned" and last.actor_in == actor and _fresh(last.returned_at):
            told = f"{seen.device_name} is back from {last.person_name} already."
            return Line(seen.tag, "already_scanned", told, seen.device, last.id)
    return _line(seen)


def line_out(graph: Graph, catalogue: Catalogue, tag: str, person: str, terms: Terms, *, actor: str) -> Line:
    """Lend what carries this tag. What cannot be lent is answered, so that the next scan follows at once."""
    tag = tag.strip()[:300]
    found = find_device(graph, catalogue, tag)
    if not found:
        return Line(tag, "unknown_tag", f"Nobody knows {tag or 'an empty tag'}.")
    if len(found) > 1:
        return Line(tag, "several", f"{tag} fits {len(found)} devices; scan the asset tag.")
    device, name, desk = found[0]["id"], found[0]["display_name"], Desk(graph, catalogue)
    try:
        made = desk.check_out(device, person, terms, actor=actor)
    except Conflict as error:
        held = desk.open_of(device)
        if held is not None and held.person == person:
            return Line(tag, "already_scanned", f"{name} is with {held.person_name} already, until {held.due_on}.", device, held.id)
        return Line(tag, "someone_else", error.message, device, held.id if held else "")
    except Invalid as error:
        return Line(tag, "refused", error.message, device)
    return Line(tag, "ok", f"{name} is with {made.person_name} until {made.due_on}.", device, made.id, done=made)


def borrowers(graph: Graph, text: str) -> list[dict[str, Any]]:
    """People behind a badge, e-mail, login or name: one when an identifier fits exactly, else who begins like it."""
    plain = " ".join(text.lower().split())
    if not plain:
        return []
    keys = [f"{kind}||{plain}" for kind in ("email", "login", "employee_number")]
    exact = [str(row["id"]) for row in loans.by_tag(graph, keys) if row["class"] == "person"]
    if len(exact) == 1:
        return list(cis.many(graph, exact).values())
    return [row for row in find(graph, text, limit=30) if row["class"] == "person"][:10]


def _line(seen: Scanned) -> Line:
    asks: tuple[str, ...] = ()
    loan = seen.loan
    if seen.outcome == "accessory_missing" and loan is not None and loan.state == "open":
        asks = tuple(a.name for a in loan.accessories)
    done = loan if loan is not None and loan.state != "open" else None
    return Line(seen.tag, seen.outcome, seen.message, seen.device, loan.id if loan else "", asks, done)


def _fresh(at: str) -> bool:
    return bool(at) and times.now() - datetime.fromisoformat(at) < AGAIN
