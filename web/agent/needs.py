"""What the agent door needs of the house. `web.services.Services` fits, and so does anything smaller with a ledger."""

from __future__ import annotations

from typing import Protocol

from cmdb.store import Ledger
from discovery.reports.message import Headers
from discovery.reports.reply import Reply


class AgentServices(Protocol):
    """A ledger is enough: reports are taken in while the graph engine is away."""

    @property
    def ledger(self) -> Ledger:
        """Tokens, intake, settings and refusals."""


class Enrolment(Protocol):
    """What an enrolment token says of whoever reports by it (`cmdb.store.AgentToken`)."""

    @property
    def id(self) -> str:
        """The token's number; never its secret."""

    @property
    def site(self) -> str:
        """Where its devices are; may be empty."""

    @property
    def ownership(self) -> str:
        """Whose its devices are; may be empty."""


class Reader(Protocol):
    """Who reads inventories for this door."""

    def take(self, data: bytes, headers: Headers, token: Enrolment) -> Reply | None:
        """Read and keep one, durable on return, and give the agent's answer. None: nothing is known of it, so do all of it yourself."""
