"""A switch of rules in a large house: foreseen and done as jobs; joins and parts asked about or done; killed in between, it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmdb.graph import reviews
from cmdb.intake import submit_observation
from cmdb.model.observation import Observation
from cmdb.runtime import chores
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.jobs_work import do_job
from cmdb.runtime.replay import Replayed, replay
from cmdb.runtime.rules_work import CHECK, USE, use_job
from cmdb.store import Job
from reconciliation import answer, reconcile, rules
from reconciliation.rules_folder import RulesFolder
from tests.conftest import empty
from tests.reconciliation.conftest import catalogue, observed
from tests.reconciliation.dump import dump

__all__ = ["catalogue", "observed"]
Maker = Callable[..., Observation]
NAMES = {"a.yaml": "version: 2\nname: Names\nentries: {device: [{name: by name, all: [hostname]}]}"}
NO_SERIAL = {"a.yaml": "version: 3\nname: Bare\nstrengths: {server: {serial: none}}"}


@pytest.fixture
def keeper(house: House, tmp_path: Path) -> Iterator[RulesFolder]:
    """The house's rules, the shipped ones in force."""
    chores.install()
    found = RulesFolder(house.catalogue, tmp_path / "rules")
    with rules.in_house(found):
        yield found


def _two(house: House, observed: Maker) -> list[str]:
    first = observed([("a", "laptop", {"hostname": "nb-1", "agent_id": "agent-1"})])
    other = [("b", "laptop", {"hostname": "nb-1", "serial": "PC0BBBB2", "mac": "00:1b:21:00:00:02", "machine_id": "4f1d0b2c9a8e7f60"})]
    second = observed(other, source="ssh:scan", minute=1)
    return [reconcile(house.graph, house.catalogue, one).resolved[0].ci for one in (first, second)]


def _done(house: House, kind: str, args: dict[str, Any]) -> Job:
    job = house.ledger.jobs.enqueue(kind, args)
    claimed = house.ledger.jobs.claim([kind], 60)
    assert claimed is not None
    do_job(house, claimed, threading.Event())
    return house.ledger.jobs.get(job)


def _laptops(house: House) -> list[str]:
    return sorted(str(row["id"]) for row in house.graph.read("MATCH (c:Laptop) RETURN c.id AS id"))


def test_a_look_is_kept_and_joins_are_asked_about(house: House, observed: Maker, keeper: RulesFolder) -> None:
    """The question shows the evidence of the new set; asked again it is still one; its answer joins."""
    ids = _two(house, observed)
    looked = _done(house, CHECK, {"files": NAMES})
    assert looked.state == "done"
    assert looked.result["counts"]["joins"] == 1
    assert (looked.progress or {})["step"] == "looked at"
    args = {"files": NAMES, "by": "ada", "reason": "names are unique here", "way": "ask"}
    used = _done(house, USE, args)
    assert (used.result["followed"]["asked"], keeper.rules.name) == (1, "Names")
    asked = reviews.get(house.graph, str(reviews.listed(house.graph)[0]["id"]))
    assert (asked["kind"], [str(c["id"]) for c in asked["candidates"]]) == ("double", sorted(ids))
    assert "by the rules" in asked["rule"]
    assert {e["kind"] for c in asked["verdict"]["candidates"] for e in c["evidence"]} == {"hostname"}
    assert _done(house, USE, args).result["followed"]["asked"] == 1
    assert reviews.count_open(house.graph) == 1
    answer(house.graph, house.catalogue, asked["id"], "same", min(ids), by="ada", reason="it is")
    assert _laptops(house) == [min(ids)]


def test_joins_are_carried_out_once(house: House, observed: Maker, keeper: RulesFolder) -> None:
    """Killed after the switch: the job goes on with what the old set and the new one say, and joins what is not joined yet."""
    ids = _two(house, observed)
    keeper.use(NAMES, by="ada", reason="names are unique here")
    args = {"files": NAMES, "by": "ada", "reason": "names are unique here", "way": "do"}
    used = _done(house, USE, args)
    assert used.result["followed"] == {"asked": 0, "joined": 1, "parted": 0, "left": [], "left_count": 0}
    assert _laptops(house) == [min(ids)]
    assert len(keeper.history()) == 2
    kept = [entry.meta.get("act") for entry in house.ledger.intake.list(None, 10, None)]
    assert kept == ["join"]
    assert _done(house, USE, args).result["followed"]["joined"] == 0


