"""A large observation is applied in parts: people see how far it is, and after a crash it goes on where it was, with one result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cmdb.graph.door import Graph
from cmdb.intake import submit_observation
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from cmdb.runtime import intake_work, large
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.store import intake as store_intake
from reconciliation import batches, parts
from reconciliation.reconcile import reconcile_batch
from tests.conftest import empty
from tests.reconciliation.dump import dump

SIZE = 20


class Killed(BaseException):
    """As a kill -9: nothing is settled, nothing is caught."""


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 20, and leases that end soon."""
    monkeypatch.setattr(batches, "LARGEST", SIZE)
    monkeypatch.setattr(large, "LARGEST", SIZE)
    monkeypatch.setattr(store_intake, "_SMALL", SIZE)


def _hundred() -> Observation:
    """A hundred servers, each with a service that stands on the next one: relations cross the parts."""
    servers = [Item(f"s{n}", "server", (Identifier("serial", f"SRV{n:05}"),), {"name": f"s{n}"}) for n in range(100)]
    services = [Item(f"p{n}", "service", (Identifier("name", f"P{n:03}"),), {"name": f"P{n:03}"}) for n in range(10)]
    relations = tuple(Relation("depends_on", f"p{n}", f"s{n * 7}") for n in range(10))
    return Observation("large", Source("import", "all.csv"), datetime(2026, 11, 1, tzinfo=UTC), (*servers, *services), relations)


def _dies_after(monkeypatch: pytest.MonkeyPatch, count: int) -> list[Any]:
    done: list[Any] = []

    def counted(graph: Graph, catalogue: Catalogue, batch: Observation, *, again: bool = False) -> Any:
        if len(done) == count:
            raise Killed
        done.append(batch)
        return reconcile_batch(graph, catalogue, batch, again=again)

    monkeypatch.setattr(parts, "reconcile_batch", counted)
    return done


def test_it_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after three of seven parts: three are told and not done again, and the result is that of one go."""
    monkeypatch.setattr(intake_work, "LEASE_S", 0.05)
    intake = house.ledger.intake
    entry = submit_observation(house.ledger, _hundred(), actor="ada")
    _dies_after(monkeypatch, 3)
    with pytest.raises(Killed):
        work_off(house)
    found = intake.get(entry)
    assert (found.state, intake.progress(found)) == (
        "running",
        {"items": 60, "of_items": 110, "relations": 0, "of_relations": 10},
    )
    assert house.graph.read("MATCH (c:Server) RETURN count(c) AS n") == [{"n": 60}]
    done = _dies_after(monkeypatch, 99)
    while intake.get(entry).state != "done":
        work_off(house)
    assert len(done) == 4
    assert {item.ref for item in done[0].items} == {f"s{n}" for n in range(60, 80)}
    found = intake.get(entry)
    result = found.result or {}
    assert result["counts"]["ci_created"] == 110
    assert (len(result["items"]), {item["outcome"] for item in result["items"]}) == (110, {"new"})
    assert (intake.progress(found), list(intake.parts(entry))) == (None, [])
    resumed = dump(house.graph)
    empty(house.graph)
    submit_observation(house.ledger, _hundred(), actor="ada")
    work_off(house)
    assert dump(house.graph) == resumed


def test_another_size_begins_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that deals otherwise does all of it once more; nothing is twice."""
    monkeypatch.setattr(intake_work, "LEASE_S", 0.05)
    entry = submit_observation(house.ledger, _hundred(), actor="ada")
    _dies_after(monkeypatch, 2)
    with pytest.raises(Killed):
        work_off(house)
    monkeypatch.setattr(batches, "LARGEST", 50)
    monkeypatch.setattr(large, "LARGEST", 50)
    _dies_after(monkeypatch, 99)
    while house.ledger.intake.get(entry).state != "done":
        work_off(house)
    assert house.graph.read("MATCH (c:Server) RETURN count(c) AS n") == [{"n": 100}]
    assert len((house.ledger.intake.get(entry).result or {})["items"]) == 110
