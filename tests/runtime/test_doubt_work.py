"""A source of many records is distrusted and trusted by jobs: foreseen, cancelled before they write, and killed anywhere, they go on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmdb.config import Settings
from cmdb.errors import Conflict
from cmdb.graph.door import Graph
from cmdb.intake import submit_observation
from cmdb.intake.doubts import DOUBT, FORESEE, none_under_way, ordered_later, under_way
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.runtime import chores
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.jobs_work import do_job
from cmdb.runtime.replay import replay
from cmdb.store import Job, Ledger
from cmdb.store.intake import Intake
from cmdb.store.jobs import Jobs
from reconciliation import distrust
from reconciliation.orders import LOOKS
from tests.conftest import empty
from tests.reconciliation.conftest import catalogue, observed
from tests.reconciliation.dump import dump
from tests.reconciliation.test_splitting import LOOKED, machine

__all__ = ["catalogue", "observed"]
Maker = Callable[..., Observation]
OCS = {"source": "agent:ocs", "subject": "", "by": "ada", "reason": "a broken collector"}


class Died(BaseException):
    """Stands for kill -9: nothing catches it."""


@pytest.fixture
def house(tmp_path: Path, embedded_graph: Graph) -> Iterator[House]:
    """On the embedded engine: what of it depends on the engine, tests/reconciliation/test_distrust*.py try on both."""
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield House(Settings(data=tmp_path), embedded_graph, None, ledger, Catalogue.load())


@pytest.fixture
def world(house: House, observed: Maker, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three machines of OCS, one of which SSH knows too, and two things that only an answer of OCS shows to be one; the last entry's id."""
    chores.install()
    monkeypatch.setattr(distrust, "BATCH", 2)
    for n in (1, 2, 3):
        _in(house, observed(machine(n, ("eth0",), os_version="11"), coverage=LOOKED, software={"pc": [("bash", f"5.{n}")]}, minute=n))
    _in(house, observed(machine(1, (), os_version="12"), source="ssh:scan", minute=5))
    _in(house, observed([("a", "server", {"serial": "S7654321"}, {"name": "a"})], source="import:list", minute=6))
    _in(house, observed([("b", "device", {"mac": "00:1b:21:00:00:77"}, {"vendor": "Intel"})], source="snmp:sw", minute=7))
    both = {"serial": "S7654321", "mac": "00:1b:21:00:00:77"}
    return _in(house, observed([("c", "server", both, {"os_name": "Debian"}), *machine(2, ("eth7",))], coverage=LOOKED, minute=8))


def _in(house: House, observation: Observation) -> str:
    entry = submit_observation(house.ledger, observation, actor="ada")
    work_off(house)
    return entry


def _claimed(house: House, kind: str = DOUBT) -> Job:
    job = house.ledger.jobs.claim([kind], 60)
    assert job is not None
    return job


def _done(house: House, name: str, args: dict[str, Any], *, apply: bool = True) -> Job:
    job = ordered_later(house.ledger, name, args, apply=apply)
    do_job(house, _claimed(house, DOUBT if apply else FORESEE), threading.Event())
    return house.ledger.jobs.get(job)


def _things(graph: Graph) -> int:
    return int(graph.read("MATCH (c:CI) WHERE c.class <> 'interface' RETURN count(c) AS n")[0]["n"])


@pytest.mark.usefixtures("world")
def test_foreseen_and_done(house: House) -> None:
    """The dry run counts what the order then does; trusted again all is as it was; done once more it does the same once more."""
    before = dump(house.graph)
    seen = _done(house, "distrust", OCS, apply=False)
    assert (seen.state, seen.result["applied"], dump(house.graph) == before) == ("done", False, True)
    assert seen.result["counts"]["split"] >= 1
    assert (seen.progress or {})["done"] == (seen.progress or {})["total"]
    done = _done(house, "distrust", OCS)
    assert (done.state, done.result["counts"]) == ("done", seen.result["counts"])
    assert (_things(house.graph), dump(house.graph) == before) == (5, False)
    trusted = _done(house, "trust", {**OCS, "reason": "repaired"})
    assert (trusted.state, dump(house.graph)) == ("done", before)
    once_more = _done(house, "distrust", {**OCS, "reason": "broken again"})
    assert once_more.result["counts"] == done.result["counts"]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("what", ["source", "look"])
