"""What became of one target of a scan. A failure is a result, never the end of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cmdb.errors import AuthFailed, CmdbError, DiscoveryError, Refused, TimedOut, Unreachable, Unreadable
from cmdb.model.observation import Observation
from discovery.targets import Target

Outcome = Literal["ok", "unreachable", "refused", "credentials_failed", "timed_out", "unreadable", "error"]
"""`ok`: an observation. The others are the answers of `cmdb.errors`; `error` is a bug or a setting of ours, not the target's doing."""

OUTCOMES: tuple[Outcome, ...] = ("ok", "unreachable", "refused", "credentials_failed", "timed_out", "unreadable", "error")

_OUTCOME_OF: tuple[tuple[type[DiscoveryError], Outcome], ...] = (
    (Unreachable, "unreachable"),
    (Refused, "refused"),
    (AuthFailed, "credentials_failed"),
    (TimedOut, "timed_out"),
    (Unreadable, "unreadable"),
)


@dataclass(frozen=True, slots=True)
class HostResult:
    """`observation` is there exactly when the outcome is `ok`. `reason` is a sentence for people (for `ok`: what could not be seen).

    `error` is the discovery error behind a failure, for callers that need more of it (a host key that waits for approval).
    """

    target: Target
    outcome: Outcome
    reason: str = ""
    observation: Observation | None = None
    error: CmdbError | None = None
    seconds: float = 0.0


def success(target: Target, observation: Observation, seconds: float) -> HostResult:
    """The result of a look that gave an observation; parts that failed or were refused are named in the reason."""
    gaps = [f"{one.part}: {one.reason or one.state}" for one in observation.coverage if one.state in ("failed", "refused")]
    return HostResult(target, "ok", "; ".join(gaps)[:1000], observation, None, seconds)


def failure(target: Target, error: Exception, seconds: float) -> HostResult:
    """The result of a look that raised. Of an unexpected exception only the type's name is kept: its text may hold anything."""
    for kind, outcome in _OUTCOME_OF:
        if isinstance(error, kind):
            return HostResult(target, outcome, error.message, None, error, seconds)
    if isinstance(error, CmdbError):
        return HostResult(target, "error", error.message, None, error, seconds)
    return HostResult(target, "error", f"Unexpected {type(error).__name__}; this is a fault of Moorings.", None, None, seconds)
