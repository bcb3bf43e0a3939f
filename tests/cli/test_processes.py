"""Real processes, killed: nothing accepted is lost, nothing is applied twice, no engine stays behind; the demo goes on where it was."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.errors import Busy
from cmdb.graph.engine.folder import Folder, Lock
from cmdb.intake import submit_observation
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.runtime.house import open_ledger
from tests.cli.test_commands import Served, run
from tests.discovery.reports.made import xml

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
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOORINGS_")} | {
        "MOORINGS_ENGINE_HEAP": "512",
        "MOORINGS_ENGINE_COMPILE": "light",
    }
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
    """Pages say so and try again, reports are still accepted, and the work goes on when the engine is back."""
    data = tmp_path / "data"
    served = Served(data)
    try:
        token = run(data, "token", "add", "--role", "administrator").stdout.split()[-1]
        agent = run(data, "agent-token", "add", "laptops").stdout.split()[-1]
        with open_ledger(Settings(data=data)) as ledger:
            account = ledger.accounts.add("ada", None, "administrator")
            link = f"{served.url}/sign-in/{ledger.sessions.one_time(account.id)}"
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        signed_in(browser, link)
        folder = Folder.inside(data)
        there = folder.whereabouts()
        assert there is not None
        os.kill(there.pid, signal.SIGKILL)
        lock = until_locked(folder)  # the engine stays away until this test gives its folder free
        page = answer(browser, f"{served.url}/cis")
        assert (page[0], "graph engine cannot be reached" in page[1], 'http-equiv="refresh"' in page[1]) == (503, True, True)
        assert "Reports of agents are still accepted" in page[1]
        assert served.call("/health/ready")[0] == 503
        status, told = served.call("/api/v1/observations", token, BODY)
        assert status == 202, told
        report = zlib.compress(xml("<HARDWARE><NAME>pc-90043</NAME></HARDWARE><BIOS><SSN>PC-90043</SSN></BIOS>", deviceid="pc-90043"))
        sent = urllib.request.Request(f"{served.url}/agent/{agent}", report, {"Content-Type": "application/x-compress"})
        assert answer(browser, sent)[0] == 200
        with open_ledger(Settings(data=data)) as ledger:
            assert ledger.intake.counts()["done"] == 0
            lock.release()
            until(lambda: ledger.intake.counts()["done"] == 2)
        until(lambda: served.call("/health/ready")[0] == 200)
        assert answer(browser, f"{served.url}/cis")[0] == 200
        for name in ("srv1", "pc-90043"):
            assert name in run(data, "ci", "show", name).stdout
        counted = answer(browser, f"{served.url}/metrics")[1]
        assert 'moorings_work_total{kind="observation",line="intake",outcome="done"} 1.0' in counted
        assert "moorings_intake_backlog 0.0" in counted
    finally:
        served.end()


BODY = {
    "source": {"kind": "api", "name": "killed"},
    "items": [{"ref": "s", "class": "server", "identifiers": [{"kind": "serial", "value": "MX-90042"}], "attributes": {"name": "srv1"}}],
}


def until_locked(folder: Folder) -> Lock:
    """The engine's folder, claimed as soon as the killed engine has let go of it."""
    end = time.monotonic() + 30
    while True:
        try:
            return folder.lock()
        except Busy:
            assert time.monotonic() < end


def answer(browser: urllib.request.OpenerDirector, asked: str | urllib.request.Request) -> tuple[int, str]:
    """(status, text), also of errors."""
    try:
        with browser.open(asked, timeout=60) as page:
            return page.status, page.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signed_in(browser: urllib.request.OpenerDirector, link: str) -> None:
    """Follow a one-time link: its page has one form, which signs in."""
    status, page = answer(browser, link)
    assert status == 200
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    status, page = answer(browser, urllib.request.Request(link, urllib.parse.urlencode(fields).encode(), {"Referer": link}))
    assert status == 200, page