def test_parts_are_carried_out_and_an_undo_is_made_once(house: House, observed: Maker, keeper: RulesFolder) -> None:
    first = observed([("a", "server", {"serial": "CZ3401ABCD", "hostname": "db1", "mac": "00:1b:21:00:00:01"})])
    ci = reconcile(house.graph, house.catalogue, first).resolved[0].ci
    second = observed([("a", "server", {"serial": "CZ3401ABCD", "hostname": "db7", "agent_id": "x7"})], source="ssh:scan", minute=1)
    assert reconcile(house.graph, house.catalogue, second).resolved[0].ci == ci
    start = keeper.rules.label
    used = _done(house, USE, {"files": NO_SERIAL, "by": "ada", "reason": "cloned serials", "way": "do"})
    assert used.result["followed"]["parted"] == 1
    rows = house.graph.read("MATCH (c:Server) RETURN c.hostname AS name ORDER BY name")
    assert [row["name"] for row in rows] == ["db1", "db7"]
    order = {"undo": keeper.rules.label, "by": "ada", "reason": "no"}
    for _ in range(2):
        assert _done(house, USE, order).state == "done"
    assert (keeper.rules.label, len(keeper.history())) == (start, 3)


def test_what_is_stopped_goes_on_later(house: House, observed: Maker, keeper: RulesFolder) -> None:
    _two(house, observed)
    house.ledger.jobs.enqueue(USE, {"files": NAMES, "by": "ada", "reason": "x", "way": "ask"})
    claimed = house.ledger.jobs.claim([USE], 60)
    assert claimed is not None
    stopping = threading.Event()
    stopping.set()
    assert use_job(house, claimed, stopping) is None
    assert keeper.rules.name != "Names"


@pytest.mark.parametrize("way", ["wait", "do"])
def test_a_replay_across_a_switch_says_what_todays_rules_make(house: House, observed: Maker, keeper: RulesFolder, way: str) -> None:
    """What was one thing by the rules of then is two by today's, whatever was said after the switch; by those of then it is one again.

    A part that a person ordered is one in every replay: not needed by today's rules (the replay says so), done again by those of then.
    """
    shows: list[dict[str, Any]] = [{"hostname": "db1", "mac": "00:1b:21:00:00:01"}, {"hostname": "db7", "agent_id": "x7"}]
    for minute, more in enumerate(shows):
        seen = observed([("a", "server", {"serial": "CZ3401ABCD", **more})], source=f"ssh:{minute}", minute=minute)
        submit_observation(house.ledger, seen, actor="scan")
    work_off(house)
    assert _servers(house) == 1
    _done(house, USE, {"files": NO_SERIAL, "by": "ada", "reason": "cloned serials", "way": way})
    assert _servers(house) == (1 if way == "wait" else 2)
    submit_observation(house.ledger, observed([("a", "server", shows[0], {"os_name": "Debian"})], source="ssh:0", minute=9), actor="scan")
    work_off(house)
    there = dump(house.graph)
    by_today = _replayed(house)
    assert (_servers(house), by_today.observations, len(by_today.failed)) == (2, 3, 0 if way == "wait" else 1)
    assert [values for values in by_today.pairs.values() if len(values) == 2]
    if way == "do":
        assert "No source speaks of" in by_today.failed[0][1]
        assert dump(house.graph)[0] == there[0]
    serials = house.graph.read("MATCH (c:Server) RETURN c.serial AS serial")
    assert serials == [{"serial": "CZ3401ABCD"}] * 2, "what is no identity any more is shown all the same"
    keeper.undo(by="ada", reason="no")
    by_then = _replayed(house)
    assert (_servers(house), by_then.failed) == (1 if way == "wait" else 2, [])


def _servers(house: House) -> int:
    return int(house.graph.read("MATCH (c:Server) RETURN count(c) AS n")[0]["n"])


def _replayed(house: House) -> Replayed:
    empty(house.graph)
    return replay(house.ledger, house.graph, house.catalogue)