def test_killed_anywhere_it_goes_on(house: House, world: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before every write to graph or ledger: distrust and trust end as if they had never been interrupted, with one act each."""
    looks = {**OCS, "subject": f"look:{world}", "entries": [world]}
    name, args = ("distrust", OCS) if what == "source" else (LOOKS, looks)
    again = {**{key: args[key] for key in ("source", "subject", "by")}, "reason": "repaired"}
    before = dump(house.graph)
    whole = _done(house, name, args).result
    silent = dump(house.graph)
    _done(house, "trust", again)
    assert dump(house.graph) == before != silent
    died = rounds = 0
    number = 0
    while True:
        deaths = [_killed(house, name, args, number, monkeypatch)]
        assert dump(house.graph) == silent, f"killed before write {number}"
        deaths.append(_killed(house, "trust", again, number, monkeypatch))
        assert dump(house.graph) == before, f"killed before write {number}"
        assert house.graph.read("MATCH (d:Distrust) RETURN count(d) AS n") == [{"n": 0}]
        died, rounds = died + sum(deaths), rounds + 1
        if not any(deaths):
            break
        number += 1 if what == "source" else 3
    assert died >= (20 if what == "source" else 6)
    acts = [entry for entry in house.ledger.intake.list(None, 1000) if entry.kind == "act"]
    assert len(acts) == 2 * (rounds + 1)
    assert whole["counts"]["distrusted"] == 1


def _killed(house: House, name: str, args: dict[str, Any], number: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Carry it out, killed before write `number`; then by another worker to its end. Whether it came to that write."""
    job = ordered_later(house.ledger, name, args, apply=True)
    claimed, left, worker = _claimed(house), iter(range(number + 1)), threading.get_ident()

    def fatal(method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            if threading.get_ident() == worker and next(left, None) == number:
                raise Died
            return method(*given, **named)

        return called

    with monkeypatch.context() as patched:
        for owner, method in ((Graph, "writing"), (Graph, "write"), (Jobs, "heartbeat"), (Jobs, "finish"), (Intake, "keep_done")):
            patched.setattr(owner, method, fatal(getattr(owner, method)))
        try:
            do_job(house, claimed, threading.Event())
        except Died:
            pass
        else:
            return False
    house.ledger.jobs.release(claimed, "Its worker is gone.", delay_s=0)
    do_job(house, _claimed(house), threading.Event())
    assert house.ledger.jobs.get(job).state == "done", house.ledger.jobs.get(job).reason
    return True


@pytest.mark.usefixtures("world")
def test_cancelled_before_it_writes_and_not_after(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dump(house.graph)
    job = ordered_later(house.ledger, "distrust", OCS, apply=True)
    claimed = _claimed(house)
    assert house.ledger.jobs.cancel(job) == 1
    do_job(house, claimed, threading.Event())
    assert (house.ledger.jobs.get(job).state, dump(house.graph)) == ("cancelled", before)
    assert house.graph.read("MATCH (d:Distrust) RETURN count(d) AS n") == [{"n": 0}]
    job = ordered_later(house.ledger, "distrust", OCS, apply=True)
    claimed = _claimed(house)
    with monkeypatch.context() as patched:
        patched.setattr(Intake, "keep_done", _dies)
        with pytest.raises(Died):
            do_job(house, claimed, threading.Event())
    assert under_way(house.ledger, "distrust", OCS) == job
    assert under_way(house.ledger, "trust", OCS) == ""
    with pytest.raises(Conflict, match="begun to write"):
        house.ledger.jobs.cancel(job)
    with pytest.raises(Conflict, match=job):
        ordered_later(house.ledger, "trust", OCS, apply=True)
    with pytest.raises(Conflict, match=job):
        none_under_way(house.ledger)
    assert ordered_later(house.ledger, "distrust", OCS, apply=True) == job


def _dies(*_: Any, **__: Any) -> bool:
    raise Died


@pytest.mark.usefixtures("world")
def test_a_replay_gives_the_order_where_it_was_given(house: House, observed: Maker) -> None:
    """What the source said after it is silent in the replay, too."""
    _done(house, "distrust", OCS)
    _in(house, observed(machine(2, ("eth9",), os_version="99"), coverage=LOOKED, minute=20))
    after = dump(house.graph)
    empty(house.graph)
    done = replay(house.ledger, house.graph, house.catalogue)
    assert (done.failed, done.acts, dump(house.graph)) == ([], 1, after)


@pytest.mark.usefixtures("world")
def test_a_stopping_server_leaves_it_to_the_next(house: House) -> None:
    job = ordered_later(house.ledger, "distrust", OCS, apply=True)
    stopping = threading.Event()
    stopping.set()
    do_job(house, _claimed(house), stopping)
    assert house.ledger.jobs.get(job).state == "waiting"
    do_job(house, _claimed(house), threading.Event())
    assert house.ledger.jobs.get(job).state == "done"
