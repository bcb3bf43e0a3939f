"""How the workers' process of the server is, kept in the ledger: the server's own processes write it, pages and commands show it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from cmdb.store import Ledger

CREW_KEY = "workers.process"


@dataclass(frozen=True, slots=True)
class Crew:
    """`pid` works since `since`; 0: it ended at `ended_at`, for `reason` (empty: it was told to). `restarts` since the server began."""

    pid: int = 0
    since: str = ""
    ended_at: str = ""
    reason: str = ""
    restarts: int = 0


def keep_crew(ledger: Ledger, crew: Crew | None) -> None:
    """Write it down; None: the server that runs now has no such process."""
    ledger.settings.put(CREW_KEY, asdict(crew) if crew is not None else {})


def crew_of(ledger: Ledger) -> Crew | None:
    """What was written last; None where the server has no workers in a process of their own."""
    kept = ledger.settings.get(CREW_KEY, {})
    if not isinstance(kept, dict) or not kept:
        return None
    return Crew(**{name: kept[name] for name in Crew.__slots__ if name in kept})
