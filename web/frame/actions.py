"""What needs a person: numbers with the page where they are dealt with. Each costs one bounded question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cmdb.compliance.report import totals
from cmdb.graph import reviews
from cmdb.inventory.sources import kept_states
from cmdb.loans.desk import Desk
from web.auth.permissions import Permission
from web.auth.viewer import Viewer
from web.services import Services

_MOST = 100


@dataclass(frozen=True, slots=True)
class Action:
    """One number. `kind` is how it is painted: good, warn, bad, info."""

    number: str
    words: str
    href: str
    icon: str
    kind: str


def actions(here: Services, seen: Viewer) -> Iterator[Action]:
    """The numbers this viewer can do something about."""
    open_reviews = reviews.count_open(here.graph)
    yield _action(open_reviews, "identity questions open", "/reviews", "patch-question", "warn")
    yield _action(here.ledger.intake.counts()["parked"], "reports set aside", "/admin/intake?state=parked", "inbox", "bad")
    late = len(Desk(here.graph, here.catalogue).listed(overdue=True, limit=_MOST))
    yield _action(late, "loans overdue", "/loans/overdue", "clock-history", "bad")
    total = totals(here.graph)
    yield _action(total.get("fail", 0), "policy checks failing", "/compliance/results?state=fail", "shield-x", "bad")
    yield _action(total.get("unknown", 0), "policy checks unknown", "/compliance/results?state=unknown", "shield-exclamation", "warn")
    stale = sum(state.stale for state in kept_states(here.ledger, datetime.now(UTC)))
    yield _action(stale, "sources silent", "/admin/sources", "signpost-split", "warn")
    if seen.may(Permission.SCAN):
        yield _action(len(here.ledger.host_keys.pending()), "host keys to approve", "/host-keys", "fingerprint", "warn")
    yield _action(here.ledger.jobs.counts()["parked"], "jobs set aside", "/admin/jobs?state=parked", "pause-circle", "bad")


def _action(number: int, words: str, href: str, icon: str, kind: str) -> Action:
    return Action(f"{number}+" if number >= _MOST and "loans" in words else f"{number:,}", words, href, icon, kind if number else "good")
