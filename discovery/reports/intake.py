"""An accepted report out of the ledger's intake, as the Observation the worker hands to reconciliation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cmdb.errors import Invalid
from cmdb.model.observation import Observation
from cmdb.model.times import from_text
from discovery.reports.observe import Circumstances, observe
from discovery.reports.report import Report
from discovery.reports.sections.system import NO_BOOT_TIME

KIND = "agent-report"
"""The kind under which the agent door accepts reports."""


def observation_from_entry(kind: str, body: bytes, meta: Mapping[str, Any]) -> Observation:
    """The Observation of one accepted body.

    `meta` is what the door wrote (received_at, site, ownership, cls …); `meta["id"]`, if the worker adds the entry's id, becomes the
    Observation's. Raises Invalid for another kind or a body that is no stored report.
    """
    if kind != KIND:
        raise Invalid(f"A body of kind {kind!r} is no agent report.", field="kind")
    return observe(
        Report.from_bytes(body),
        Circumstances(
            received_at=_time(meta.get("received_at")),
            site=_text(meta, "site"),
            ownership=_text(meta, "ownership"),
            cls=_text(meta, "cls"),
            id=_text(meta, "id"),
            platform=_text(meta, "platform"),
            observed_at=_time(meta["observed_at"]) if meta.get("observed_at") else None,
        ),
    )


def is_steady(observation: Observation) -> bool:
    """Whether the same body makes the same observation at any later time: a boot time in the future comes to count one day."""
    return not any(look.reason == NO_BOOT_TIME for look in observation.coverage)


def _text(meta: Mapping[str, Any], name: str) -> str:
    value = meta.get(name)
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, str):
        return from_text(value)
    raise Invalid("The entry does not say when the report was received.", field="received_at")
