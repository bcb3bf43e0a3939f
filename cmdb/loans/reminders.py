"""Whom to remind of overdue loans, and in which words: one message a person, nobody twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cmdb.graph import reminders
from cmdb.graph.door import Graph
from cmdb.loans.desk import Desk
from cmdb.loans.loan import Loan
from cmdb.model import times

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Digest:
    """All overdue loans of one person. `due` are those whose reminder is due; the others are named beside them."""

    person: str
    name: str
    email: str
    left_on: str
    loans: tuple[Loan, ...]
    due: tuple[Loan, ...]

    def unreachable(self, today: date) -> str:
        """Why no message can go to this person; empty where one can."""
        if self.left_on and self.left_on <= today.isoformat():
            return f"left on {self.left_on}"
        return "" if self.email else "no e-mail address is known"

    def subject(self) -> str:
        """The subject line."""
        count = len(self.loans)
        return f"Please bring back {self.loans[0].device_name}" if count == 1 else f"Please bring back {count} devices"

    def text(self, today: date) -> str:
        """The message."""
        lines = [f"Hello {plain(self.name)},", "", "this is on loan to you, and should have been back by now:", ""]
        for loan in self.loans:
            tag = f" ({plain(loan.asset_tag)})" if loan.asset_tag else ""
            late = loan.days_late(today)
            lines.append(f"  - {plain(loan.device_name)}{tag}: due on {loan.due_on}, {late} {'day' if late == 1 else 'days'} ago")
            along = ", ".join(f"{a.missing} × {plain(a.name)}" for a in loan.accessories if a.missing)
            if along:
                lines.append(f"    with {along}")
        return "\n".join([*lines, "", "Please bring it back, or ask the desk for a later day.", ""])

    def to_json(self, today: date) -> dict[str, Any]:
        """For a dry run."""
        devices = [{"loan": one.id, "device": one.device_name, "asset_tag": one.asset_tag, "due_on": one.due_on} for one in self.loans]
        cannot = self.unreachable(today)
        return {"person": self.person, "name": self.name, "email": self.email, "cannot": cannot, "devices": devices}


Send = Callable[[Digest], bool]
"""Sends one message. False: this one did not go out, and is tried again another day. An exception: none does."""


def plain(text: str) -> str:
    """Hostile text in one line of a message."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200]


def digests(desk: Desk, now: datetime, every: timedelta) -> list[Digest]:
    """Who is to be reminded now: people with an overdue loan that was never reminded of, or not for `every`. By name."""
    by_person: dict[str, list[Loan]] = {}
    for loan in _overdue(desk):
        by_person.setdefault(loan.person, []).append(loan)
    before = _before(now, every)
    found = []
    for loans in by_person.values():
        due = tuple(one for one in loans if one.reminded_at < before)
        if due:
            first = loans[0]
            found.append(Digest(first.person, first.person_name, first.person_email, first.left_on, tuple(loans), due))
    return sorted(found, key=lambda digest: (digest.name.lower(), digest.person))


def remind(graph: Graph, desk: Desk, send: Send, now: datetime, every: timedelta) -> dict[str, Any]:
    """Send what is due, each digest noted before it goes out: killed in between, a person hears a day later, never twice.

    Returns how many were sent, did not go out, and whom nobody can write to. What `send` raises is passed on; its digest is as before.
    """
    at, before, today = times.to_text(now), _before(now, every), now.date()
    sent, failed, cannot = 0, 0, []
    for digest in digests(desk, now, every):
        reason = digest.unreachable(today)
        if reason:
            cannot.append({"person": digest.person, "name": digest.name, "reason": reason})
            continue
        ours = [one.id for one in digest.due if reminders.note(graph, one.id, at, before)]
        if not ours:
            continue  # somebody else reminded this person at this moment
        gone = False
        try:
            gone = send(digest)
        finally:
            if not gone:
                for loan in ours:
                    reminders.take_back(graph, loan, at)
        sent, failed = sent + gone, failed + (not gone)
    return {"sent": sent, "failed": failed, "cannot": cannot}


def _before(now: datetime, every: timedelta) -> str:
    """Reminders before this are long enough ago. Days count, not hours: a daily job that runs a minute early skips nobody."""
    return (now.date() - every + timedelta(days=1)).isoformat()


def _overdue(desk: Desk) -> Iterator[Loan]:
    after: tuple[str, str] | None = None
    while True:
        page = desk.listed(overdue=True, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = (page[-1].due_on, page[-1].id)
