"""Rule sets as pages and API handle them: foreseen, put in force, undone, each in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmdb.errors import Conflict, NotFound
from cmdb.graph import rules as rules_graph
from reconciliation import rules
from reconciliation.rules import RuleSet
from reconciliation.rules_check import check
from reconciliation.rules_folder import RulesFolder, Switch
from reconciliation.rules_redraw import redraw
from web.auth.viewer import viewer
from web.frame.record import record
from web.services import services

MOST_CIS = 5_000
"""More CIs than this take longer than a request may; the commands do it."""


def keeper() -> RulesFolder:
    """Who keeps the rules of this house. Raises NotFound where nobody does."""
    found = rules.house()
    if not isinstance(found, RulesFolder):
        raise NotFound("This house keeps no rules of its own.")
    return found


def foreseen(made: RuleSet) -> dict[str, Any]:
    """What the set would do to the present graph. Raises Conflict for a graph too large for a request."""
    here = services()
    _small_enough("check")
    return check(here.graph, here.catalogue, made).to_json()


def used(files: Mapping[str, str], reason: str) -> tuple[Switch, dict[str, int]]:
    """Put the set of these files in force and draw the graph anew. Raises as `RulesFolder.use`."""
    _small_enough("use")
    switch = keeper().use(files, by=viewer().actor, reason=reason)
    return switch, _drawn(switch, "rules.use")


def undone(reason: str) -> tuple[Switch, dict[str, int]]:
    """Put the set before the last switch in force again. Raises as `RulesFolder.undo`."""
    _small_enough("undo")
    switch = keeper().undo(by=viewer().actor, reason=reason)
    return switch, _drawn(switch, "rules.undo")


def _drawn(switch: Switch, action: str) -> dict[str, int]:
    record(action, switch.label, {"reason": switch.reason, "files": sorted(switch.files)})
    here = services()
    return redraw(here.graph, here.catalogue, by=viewer().actor, reason=f"rules {switch.label}: {switch.reason}").to_json()


def _small_enough(command: str) -> None:
    if rules_graph.count(services().graph) > MOST_CIS:
        raise Conflict(f"There are more than {MOST_CIS:,} CIs, which takes longer than a page may: use `moorings rules {command}`.")
