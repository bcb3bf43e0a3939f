"""`moorings age` and `moorings keep`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cmdb.store import Ledger
from tests.cli.test_commands import run

pytestmark = pytest.mark.timeout(300)


def test_how_long_bodies_are_kept(tmp_path: Path) -> None:
    """Said, set, without end, and refused beyond ten years."""
    assert json.loads(run(tmp_path, "keep", "--json").stdout) == {"bodies_days": 30, "jobs_days": 90}
    assert json.loads(run(tmp_path, "keep", "--bodies-days", "400", "--jobs-days", "0", "--json").stdout) == {
        "bodies_days": 400,
        "jobs_days": None,
    }
    assert "without end" in run(tmp_path, "keep").stdout
    run(tmp_path, "keep", "--bodies-days", "4000", code=2)


def test_ageing_and_replay_by_hand(tmp_path: Path) -> None:
    """The switch is kept; a replay of what was said finds the same, and makes a new folder."""
    (tmp_path / "list.csv").write_text("class,name,serial\nserver,db1,MX-7710\n", encoding="utf-8")
    data = tmp_path / "data"
    run(data, "import", str(tmp_path / "list.csv"))
    told = json.loads(run(data, "age", "--retire", "on", "--json").stdout)
    assert told["retire_by_itself"] is True
    dry = json.loads(run(data, "replay", "--dry-run", "--json").stdout)
    assert (dry["observations"], dry["compared"]["same"], dry["compared"]["shown"]) == (1, 1, [])
    with Ledger(data / "ledger.db") as ledger:
        ledger.attachments.keep("a-note", b"of a note that no replay brings back")
    again = json.loads(run(data, "replay", "--into", str(tmp_path / "again"), "--json").stdout)
    assert (again["observations"], again["failed"]) == (1, [])
    with Ledger(data / "ledger.db") as ledger, Ledger(tmp_path / "again" / "ledger.db") as copy:
        assert (ledger.attachments.count()[0], copy.attachments.count()[0]) == (1, 0)
