"""Endpoints as sources report them, through the real door: reconcile, then evaluate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cmdb.compliance.policy import Policy, shipped
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from reconciliation import reconcile

FIRST_EIGHT = (
    "antimalware-on",
    "antimalware-present",
    "disk-encryption",
    "firewall-on",
    "os-supported",
    "owner-known",
    "reported-recently",
    "signatures-fresh",
)
"""Policies most tests judge by: the first ones; the others have tests of their own."""
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Report = Callable[..., str]


def few() -> tuple[Policy, ...]:
    """The first eight of the shipped policies."""
    return tuple(policy for policy in shipped() if policy.id in FIRST_EIGHT)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


@pytest.fixture
def reporter(catalogue: Catalogue) -> Callable[..., str]:
    """`reporter(graph, serial, source=, days=age, cls=, coverage={part: (state, reason)}, **attributes)` gives the CI's id."""

    def report(
        graph: Graph,
        serial: str,
        source: str = "agent:glpi",
        *,
        days: float = 0,
        cls: str = "laptop",
        coverage: dict[str, tuple[str, str]] | None = None,
        relations: list[tuple[str, str, str]] | None = None,
        **attributes: Any,
    ) -> str:
        kind, _, name = source.partition(":")
        items = [{"ref": "pc", "class": cls, "identifiers": [{"kind": "serial", "value": serial}], "attributes": attributes}]
        made = []
        for number, (relation, other, called) in enumerate(relations or ()):
            items.append(
                {"ref": f"o{number}", "class": other, "identifiers": [{"kind": "name", "value": called}], "attributes": {"name": called}}
            )
            made.append({"type": relation, "from": "pc", "to": f"o{number}"})
        observation = from_json(
            {
                "source": {"kind": kind, "name": name},
                "observed_at": (NOW - timedelta(days=days)).isoformat(),
                "items": items,
                "relations": made,
                "coverage": [{"item": "pc", "part": p, "state": s, "reason": r} for p, (s, r) in (coverage or {}).items()],
            },
            catalogue,
            now=NOW + timedelta(days=1 + max(0.0, -days)),
        )
        return next(str(one.ci) for one in reconcile(graph, catalogue, observation).resolved if one.ref == "pc")

    return report
