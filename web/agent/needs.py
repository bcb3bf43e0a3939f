"""What the agent door needs of the house. `web.services.Services` fits, and so does anything smaller with a ledger."""

from __future__ import annotations

from typing import Protocol

from cmdb.store import Ledger


class AgentServices(Protocol):
    """A ledger is enough: reports are taken in while the graph engine is away."""

    @property
    def ledger(self) -> Ledger:
        """Tokens, intake, settings and refusals."""
