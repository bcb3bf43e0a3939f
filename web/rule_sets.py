"""Rule sets as pages and API handle them: foreseen, put in force, undone, each in the audit log; in a large house as jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.errors import NotFound
from cmdb.graph import rules as rules_graph
from cmdb.store import Job
from reconciliation import rules
from reconciliation.rules import RuleSet
from reconciliation.rules_check import Foreseen, check
from reconciliation.rules_folder import RulesFolder, Switch
from reconciliation.rules_follow import MOST_FOLLOWED, WAIT, check_way, follow
from reconciliation.rules_redraw import redraw
from web.auth.viewer import viewer
from web.frame.applying import ordered
from web.frame.record import record
from web.services import services

MOST_CIS = 5_000
"""More CIs than this take longer than a request may; a job does it."""
CHECK, USE = "rules-check", "rules-use"
"""Kinds of jobs (cmdb/runtime/rules_work.py)."""


@dataclass(frozen=True, slots=True)
class Used:
    """A switch with what came of it; or, in a large house, the id of the job that does it."""

    job: str = ""
    switch: Switch | None = None
    drawn: Mapping[str, int] = field(default_factory=dict)
    followed: Mapping[str, Any] = field(default_factory=dict)


def keeper() -> RulesFolder:
    """Who keeps the rules of this house. Raises NotFound where nobody does."""
    found = rules.house()
    if not isinstance(found, RulesFolder):
        raise NotFound("This house keeps no rules of its own.")
    found.refresh()  # a job of the workers' process may have switched them
    return found


def is_large() -> bool:
    """Whether the graph is too large for a request."""
    return rules_graph.count(services().graph) > MOST_CIS


def foreseen(made: RuleSet) -> dict[str, Any]:
    """What the set would do to the present graph; of a small house (`is_large`)."""
    here = services()
    return check(here.graph, here.catalogue, made).to_json()


def foreseen_later(files: Mapping[str, str], made: RuleSet) -> str:
    """The id of the job that looks what the set of these files would do. One for each set at a time."""
    return services().ledger.jobs.enqueue(CHECK, {"files": dict(files)}, key=f"{CHECK}:{made.digest}")


def checked(job_id: str) -> Job:
    """The job of `foreseen_later`, with progress and result. Raises NotFound."""
    found = services().ledger.jobs.get(job_id)
    if found.kind != CHECK:
        raise NotFound("There is no such look at rules.")
    return found


def used(files: Mapping[str, str], reason: str, way: str = WAIT) -> Used:
    """Put the set of these files in force and draw the graph anew. `way`: what becomes of joins and parts (reconciliation/rules_follow.py).

    Raises as `RulesFolder.use`, Invalid for another way.
    """
    here, ours, by = services(), keeper(), viewer().actor
    check_way(way)
    if is_large():
        ours.may_use(files, reason=reason)
        record("rules.use", ours.tried(files).label, {"reason": reason, "files": sorted(files), "joins_and_parts": way})
        return Used(here.ledger.jobs.enqueue(USE, {"files": dict(files), "by": by, "reason": reason, "way": way}, key=USE))
    found = Foreseen()
    if way != WAIT:
        found = check(here.graph, here.catalogue, ours.tried(files), most=MOST_FOLLOWED)
    switch = ours.use(files, by=by, reason=reason)
    drawn = _drawn(switch, "rules.use")
    followed = follow(here.graph, found, way, lambda name, args: ordered(name, args, apply=True), by=by, label=switch.label)
    return Used("", switch, drawn, followed.to_json())


def undone(reason: str) -> Used:
    """Put the set before the last switch in force again. Raises as `RulesFolder.undo`."""
    ours, by = keeper(), viewer().actor
    if is_large():
        args = {"undo": ours.rules.label, "by": by, "reason": reason}
        record("rules.undo", ours.rules.label, {"reason": reason})
        return Used(services().ledger.jobs.enqueue(USE, args, key=USE))
    switch = ours.undo(by=by, reason=reason)
    return Used("", switch, _drawn(switch, "rules.undo"))


def _drawn(switch: Switch, action: str) -> dict[str, int]:
    record(action, switch.label, {"reason": switch.reason, "files": sorted(switch.files)})
    here = services()
    return redraw(here.graph, here.catalogue, by=viewer().actor, reason=f"rules {switch.label}: {switch.reason}").to_json()
