"""A catalogue, and observations in few words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.model.observation_json import from_json

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


@pytest.fixture
def observed(catalogue: Catalogue) -> Callable[..., Observation]:
    """`observed(items, relations, coverage, source="agent:ocs", minute=0)`; items as (ref, class, {identifiers}, {attributes}, parent)."""

    def make(
        items: list[tuple[Any, ...]],
        relations: list[tuple[str, str, str]] | None = None,
        coverage: list[tuple[str, str, str]] | None = None,
        *,
        source: str = "agent:ocs",
        minute: int = 0,
        software: dict[str, list[tuple[str, str]]] | None = None,
    ) -> Observation:
        kind, _, name = source.partition(":")
        rows = []
        for ref, cls, identifiers, *rest in items:
            row: dict[str, Any] = {"ref": ref, "class": cls, "identifiers": [_identifier(k, v) for k, v in identifiers.items()]}
            if rest:
                row["attributes"] = rest[0]
            if len(rest) > 1:
                row["parent"] = rest[1]
            if software and ref in software:
                row["software"] = [{"name": n, "version": v} for n, v in software[ref]]
            rows.append(row)
        data = {
            "source": {"kind": kind, "name": name},
            "observed_at": (START + timedelta(minutes=minute)).isoformat(),
            "items": rows,
            "relations": [{"type": t, "from": a, "to": b} for t, a, b in relations or ()],
            "coverage": [{"item": i, "part": p, "state": s} for i, p, s in coverage or ()],
        }
        return from_json(data, catalogue, now=START + timedelta(days=30))

    return make


def _identifier(kind: str, value: str) -> dict[str, str]:
    value, _, scope = value.partition("@@")
    return {"kind": kind, "value": value, "scope": scope} if scope else {"kind": kind, "value": value}
