"""An open house over a test engine, and its workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.runtime import touched
from cmdb.runtime.house import House
from cmdb.runtime.workers import Workers
from tests.discovery.ssh.sshd import Sshd
from tests.ready import ready_ledger

_shipped = cache(Catalogue.load)


@pytest.fixture
def house(tmp_path: Path, graph: Graph) -> Iterator[House]:
    """Everything open, nobody working."""
    with ready_ledger(tmp_path / "ledger.db") as ledger:
        opened = House(Settings(data=tmp_path), graph, None, ledger, _shipped())
        touched.waiting(opened).take()  # the graph's engine serves the whole session: what another test left is gone with its CIs
        yield opened


@pytest.fixture
def working(house: House) -> Iterator[House]:
    """The house with workers, without its clock."""
    workers = Workers(house, count=2, with_clock=False)
    workers.start()
    yield house
    workers.stop()


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """One real SSH server."""
    server = Sshd(tmp_path / "sshd")
    yield server.start()
    server.stop()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
