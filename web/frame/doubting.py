"""Who is believed, as a person orders it: what is small at once, what is large as a job that can be watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.errors import NotFound
from cmdb.intake.doubts import DOUBT, FORESEE, MOST_AT_ONCE, items_of_looks, none_under_way, ordered_later, under_way
from cmdb.intake.looks import entries_of
from cmdb.model.change import Changes
from cmdb.store import Job
from reconciliation.distrust_looks import is_look
from reconciliation.orders import LOOKS, extent_of
from web.frame.applying import ordered
from web.frame.record import record
from web.services import services


@dataclass(frozen=True, slots=True)
class Doubted:
    """What an order about who is believed came to: its changes; or, where it is large, the id of the job that does it or foresees it."""

    done: Changes | None = None
    job: str = ""


def doubted(doing: str, words: Mapping[str, str], *, apply: bool) -> Doubted:
    """Carry out or foresee `distrust` or `trust` of a source, one thing of it, or single looks. `words`: source, subject, by, reason.

    Raises as `reconciliation.distrust`, and Conflict while a job carries out another.
    """
    here = services()
    name, args = doing, dict[str, Any](words)
    if doing == "distrust" and is_look(words["subject"]):
        name, args["entries"] = LOOKS, entries_of(here.ledger, words["subject"])
    if apply and (job := under_way(here.ledger, name, args)):
        return Doubted(job=job)
    if name == LOOKS:
        size = items_of_looks(here.ledger, args["entries"])
    else:
        size = extent_of(here.graph, name, args)
    if size > MOST_AT_ONCE:
        told = Doubted(job=ordered_later(here.ledger, name, args, apply=apply))
    else:
        if apply:
            none_under_way(here.ledger)
        told = Doubted(ordered(name, args, apply=apply))
    if apply:
        record(f"source.{doing}", words["source"], {"subject": words["subject"], "reason": words["reason"]})
    return told


def foreseen_by(job_id: str) -> Job:
    """A job that foresees such an order. Raises NotFound for any other."""
    found = services().ledger.jobs.get(job_id)
    if found.kind not in (DOUBT, FORESEE):
        raise NotFound("There is no such look at what would change.")
    return found
