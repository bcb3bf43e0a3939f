"""What is told late: a look that is older than what is known already changes no golden value, but the past. Reads the history where needed.

Sources keep only their newest words, so an older one that arrives now would be lost; it is kept as an event of kind `told_late`, unless the
history shows that value for that time already, or a source that counts for more had spoken by then.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmdb.graph.door import Graph
from cmdb.inventory import past
from cmdb.inventory.look_back import events_of
from cmdb.inventory.moment import Moment
from cmdb.model.change import Change
from cmdb.model.observation import Value
from reconciliation.assertions import ONE, Assertions
from reconciliation.authority import precedence_in_force
from reconciliation.draft import Draft, World


def plan_late(graph: Graph, draft: Draft, world: World, said: Assertions) -> None:
    """Add the changes of the past to the draft. Costs one statement where something was told late, else none."""
    told = {ci: words for ci, values in said.values().items() if ci in world.properties and (words := _older(draft, world, values, ci))}
    if not told:
        return
    moment = Moment(draft.at)
    events = events_of(graph, told, moment)
    for ci in sorted(told):
        row = world.properties[ci]
        line = events.get(ci, [])
        known = past.values(row, line, moment) if past.state(row, line, moment) is not None else {}
        there = past.state(row, line, moment)
        for name, value in sorted(told[ci].items()):
            then = known.get(name) or past.Told(there.get(name) if there else None, past.born_at(row), str(row.get("created_by", "")))
            if _tells(draft, name, value, then):
                before = tuple(then.value) if isinstance(then.value, list) else then.value
                next_word = draft.golden[ci].values[name][0].at  # it may say nothing new, and so have left no event
                until = {past.UNTIL: (None, next_word)} if next_word > draft.at else {}
                about = (ci, draft.classes[ci], draft.names[ci], name)
                draft.changes.append(Change(past.LATE, *about, before, value, draft.source, details=until))


def _older(draft: Draft, world: World, values: Mapping[str, Value], ci: str) -> dict[str, Value]:
    """Values said now for a time before the word that counts today, or before anything was known of the CI."""
    golden = draft.golden[ci].values
    unborn = draft.at < past.born_at(world.properties[ci])
    return {
        name: value
        for name, value in values.items()
        if not (name.startswith(ONE) or name in past.MOMENTARY)
        and name in golden
        and (golden[name][0].at > draft.at or unborn)
        and not _now(draft, world, ci, name)
    }


def _now(draft: Draft, world: World, ci: str, name: str) -> bool:
    """Whether the golden value itself becomes another by this observation: then an event says so already."""
    value = draft.golden[ci].values[name][0].value
    held = world.properties[ci].get(name)
    return (list(value) if isinstance(value, tuple) else value) != held


def _tells(draft: Draft, name: str, value: Value, then: past.Told) -> bool:
    if (list(value) if isinstance(value, tuple) else value) == then.value:
        return False
    if then.value is None and not then.recorded_at:
        return True
    rules = precedence_in_force()
    mine, other = rules.rank(name, draft.source), rules.rank(name, then.source)
    return mine < other or (mine == other and (draft.at, draft.source) > (then.at, then.source))
