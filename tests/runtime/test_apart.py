"""The keeper of the workers' process: begins it again, later and later, kills one that does not end, and tells how it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from cmdb import metrics
from cmdb.config import Secret, Settings
from cmdb.intake.crew import Crew, crew_of
from cmdb.runtime import kept_process
from cmdb.runtime.apart import Apart
from cmdb.runtime.house import House
from cmdb.runtime.workers import somebody_works
from tests.runtime.conftest import until

TELLS = "import sys,time; sys.stdin.readline(); print('{\"working\": 1}', flush=True); "


def _programs(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let this program stand for the workers' process."""

    def spawned(_module: str, _carried: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(kept_process, "_spawned", spawned)


def _value(name: str) -> float:
    return metrics.REGISTRY.get_sample_value(name) or 0.0


def test_one_that_ends_again_and_again_is_begun_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _programs(monkeypatch, "import sys; sys.stdin.readline(); sys.exit(3)")
    monkeypatch.setattr(kept_process, "_DELAYS_S", (0.01,))
    before = _value("moorings_workers_restarts_total")
    crew = Apart(house.settings, count=1)
    crew.start(house)
    try:
        until(lambda: (crew_of(house.ledger) or Crew()).restarts >= 3)
        told = crew_of(house.ledger)
        assert told is not None
        assert (told.pid, told.reason, bool(told.ended_at)) == (0, "exit status 3", True)
        assert _value("moorings_workers_restarts_total") >= before + 3
        assert somebody_works(house.settings.data), "commands leave the work to it"
    finally:
        crew.stop()
    assert not somebody_works(house.settings.data)
    crew.stop()  # harmless


def test_what_it_says_of_its_failure_is_the_reason(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _programs(monkeypatch, "import sys; sys.stdin.readline(); print('{\"failed\": \"No graph.\"}'); print('{half')")
    crew = Apart(house.settings, count=1)
    crew.start(house)
    until(lambda: (crew_of(house.ledger) or Crew()).reason == "No graph.")
    crew.stop()


def test_what_it_did_is_counted_here(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    did = '[["intake", "made-up", "done", 0.5], ["intake", "made-up", "done", 1.5]]'
    _programs(monkeypatch, TELLS + f"print('{{\"did\": {did}}}', flush=True); sys.stdin.read()")
    labels = {"line": "intake", "kind": "made-up"}
    before = metrics.REGISTRY.get_sample_value("moorings_work_total", {**labels, "outcome": "done"}) or 0.0
    crew = Apart(house.settings, count=1)
    crew.start(house)
    until(lambda: metrics.REGISTRY.get_sample_value("moorings_work_total", {**labels, "outcome": "done"}) == before + 2)
    assert metrics.REGISTRY.get_sample_value("moorings_work_seconds_sum", labels) == 2.0 + before
    assert _value("moorings_workers_up") == 1
    crew.stop()
    assert _value("moorings_workers_up") == 0
    told = crew_of(house.ledger)
    assert told is not None
    assert (told.pid, told.reason, told.restarts) == (0, "", 0)


def test_one_that_does_not_end_is_killed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _programs(monkeypatch, TELLS + "time.sleep(600)")
    monkeypatch.setattr(kept_process, "_STOP_PATIENCE_S", 0.2)
    crew = Apart(house.settings, count=1)
    crew.start(house)
    until(lambda: crew.pid != 0 and _value("moorings_workers_up") == 1)
    crew.stop()
    assert crew.pid == 0


def test_what_a_killed_one_had_in_hand_waits_again_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only when its lease ends; what somebody else works on stays with them."""
    claims = (
        "import json,sys,time; from pathlib import Path; from cmdb.store import Ledger; order = json.loads(sys.stdin.readline()); "
        "ledger = Ledger(Path(order['settings']['data']) / 'ledger.db'); ledger.hold_as(order['holder']); "
        "[ledger.intake.claim(3600) for _ in range(2)]; print('{\"working\": 1}', flush=True); time.sleep(600)"
    )
    ids = [house.ledger.intake.accept("observation", body, meta={}) for body in (b"1", b"2", b"3")]
    others = house.ledger.intake.claim(3600)
    assert others is not None
    _programs(monkeypatch, claims)
    monkeypatch.setattr(kept_process, "_DELAYS_S", (600.0,))
    crew = Apart(house.settings, count=1)
    crew.start(house)
    try:
        until(lambda: [house.ledger.intake.get(one).state for one in ids] == ["running"] * 3)
        until(lambda: _value("moorings_workers_up") == 1)
        os.kill(crew.pid, signal.SIGKILL)
        until(lambda: (crew_of(house.ledger) or Crew()).reason == "signal 9")
        assert [house.ledger.intake.get(one).state for one in ids] == ["running", "waiting", "waiting"]
        assert [house.ledger.intake.get(one).attempts for one in ids] == [1, 1, 1]
    finally:
        crew.stop()


def test_one_that_was_never_told_what_to_do_ends_with_its_server(tmp_path: Path) -> None:
    crew = Apart(Settings(data=tmp_path), count=1)
    crew.prepare()
    assert crew.pid
    crew.stop()
    assert crew.pid == 0


def test_all_settings_reach_it(tmp_path: Path) -> None:
    """Each that is not as it comes is handed on as text, and read to the same value."""
    settings = Settings(data=tmp_path, graph_url="bolt://graph:7687", graph_password=Secret("hunter2"), smtp_starttls="no", workers=5)
    again = Settings.load({}, **settings.handed_on())
    assert again.graph_password.reveal() == "hunter2"
    assert [getattr(again, f.name) for f in fields(Settings) if f.name != "graph_password"] == [
        getattr(settings, f.name) for f in fields(Settings) if f.name != "graph_password"
    ]
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    of_file = Settings.load({"MOORINGS_GRAPH": "bolt://graph:7687", "MOORINGS_GRAPH_PASSWORD_FILE": str(file)})
    assert "hunter2" not in str(of_file.handed_on())
    assert Settings.load({}, **of_file.handed_on()).graph_password.reveal() == "hunter2"
