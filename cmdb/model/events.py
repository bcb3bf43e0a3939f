"""An event of the history for what became different by no observation: by the clock, or by a person's order. Pure."""

from __future__ import annotations

from typing import Any

import orjson

from cmdb.model.change import Change
from cmdb.model.ids import uuid7


def event_of(change: Change, at: str, by: str, source: str = "") -> dict[str, Any]:
    """The properties of the event that tells this one change. `at`: ISO text; `source`: who did it, where it is not the change's own."""
    return {
        "id": uuid7(), "ci": change.ci, "kind": change.kind, "at": at, "recorded_at": at, "source": source or change.source, "actor": by,
        "reason": change.reason, "observation": "", "changes": orjson.dumps([change.to_json()]).decode(), "count": 1,
    }  # fmt: skip
