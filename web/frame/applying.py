"""What a person says on a page or by the API is applied at once, and kept in the ledger like every observation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g

from cmdb.errors import GraphConflict, GraphConstraint, Invalid
from cmdb.graph import reviews
from cmdb.intake import observation_of
from cmdb.intake.acts import act_now, answer_now, apply_now
from cmdb.intake.looks import KeptLooks
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from cmdb.privacy import orders as privacy
from cmdb.store import Entry
from discovery.reports.intake import KIND as AGENT_REPORT
from discovery.reports.intake import observation_from_entry
from reconciliation import answer, reconcile, take_back
from reconciliation.looking_again import look_at
from reconciliation.orders import NAMES_CIS, carry_out, left_for
from web.auth.viewer import viewer
from web.frame.personal import not_kept, without_what_is_personal
from web.services import services


def applied(seen: Observation) -> Changes:
    """Apply it now, but for what may not be kept of a personal device (`left_out` names it then). Raises as `reconciliation.reconcile`."""
    here = services()
    kept = without_what_is_personal(here.graph, here.ledger, here.catalogue, seen)
    g.left_out = not_kept(seen, kept)
    return _noticed(apply_now(here.ledger, here.graph, kept, lambda said: reconcile(here.graph, here.catalogue, said)))


def left_out() -> tuple[str, ...]:
    """Attributes and kinds of relations that the last `applied` of this request did not keep, since the device is personal."""
    return tuple(g.get("left_out", ()))


def _noticed(changes: Changes) -> Changes:
    """Where whose device it is became different, that is applied to what is stored of it."""
    privacy.after(services().ledger, changes, by=viewer().actor)
    return changes


def answered(review: str, choice: str, ci: str, reason: str) -> Changes:
    """Answer a review as the viewer. Raises as `reconciliation.answer`."""
    here, by = services(), viewer().actor
    said = {"choice": choice, "ci": ci, "by": by, "reason": reason}
    return _noticed(
        answer_now(
            here.ledger, here.graph, review, said, lambda: answer(here.graph, here.catalogue, review, choice, ci, by=by, reason=reason)
        )
    )


def taken_back(review: str, reason: str) -> Changes:
    """Take a review's answer back as the viewer. Raises as `reconciliation.take_back`."""
    here, by = services(), viewer().actor
    said = {"by": by, "reason": reason}
    return answer_now(here.ledger, here.graph, review, said, lambda: take_back(here.graph, here.catalogue, review, by=by, reason=reason))


def ordered(name: str, args: Mapping[str, Any], *, apply: bool) -> Changes:
    """A person's order about what is one thing or who is believed (reconciliation/orders.py), foreseen, or done and kept."""
    here = services()
    kept = KeptLooks(here.ledger, _read)
    if not apply:
        return carry_out(here.graph, here.catalogue, name, args, apply=False, kept=kept)
    about = [str(args[key]) for key in NAMES_CIS if key in args]

    def work() -> Changes:
        return carry_out(here.graph, here.catalogue, name, args, kept=kept)

    return _noticed(act_now(here.ledger, here.graph, name, args, work, about=about, decided=left_for))


def looked_at(review: str) -> dict[str, Any]:
    """A question as `reviews.get` gives it, closed before where its answer is known by now. Raises NotFound."""
    here = services()
    asked = reviews.get(here.graph, review)
    if asked["state"] != "open":
        return asked
    try:
        changes = look_at(here.graph, here.catalogue, asked)
    except (GraphConflict, GraphConstraint, Invalid):  # others write of the same just now, or its class is gone: the page shows it as it is
        return asked
    if not changes:
        return asked
    privacy.after(here.ledger, Changes("", tuple(changes), (), applied=True), by="rule")
    return reviews.get(here.graph, review)


def _read(entry: Entry) -> Observation:
    if entry.kind == AGENT_REPORT and entry.body is not None:
        return observation_from_entry(entry.kind, entry.body, {**entry.meta, "id": entry.id})
    return observation_of(entry)
