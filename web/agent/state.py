"""What is remembered of each GLPI agent between its messages: whether we hold a full report of it.

A GLPI agent sends one full report and then only what changed, and believes everything it ever sent to have arrived (measured): a report
that was lost, refused, or could not be applied leaves a gap that only the next full report closes. So a full report is asked for when
none is known, when the last one was set aside, and when an agent was told to send and nothing came.
Kept in the ledger's settings under `agent:<id>`; two messages of one agent do not overlap, so the last word stands.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from cmdb.errors import NotFound
from cmdb.model.times import to_text
from cmdb.store import Ledger

MAX_FORCED = 6
"""How often in a row a full report is asked for: three times, each of a contact and a prolog. Asking costs the agent a run that ends in an
error; an agent that cannot deliver one (refused as too large, say) must still be able to send partial reports."""


@dataclass(frozen=True, slots=True)
class AgentState:
    """`full_entry` is the intake id of the last full report, `cls` the class it showed; `open` says that the agent was told to send and did
    not yet; `gap` that something is known to be missing; `forced` how often a full report was asked for since the last one."""

    full_entry: str = ""
    full_at: str = ""
    cls: str = ""
    open: bool = False
    gap: bool = False
    forced: int = 0


_FRESH = asdict(AgentState())


def key_of(agent_id: str) -> str:
    """The settings key of an agent."""
    return f"agent:{agent_id}"


def load(ledger: Ledger, agent_id: str) -> AgentState:
    """The state of an agent; a fresh one for an agent never seen, and for a row that cannot be read."""
    found = ledger.settings.get(key_of(agent_id), None)
    if not isinstance(found, dict):
        return AgentState()
    return AgentState(**{name: found[name] if isinstance(found.get(name), type(value)) else value for name, value in _FRESH.items()})


def save(ledger: Ledger, agent_id: str, state: AgentState) -> None:
    """Keep the state of an agent."""
    for key, value in kept(agent_id, state).items():
        ledger.settings.put(key, value)


def kept(agent_id: str, state: AgentState) -> dict[str, dict[str, Any]]:
    """The setting that holds the state of an agent: key → value."""
    return {key_of(agent_id): {name: getattr(state, name) for name in _FRESH}}


def mark_gap(ledger: Ledger, agent_id: str) -> None:
    """Note that something of this agent is missing, so that its next contact is answered by asking for a full report."""
    save(ledger, agent_id, replace(load(ledger, agent_id), gap=True))


def needs_full(ledger: Ledger, state: AgentState) -> bool:
    """Whether a full report must be asked for. An agent that was never seen sends one by itself."""
    if state.forced >= MAX_FORCED:
        return False
    return state.gap or state.open or (bool(state.full_entry) and _was_set_aside(ledger, state.full_entry))


def _was_set_aside(ledger: Ledger, entry_id: str) -> bool:
    try:
        return ledger.intake.get(entry_id).state == "parked"
    except NotFound:  # another ledger: the graph may never have seen it
        return True


def asked(state: AgentState) -> AgentState:
    """After a full report was asked for."""
    return replace(state, gap=True, open=False, forced=state.forced + 1)


def told_to_send(state: AgentState) -> AgentState:
    """After a contact was answered by "send your inventory"."""
    return replace(state, open=True)


def took_full(entry_id: str, at: datetime, cls: str) -> AgentState:
    """After a full report was accepted: everything before it is over."""
    return AgentState(full_entry=entry_id, full_at=to_text(at), cls=cls)


def took_partial(state: AgentState) -> AgentState:
    """After a partial report was accepted. Without a full one before it, everything it leaves out is missing."""
    return replace(state, open=False, gap=state.gap or not state.full_entry)
