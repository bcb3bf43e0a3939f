"""The door that every observation passes: kept for good first, applied by a worker later; and what there is to know of that line."""

from __future__ import annotations

from cmdb.intake.retention import Cleaned, Retention, clean_up, retention, set_retention
from cmdb.intake.submit import OBSERVATION, observation_of, subject_of, submit_observation
from cmdb.intake.summary import Summary, summary

__all__ = [
    "OBSERVATION",
    "Cleaned",
    "Retention",
    "Summary",
    "clean_up",
    "observation_of",
    "retention",
    "set_retention",
    "subject_of",
    "submit_observation",
    "summary",
]
