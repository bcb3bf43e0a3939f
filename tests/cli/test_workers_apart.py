"""A server's workers in a process of their own: killed, orphaned, left out; what they did is counted by the server."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.intake.crew import Crew, crew_of
from cmdb.runtime.house import open_ledger
from cmdb.runtime.workers import somebody_works
from cmdb.store import Ledger
from tests.cli.test_commands import Served, run
from tests.cli.test_processes import accept, until

pytestmark = [pytest.mark.timeout(400), pytest.mark.slow]
COUNT = int(os.environ.get("MOORINGS_TEST_STORM", "0")) or 120
"""The nightly run has 1,000."""


def children(pid: int) -> dict[int, str]:
    """The children of all threads of a process, and their command lines."""
    found = [one for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]
    return {int(one): Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip() for one in found}


def workers_of(pid: int) -> list[int]:
    """The processes of a server's workers."""
    return [one for one, line in children(pid).items() if "cmdb.runtime.apart_child" in line]


def counted(served: Served, name: str) -> float:
    """The sum of a counter of the server over all its labels."""
    with urllib.request.urlopen(f"{served.url}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


OBSERVATIONS = 'moorings_work_total{kind="observation",line="intake",outcome="done"}'


@pytest.fixture
def environment(graph: Graph, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What a server needs to know of the engine: the Neo4j's address, or nothing where it starts an engine of its own."""
    if graph.engine != "neo4j":
        yield {}
        return
    server = request.getfixturevalue("neo4j_server")
    yield {"MOORINGS_GRAPH": server.url, "MOORINGS_GRAPH_PASSWORD": server.password}


def _accepted(data: Path) -> list[str]:
    return [entry for _ in range(0, COUNT, 120) for entry in accept(data)]


def test_killed_in_the_middle_they_begin_again_and_orphaned_they_end(tmp_path: Path, environment: dict[str, Any]) -> None:
    data = tmp_path / "data"
    ids = _accepted(data)
    with open_ledger(Settings(data=data)) as ledger:
        served = Served(data, **environment)
        try:
            until(lambda: ledger.intake.counts()["done"] >= 5)
            killed = workers_of(served.process.pid)[0]
            line = Path(f"/proc/{killed}/cmdline").read_bytes().split(b"\0")[1:-1]
            assert line == [b"-m", b"cmdb.runtime.apart_child"], "no setting stands in the process list"
            os.kill(killed, signal.SIGKILL)
            assert ledger.intake.counts()["done"] < len(ids), "it was killed in the middle"
            assert served.call("/health/live")[0] == 200
            assert somebody_works(data), "the server will have workers again: nobody else need apply what waits"
            ids += accept(data)
            until(lambda: ledger.intake.counts()["done"] == len(ids))
            assert {ledger.intake.get(entry).state for entry in ids} == {"done"}
            listed = json.loads(run(data, "ci", "list", "--class", "server", "--limit", "1000", "--json", **environment).stdout)
            assert sorted(row["display_name"] for row in listed) == sorted(f"srv{number}" for number in range(60)), "nothing came in twice"
            _counts_go_on(served, ledger, data)
            _shown(served, ledger, data, environment)
        finally:
            left = list(children(served.process.pid))
            served.end(signal.SIGKILL)
        assert len(left) == (2 if environment else 3), "workers, a reader, and an engine"
        until(lambda: not any(Path(f"/proc/{one}").exists() for one in left), 30)
        assert not somebody_works(data)


def _counts_go_on(served: Served, ledger: Ledger, data: Path) -> None:
    """Counts of before the kill are not forgotten, and every further piece of work is counted."""
    assert counted(served, "moorings_workers_restarts_total") == 1
    assert counted(served, "moorings_workers_up") == 1
    until(lambda: counted(served, OBSERVATIONS) >= 120, 10)
    before, done = counted(served, OBSERVATIONS), ledger.intake.counts()["done"]
    more = len(accept(data))
    until(lambda: ledger.intake.counts()["done"] == done + more)
    until(lambda: counted(served, OBSERVATIONS) == before + more, 10)
    assert counted(served, 'moorings_work_seconds_count{kind="observation"') == counted(served, 'moorings_work_total{kind="observation"')


def _shown(served: Served, ledger: Ledger, data: Path, environment: dict[str, Any]) -> None:
    works = workers_of(served.process.pid)[0]
    crew = crew_of(ledger)
    assert crew == Crew(pid=works, since=crew.since if crew else "", restarts=1)
    told = json.loads(run(data, "graph", "status", "--json", **environment).stdout)
    assert (told["workers"], told["workers_process"], told["workers_started_again"]) == (True, works, 1)


@pytest.mark.parametrize(("words", "setting", "works"), [((), "no", True), (("--no-workers",), "yes", False)])
def test_without_a_process_of_their_own(tmp_path: Path, words: tuple[str, ...], setting: str, works: bool) -> None:
    """In the server's process where the site wants no other; and none at all where `moorings work` is to do it."""
    data = tmp_path / "data"
    ids = accept(data)[:1]
    served = Served(data, *words, MOORINGS_WORKERS_APART=setting)
    try:
        with open_ledger(Settings(data=data)) as ledger:
            if works:
                until(lambda: ledger.intake.get(ids[0]).state == "done")
            assert (somebody_works(data), counted(served, "moorings_workers_up"), crew_of(ledger)) == (works, float(works), None)
        assert [line for line in children(served.process.pid).values() if "apart_child" in line] == []
    finally:
        served.end()
    assert not somebody_works(data)
