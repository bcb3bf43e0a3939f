"""Rule sets of a large house as jobs: foreseen, put in force and drawn, with progress; the result is kept with the job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from cmdb.errors import NotFound
from cmdb.graph import rules as rules_graph
from cmdb.intake.acts import act_now
from cmdb.model.change import Changes
from cmdb.runtime.house import House
from cmdb.runtime.review_work import look_anew
from cmdb.store import Job
from reconciliation import rules
from reconciliation.orders import NAMES_CIS, carry_out, left_for
from reconciliation.rules import RuleSet
from reconciliation.rules_check import Foreseen, check
from reconciliation.rules_folder import RulesFolder, Switch
from reconciliation.rules_follow import MOST_FOLLOWED, WAIT, Carry, check_way, follow
from reconciliation.rules_redraw import redraw

CHECK, USE = "rules-check", "rules-use"
"""Kinds of jobs. Args of the first: files; of the second also by, reason, way (joins and parts), or instead of files `undo`: the label of
the set whose switch is taken back."""


class Stopped(Exception):
    """The job was cancelled, or the server stops: it goes on, or begins anew, where it is harmless."""


def check_job(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """What the set of these files would do. Raises NotFound, CatalogueError."""
    try:
        made = _keeper().tried(job.args["files"])
        told = check(house.graph, house.catalogue, made, progress=_progress(house, job, stopping, "looked at"))
    except Stopped:
        return None
    return {"rules": made.to_json(), **told.to_json()}


def use_job(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """Put the set in force and draw the graph by it. Killed in between, it goes on: the switch itself stands already."""
    by, way = str(job.args["by"]), check_way(str(job.args.get("way", WAIT)))
    try:
        found, switch = _switched(house, job, way, stopping)
        why = f"rules {switch.label}: {switch.reason}"
        drawn = redraw(house.graph, house.catalogue, by=by, reason=why, progress=_progress(house, job, stopping, "drawn"))
    except Stopped:
        return None
    followed = follow(house.graph, found, way, carrying(house), by=by, label=switch.label)
    look_anew(house)
    return {"switch": switch.to_json(), "drawn": drawn.to_json(), "followed": followed.to_json()}


def _switched(house: House, job: Job, way: str, stopping: threading.Event) -> tuple[Foreseen, Switch]:
    """What is to be followed, and the switch; one that was made before a crash is not made again."""
    keeper, by, reason = _keeper(), str(job.args["by"]), str(job.args["reason"])
    if "undo" in job.args:
        taken_back = keeper.rules.label != job.args["undo"]
        return Foreseen(), keeper.history()[0] if taken_back else keeper.undo(by=by, reason=reason)
    made, history = keeper.tried(job.args["files"]), keeper.history()
    done = made.digest == keeper.rules.digest and bool(history)
    before = keeper.tried(history[1].files if len(history) > 1 else {}) if done else keeper.rules
    found = foreseen_for(house, made, before, way, _progress(house, job, stopping, "looked at"))
    return found, history[0] if done else keeper.use(job.args["files"], by=by, reason=reason)


def foreseen_for(house: House, made: RuleSet, before: RuleSet, way: str, progress: Callable[[int], None] | None = None) -> Foreseen:
    """The joins and parts that are to be followed; nothing is looked at where they wait for their sources."""
    if way == WAIT:
        return Foreseen()
    return check(house.graph, house.catalogue, made, before=before, most=MOST_FOLLOWED, progress=progress)


def carrying(house: House) -> Carry:
    """Carries an order out and keeps it in the ledger."""

    def carry(name: str, args: Mapping[str, Any]) -> Changes:
        about = [str(args[key]) for key in NAMES_CIS if key in args]
        work = partial(carry_out, house.graph, house.catalogue, name, args)
        return act_now(house.ledger, house.graph, name, args, work, about=about, decided=left_for)

    return carry


def _keeper() -> RulesFolder:
    found = rules.house()
    if not isinstance(found, RulesFolder):
        raise NotFound("This house keeps no rules of its own.")
    return found


def _progress(house: House, job: Job, stopping: threading.Event, step: str) -> Callable[[int], None]:
    total = rules_graph.count(house.graph)

    def tell(done: int) -> None:
        if not house.ledger.jobs.heartbeat(job, {"step": step, "done": done, "total": total}) or stopping.is_set():
            raise Stopped

    return tell
