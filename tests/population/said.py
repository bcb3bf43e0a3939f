"""What was said: an observation, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmdb.model.observation import Observation


@dataclass(frozen=True, slots=True)
class Said:
    """One observation, and what each of its refs truly is. Refs that are not in `truth` are not counted."""

    observation: Observation
    truth: dict[str, str] = field(default_factory=dict)
