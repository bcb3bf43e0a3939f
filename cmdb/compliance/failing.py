"""Since when each policy fails on one endpoint, without a break and over all editions of its text."""

from __future__ import annotations

from cmdb.compliance.past import failing_since
from cmdb.compliance.report import EndpointReport


def failing_of(found: EndpointReport | None) -> dict[str, str]:
    """Policy → since when it fails (ISO text); those that do not fail are left out."""
    if found is None:
        return {}
    rows = ({"policy": one.policy.id, "state": one.state, "since": one.since} for one in found.results)
    return {row["policy"]: since for row in rows if (since := failing_since(row, found.past))}
