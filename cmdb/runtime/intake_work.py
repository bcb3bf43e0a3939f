"""Work off the intake: accepted bodies become Observations, those become the graph. At least once; twice changes nothing."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from cmdb import metrics
from cmdb.errors import GraphConflict, GraphConstraint, GraphTimeout, GraphUnavailable, Invalid
from cmdb.intake.acts import ACT
from cmdb.intake.submit import OBSERVATION
from cmdb.intake.submit import observation_of as stored_observation
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from cmdb.privacy import orders as privacy
from cmdb.runtime.house import House
from cmdb.runtime.large import ITEMS_KEPT, apply_large
from cmdb.runtime.leases import LEASE_S, LEASES
from cmdb.runtime.news import freshest, is_repeat, news
from cmdb.runtime.personal_net import look_after, order_once_more
from cmdb.runtime.repeats_work import learn, work_off_repeats
from cmdb.runtime.touched import run_hooks, waiting
from cmdb.store import Entry
from cmdb.store.leases import MAX_TRIES
from discovery.reports.intake import KIND as AGENT_REPORT
from discovery.reports.intake import observation_from_entry
from reconciliation import reconcile
from reconciliation.batches import is_large

log = logging.getLogger(__name__)

_AWAY_S = 3.0
INTERRUPTED = "The server stopped while a person's order was carried out; look whether it was, and give it again if not."


def observation_of(entry: Entry) -> Observation:
    """The Observation an entry holds. Raises Invalid for a body nobody can read (then it is parked with that reason)."""
    if entry.body is None:
        raise Invalid("The body was dropped by retention and cannot be applied again.")
    if entry.kind == OBSERVATION:
        return stored_observation(entry)
    if entry.kind == AGENT_REPORT:
        return observation_from_entry(entry.kind, entry.body, {**entry.meta, "id": entry.id})
    raise Invalid(f"Nobody knows how to apply a body of kind {entry.kind}.", field="kind")


def apply_entry(house: House, entry: Entry, *, again: bool = False) -> dict[str, Any]:
    """Reconcile one entry and say what it did: counts, and per ref what it turned out to be. Raises as `reconcile`.

    `again`: it was tried before and may be half done; an entry that says so itself need not be told.
    """
    again = again or entry.tried
    at, observation = times.now(), observation_of(entry)
    if is_large(observation):
        return apply_large(house, entry, observation, again=again)
    with times.doing_again(at):  # one moment for all it does, now and when it is done again
        changes = reconcile(house.graph, house.catalogue, observation, again=again)
    if again:
        order_once_more(house, entry, observation, changes)
    return told_by(house, entry, observation, changes, at)


def told_by(house: House, entry: Entry, observation: Observation, changes: Changes, at: datetime) -> dict[str, Any]:
    """What follows from an entry that was applied at a moment, and its result: counts, per ref what it turned out to be, changes."""
    learn(house, entry, observation, changes)
    fresh = freshest(house.graph) if is_repeat(changes) else timedelta()
    waiting(house).add(news(changes, observation.observed_at, fresh))
    privacy.after(house.ledger, changes, by="rule")
    if entry.kind == OBSERVATION:  # a report is cut at its own door
        look_after(house, observation, changes)
    told = changes.to_json()
    return {"at": times.to_text(at), "counts": told["counts"], "items": told["items"][:ITEMS_KEPT], "changes": told["changes"][:200]}


def work_off(house: House, limit: int | None = None) -> int:
    """Apply what waits, oldest first, until nothing is ready or `limit` entries are done. Returns how many were taken up."""
    taken = 0
    try:
        while limit is None or taken < limit:
            taken += work_off_repeats(house)
            entry = house.ledger.intake.claim(LEASE_S)
            if entry is None:
                break
            taken += 1
            work_one(house, entry)
            if waiting(house).due():
                run_hooks(house)
    finally:
        run_hooks(house)
    return taken


def work_one(house: House, entry: Entry, *, again: bool = False) -> None:
    """Apply one claimed entry and settle it: done, again later, or parked where a person sees it. Never raises for what the entry is.

    `again` as in `apply_entry`.
    """
    kind = entry.kind if entry.kind in (OBSERVATION, AGENT_REPORT) else "unknown"
    with metrics.work("intake", kind) as outcome:
        outcome.name = _settled(house, entry, again=again)


def _settled(house: House, entry: Entry, *, again: bool) -> str:
    intake = house.ledger.intake
    if entry.kind == ACT:
        intake.park(entry, INTERRUPTED)
        return "parked"
    try:
        with LEASES.holding(lambda: intake.renew(entry, LEASE_S)):
            result = apply_entry(house, entry, again=again)
        intake.done(entry, result)
    except Invalid as error:
        log.warning("intake: parked entry=%s kind=%s reason=%s", entry.id, entry.kind, error.message)
        intake.park(entry, error.message)
        return "parked"
    except GraphUnavailable as error:
        intake.release(entry, error.message, delay_s=_AWAY_S)
        return "waiting"
    except (GraphConflict, GraphConstraint, GraphTimeout) as error:  # a large import that smaller reports overtake comes again
        return _failed(house, entry, error.message)
    except Exception as error:
        # A bug must not lose a report: it is tried again and then parked, with the type only, since messages may quote the body.
        log.exception("intake: failed entry=%s kind=%s", entry.id, entry.kind)
        return _failed(house, entry, f"Internal error ({type(error).__name__}); the log has the details.")
    return "done"


def _failed(house: House, entry: Entry, reason: str) -> str:
    house.ledger.intake.fail(entry, reason)
    return "parked" if entry.attempts >= MAX_TRIES else "retried"
