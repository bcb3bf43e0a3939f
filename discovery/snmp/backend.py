"""The narrow door to SNMP libraries: what a backend must be able to do, and the errors it may raise.

A backend sends requests and gets replies; every judgement (smaller requests, giving up, budgets) is the session's (`session.py`).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from cmdb.errors import Refused, TimedOut, Unreadable
from discovery.snmp.values import Value

Bind: TypeAlias = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one reply brought of one column: binds below `root`, in the agent's order; `done` when the column has ended for sure."""

    root: str
    binds: Sequence[Bind]
    done: bool


class NoAnswer(TimedOut):
    """No reply to a request, nor to its repetitions."""


class Garbled(Unreadable):
    """A reply that cannot be decoded, or that is longer than the library can take."""


class TooBig(Unreadable):
    """The agent cannot put the answer into one message: ask for less."""


class AgentError(Unreadable):
    """The agent answered with an error status (genErr, …)."""


class NoAccess(Refused):
    """The agent does not show this object to this credential (noAccess, authorizationError)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the agent listens. `address` is an IP address, never a name."""

    address: str
    port: int = 161


@dataclass(slots=True)
class Timing:
    """How long to wait. `deadline` is a point on `clock`; requests are `gap_s` apart at least, to spare weak devices."""

    timeout_s: float = 2.0
    retries: int = 1
    gap_s: float = 0.0
    deadline: float = float("inf")
    clock: Callable[[], float] = time.monotonic
    hurried: bool = False  # no repetitions: the same question was not answered just before

    def remaining(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - self.clock()

    def waits(self) -> list[float]:
        """Seconds to wait for the reply to each sending of one request: doubled each time, none past the deadline."""
        left, waits = self.remaining(), []
        for turn in range(1 if self.hurried else self.retries + 1):
            wait = min(self.timeout_s * 2**turn, left)
            if wait <= 0.01:
                break
            waits.append(wait)
            left -= wait
        return waits


class SnmpBackend(Protocol):
    """One agent, one credential, one library. OIDs are text without a leading dot. Not for use by two tasks at once.

    Every method may raise NoAnswer, Garbled, TooBig, AgentError, NoAccess, and at the first use Unreachable, Refused or AuthFailed.
    """

    name: str
    requests: int

    @property
    def engine_id(self) -> bytes:
        """The agent's engine id where the protocol version tells it (v3), else empty."""

    async def open(self) -> None:
        """Prepare, and discover the engine (v3). Sends nothing for v1 and v2c."""

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Values of those that exist, by one request."""

    async def next_of(self, oids: Sequence[str]) -> list[Bind | None]:
        """For each OID what follows it anywhere in the agent's view; None at the end of it. One request where the library can."""

    def walk(self, roots: Sequence[str], *, repetitions: int, after: str = "") -> AsyncIterator[Chunk]:
        """Everything below the roots; each root ends with a chunk that is `done`. `after` (one root only) is where to go on, if
        `can_resume`; and then 0 repetitions ask by GETNEXT. v1 always does."""

    @property
    def can_resume(self) -> bool:
        """Whether `walk` understands `after`."""

    async def close(self) -> None:
        """Give back sockets; never raises."""
