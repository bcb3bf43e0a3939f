"""The scan desk: what a scanned tag is, and what taking it back means. The same scan twice is answered, not repeated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from cmdb.errors import Conflict
from cmdb.graph import cis, loans
from cmdb.graph.door import Graph
from cmdb.loans.desk import Desk
from cmdb.loans.loan import Loan
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import is_uuid7

Outcome: TypeAlias = Literal["ok", "not_on_loan", "unknown_tag", "someone_else", "accessory_missing", "several"]

_NOT_ALNUM = re.compile(r"[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class Scanned:
    """The answer to one scan: what happened, in a word for machines and a sentence for people."""

    tag: str
    outcome: Outcome
    message: str
    device: str = ""
    device_name: str = ""
    loan: Loan | None = None


def keys_of(tag: str) -> list[str]:
    """The identifier keys a scanned text may be: asset tag, serial, host name. An address of a CI's page (QR code) is that CI."""
    text = " ".join(tag.lower().split())
    plain = _NOT_ALNUM.sub("", text)
    return [f"asset_tag||{text.replace(' ', '')}", f"serial||{plain}", f"hostname||{text}"]


def find_device(graph: Graph, catalogue: Catalogue, tag: str) -> list[dict[str, str]]:
    """Hardware behind a scanned text, asset tags first. Rows: id, class, display_name."""
    last = urlsplit(tag.strip()).path.rstrip("/").rsplit("/", 1)[-1]
    if is_uuid7(last):
        row = cis.many(graph, [last]).get(last)
        return [{"id": last, "class": str(row["class"]), "display_name": str(row["display_name"])}] if row else []
    rows = [row for row in loans.by_tag(graph, keys_of(tag)) if catalogue.is_a(str(row["class"]), "hardware")]
    exact = [row for row in rows if str(row["asset_tag"] or "").lower().replace(" ", "") == tag.lower().replace(" ", "")]
    return [{k: str(row[k]) for k in ("id", "class", "display_name")} for row in (exact or rows)]


def take_back(
    graph: Graph, catalogue: Catalogue, tag: str, *, actor: str, expected_person: str = "", returned: Sequence[str] | None = None
) -> Scanned:
    """Check in whatever carries this tag.

    `expected_person`: the returns of one person are being taken; what somebody else holds is then answered and not taken.
    `returned`: the accessories that came along; None while nobody looked: a loan with accessories then asks for them first.
    """
    tag = tag.strip()[:300]
    found = find_device(graph, catalogue, tag)
    if not found:
        return Scanned(tag, "unknown_tag", f"Nobody knows {tag or 'an empty tag'}.")
    if len(found) > 1:
        return Scanned(tag, "several", f"{tag} fits {len(found)} devices; scan the asset tag.")
    device, name = found[0]["id"], found[0]["display_name"]
    desk = Desk(graph, catalogue)
    loan = desk.open_of(device)
    if loan is None:
        return Scanned(tag, "not_on_loan", f"{name} is not on loan.", device, name)
    if expected_person and loan.person != expected_person:
        return Scanned(tag, "someone_else", f"{name} is lent to {loan.person_name}; it was not taken back.", device, name, loan)
    if loan.accessories and returned is None:
        missing = ", ".join(f"{a.quantity} × {a.name}" if a.quantity > 1 else a.name for a in loan.accessories)
        return Scanned(tag, "accessory_missing", f"{name} was lent with {missing}: say what came back.", device, name, loan)
    try:
        done = desk.check_in(loan.id, actor=actor, returned=returned)
    except Conflict:
        return Scanned(tag, "not_on_loan", f"{name} was taken back by somebody else a moment ago.", device, name)
    missing_now = [a for a in done.accessories if a.missing]
    if missing_now:
        names = ", ".join(a.name for a in missing_now)
        return Scanned(tag, "accessory_missing", f"{name} is back from {loan.person_name}; missing: {names}.", device, name, done)
    return Scanned(tag, "ok", f"{name} is back from {loan.person_name}.", device, name, done)
