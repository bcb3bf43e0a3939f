"""Reading sections, and remembering for each part of the coverage how well that went."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from cmdb.errors import Unreadable
from cmdb.model.observation import CoverageState
from discovery.linux.transcript import Section, Transcript

T = TypeVar("T")
_GRAVITY: Mapping[CoverageState, int] = {"complete": 0, "partial": 1, "not_looked": 2, "refused": 3, "failed": 4}


class Reader:
    """One host's transcript, and `coverage`: part → state and reason.

    Each part gets the worst of what happened to it: a section that timed out, a command not permitted, output that could not be read.
    Only what was really looked at completely is `complete`. `without` are the sections that were left out on purpose.
    """

    def __init__(self, transcript: Transcript, without: Collection[str] = ()) -> None:
        self.transcript = transcript
        self._without = without
        self.coverage: dict[str, tuple[CoverageState, str]] = {}

    def section(self, name: str) -> Section:
        """That section as it arrived."""
        return self.transcript.section(name)

    def state(self, part: str) -> CoverageState:
        """How well that part was looked at, so far."""
        return self.coverage.get(part, ("not_looked", ""))[0]

    def note(self, part: str, state: CoverageState, reason: str = "") -> None:
        """Add a word on a part; the worst state counts, all reasons are kept."""
        known, told = self.coverage.get(part, ("complete", ""))
        worst = state if _GRAVITY[state] > _GRAVITY[known] else known
        reasons = [told, reason] if reason and reason not in told else [told]
        self.coverage[part] = (worst, "; ".join(filter(None, reasons))[:500])

    def arrival(self, name: str) -> tuple[CoverageState, str]:
        """How a section arrived, and why not whole."""
        section = self.transcript.section(name)
        if name in self._without:
            return "not_looked", f"the section {name} was left out on request"
        if section.state == "timed_out":
            return "partial" if section.commands else "failed", f"the section {name} timed out on the host"
        if section.state == "truncated":
            return "failed", f"the section {name} was longer than can be read"
        if section.state == "lost":
            return "failed", f"the conversation ended before the end of the section {name}"
        return "complete", ""

    def read(self, part: str, name: str, parse: Callable[[Section], T], default: T) -> T:
        """The section's facts, or `default` where it did not arrive or cannot be understood; the part's coverage says which."""
        section = self.transcript.section(name)
        state, reason = self.arrival(name)
        self.note(part, state, reason)
        if state != "complete" and not section.commands:
            return default
        try:
            return parse(section)
        except Unreadable as error:
            self.note(part, "failed", f"the section {name} could not be read: {error.message}")
            return default
