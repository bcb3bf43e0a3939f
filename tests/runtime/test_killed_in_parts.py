"""A worker process that is killed (SIGKILL) in the middle of a large observation: the next goes on, and nothing can tell the difference."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.intake import submit_observation
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Source
from cmdb.runtime import intake_work, large
from cmdb.runtime.house import House
from cmdb.store import Ledger
from cmdb.store import intake as store_intake
from reconciliation import batches, reconcile
from tests.conftest import empty
from tests.reconciliation.conftest import START, catalogue
from tests.reconciliation.dump import dump
from tests.reconciliation.test_many_at_once import Where, reached

__all__ = ["catalogue", "reached"]
SERVERS, SIZE = 240, 40
WHOLE = SERVERS * 2 + 20
pytestmark = [pytest.mark.timeout(400), pytest.mark.slow]


def _all() -> Observation:
    """Servers with a port each, and services that stand on them: parts of it name items of others."""
    items: list[Item] = []
    for n in range(SERVERS):
        items.append(Item(f"s{n}", "server", (Identifier("serial", f"KILL{n:05}"), Identifier("hostname", f"k{n}")), {"name": f"k{n}"}))
        items.append(Item(f"p{n}", "interface", (Identifier("if_name", "eth0"),), {"mtu": 1500}, parent=f"s{n}"))
    items += [Item(f"v{n}", "service", (Identifier("name", f"Service {n}"),), {"name": f"Service {n}"}) for n in range(20)]
    needs = tuple(Relation("depends_on", f"v{n % 20}", f"s{n}") for n in range(0, SERVERS, 3))
    looked = tuple(Coverage(f"s{n}", "interfaces", "complete") for n in range(SERVERS))
    return Observation("all", Source("import", "all.csv"), START, tuple(items), needs, looked)


def work(where: Where, data: str) -> None:
    """A worker of its own process, with parts of `SIZE` and leases that end soon."""
    _small()
    intake_work.LEASE_S = 1.0  # type: ignore[attr-defined]
    engine, url, user, password = where
    with Graph.connect(url, user, password, engine=engine) as graph, Ledger(Path(data) / "ledger.db") as ledger:
        house = House(Settings(data=Path(data)), graph, None, ledger, Catalogue.load())
        while ledger.intake.counts()["done"] == 0:
            intake_work.work_off(house)
            time.sleep(0.05)


def _small() -> None:
    batches.LARGEST = large.LARGEST = SIZE  # type: ignore[attr-defined]
    store_intake._SMALL = SIZE


@pytest.fixture
def _parts_as_before() -> Iterator[None]:
    """This process puts the size of parts back."""
    before = batches.LARGEST, store_intake._SMALL
    yield
    batches.LARGEST = large.LARGEST = before[0]  # type: ignore[attr-defined]
    store_intake._SMALL = before[1]


@pytest.mark.usefixtures("_parts_as_before")
def test_killed_twice_and_done_by_the_third(reached: tuple[Graph, Where], tmp_path: Path, catalogue: Catalogue) -> None:
    graph, where = reached
    _small()
    with Ledger(tmp_path / "ledger.db") as ledger:
        intake = ledger.intake
        entry = submit_observation(ledger, _all(), actor="ada")
        spawn, seen = multiprocessing.get_context("spawn"), []
        for least in (1, WHOLE // 2, 10 * WHOLE):
            worker = spawn.Process(target=work, args=(where, str(tmp_path)))
            worker.start()
            while worker.is_alive() and (intake.progress(intake.get(entry)) or {"items": 0})["items"] < least:
                time.sleep(0.02)
            seen.append((intake.progress(intake.get(entry)) or {"items": WHOLE})["items"])
            worker.kill()
            worker.join(60)
        found = intake.get(entry)
        assert found.state == "done", found.reason
        assert 0 < seen[0] < WHOLE, "it was killed in the middle"
        assert seen[0] <= seen[1] <= WHOLE
        told: dict[str, Any] = dict(found.result or {})
        assert {item["outcome"] for item in told["items"]} <= {"new", "match"}
        assert (len(told["items"]), list(intake.parts(entry))) == (WHOLE, [])
    resumed = dump(graph)
    empty(graph)
    reconcile(graph, catalogue, replace(_all(), id="again"))
    whole = dump(graph)
    assert resumed == whole
    assert [len(rows) for rows in whole] == [WHOLE, SERVERS + SERVERS // 3, WHOLE]
