"""Real processes, killed: nothing accepted is lost, nothing is applied twice, no engine stays behind; the demo goes on where it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.intake import submit_observation
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.runtime.house import open_ledger
from tests.cli.test_commands import Served, run

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
COUNT = 120


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for it, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)


def engines_of(pid: int) -> list[int]:
    """The children of a process."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found]


def accept(data: Path) -> list[str]:
    """Servers in the intake, each twice: the second of each changes nothing."""
    with open_ledger(Settings(data=data)) as ledger:
        return [
            submit_observation(
                ledger,
                Observation(
                    uuid7(),
                    Source("csv", "killed"),
                    datetime.now(UTC),
                    items=(Item("s", "server", (Identifier("serial", f"MX-{number // 2:05}", "Acme"),), {"name": f"srv{number // 2}"}),),
                ),
                actor="ada",
            )
            for number in range(COUNT)
        ]


def test_killed_in_the_middle_of_the_intake(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ids = accept(data)
    with open_ledger(Settings(data=data)) as ledger:
        first = Served(data)
        engines = engines_of(first.process.pid)
        until(lambda: ledger.intake.counts()["done"] >= 5)
        first.end(signal.SIGKILL)
        until(lambda: not any(Path(f"/proc/{engine}").exists() for engine in engines), 20)
        at_the_kill = ledger.intake.counts()["done"]
        assert engines
        assert 5 <= at_the_kill < COUNT, at_the_kill
        second = Served(data)
        try:
            until(lambda: ledger.intake.counts()["done"] == COUNT)
            assert {ledger.intake.get(entry).state for entry in ids} == {"done"}
            listed = json.loads(run(data, "ci", "list", "--class", "server", "--limit", "1000", "--json").stdout)
            assert sorted(row["display_name"] for row in listed) == sorted(f"srv{number}" for number in range(COUNT // 2))
        finally:
            second.end()


def test_the_demo_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed while loading; the next start loads the rest, serves, and prints a sign-in that works once; the one after that keeps all."""
    data = tmp_path / "demo"
    command = [sys.executable, "-m", "cmdb", "demo", "--data", str(data), "--port", "0", "--size", "100"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOORINGS_")} | {"MOORINGS_ENGINE_HEAP": "512"}
    links = []
    with (tmp_path / "log").open("ab") as log:
        killed = subprocess.Popen(command, env=clean, stdout=log, stderr=log)
        until((data / "ledger.db").exists)
        with open_ledger(Settings(data=data)) as ledger:
            until(lambda: ledger.intake.counts()["done"] > 3)
        killed.kill()
        killed.wait()
        for _ in range(2):
            process = subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, stderr=log, text=True)
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            link = next(re.findall(r"http://\S+/sign-in/\S+", line)[0] for line in lines if "/sign-in/" in line)
            with urllib.request.urlopen(link, timeout=30) as page:
                assert page.status == 200
            links.append(link.rsplit("/", 1)[-1])
            process.send_signal(signal.SIGINT)
            process.wait(20)
    assert len(set(links)) == 2
    with open_ledger(Settings(data=data)) as ledger:
        counts = ledger.intake.counts()
        assert (counts["waiting"], counts["running"], counts["parked"]) == (0, 0, 0), [e.reason for e in ledger.intake.list("parked")]
        assert [account.role for account in ledger.accounts.list()] == ["administrator"]
    names = [row["display_name"] for row in json.loads(run(data, "ci", "list", "--limit", "5000", "--class", "site", "--json").stdout)]
    assert names
    assert len(names) == len(set(names)), "nothing came in twice"


def test_the_engine_dies_while_the_server_runs(tmp_path: Path) -> None:
    """Reports are still accepted, the state is told, and the work goes on when the engine is back."""
    data = tmp_path / "data"
    served = Served(data)
    try:
        token = run(data, "token", "add", "--role", "administrator").stdout.split()[-1]
        engine = json.loads(run(data, "graph", "status", "--json").stdout)["engine_process"]
        body = {
            "source": {"kind": "api", "name": "killed"},
            "items": [
                {"ref": "s", "class": "server", "identifiers": [{"kind": "serial", "value": "MX-90042"}], "attributes": {"name": "srv1"}},
            ],
        }
        os.kill(engine, signal.SIGKILL)
        status, told = served.call("/api/v1/observations", token, body)
        assert status == 202, told
        until(lambda: served.call("/health/ready")[0] == 200)
        with open_ledger(Settings(data=data)) as ledger:
            until(lambda: ledger.intake.get(told["id"]).state == "done")
        assert "srv1" in run(data, "ci", "show", "MX-90042").stdout
    finally:
        served.end()
