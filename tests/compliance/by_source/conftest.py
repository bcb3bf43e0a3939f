"""Reads recordings; a site with its doors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.runtime.house import House
from cmdb.store import Ledger
from tests.agent.conftest import recording
from tests.compliance.by_source.site import NOW, Site

__all__ = ["recording"]


@pytest.fixture
def site(embedded_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A house with its doors, at a fixed time. One engine: what is asked here is what sources say."""
    monkeypatch.setattr("web.agent.desk.now", lambda: NOW)
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield Site(House(Settings(data=tmp_path), embedded_graph, None, ledger, Catalogue.load()))
