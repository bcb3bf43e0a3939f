"""The error vocabulary of the house. It knows neither HTTP nor Cypher; `web.errors` and the CLI map it outward."""

from __future__ import annotations


class CmdbError(Exception):
    """Something a person can be told. `message` is a whole sentence; `field` names the input at fault, if any."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(CmdbError):
    """The input cannot be accepted; the message names the field and the fix."""


class NotFound(CmdbError):
    """The thing asked for does not exist (or may not be seen by who asks)."""


class Conflict(CmdbError):
    """Somebody else was first, or the thing changed since it was read."""


class NotAllowed(CmdbError):
    """The person or token lacks the right."""


class Busy(CmdbError):
    """A folder, port or lock that is needed is held by another process."""


class StoreUnavailable(CmdbError):
    """The ledger cannot be read or written (disk full, not writable, damaged, newer schema); nothing was stored."""


class SecretUnreadable(CmdbError):
    """A sealed credential does not open: the key is another one or missing, or the row was edited."""


class GraphError(CmdbError):
    """Base of what the graph engine can answer instead of rows."""


class GraphUnavailable(GraphError):
    """The engine cannot be reached; the same call may succeed later."""


class GraphConflict(GraphError, Conflict):
    """Concurrent writers collided and the driver's own retries did not help; gather again."""


class GraphConstraint(GraphError, Conflict):
    """A uniqueness constraint refused the write: somebody else created it first; gather again."""


class GraphTimeout(GraphError):
    """The query passed its time limit and was stopped."""


class DiscoveryError(CmdbError):
    """A target could not be looked at. Always a result of that target, never the end of a run."""


class Unreachable(DiscoveryError):
    """No answer at that address and port."""


class Refused(DiscoveryError):
    """The target answered, and said no (port closed, host key unknown, not permitted)."""


class AuthFailed(DiscoveryError):
    """The target does not accept the credential."""


class TimedOut(DiscoveryError):
    """The target answered at first and did not finish in its time."""


class Unreadable(DiscoveryError):
    """The target answered something that cannot be understood."""
