"""The disk gets full: a start says so in one sentence; a running server refuses what it cannot keep and loses nothing it accepted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.runtime.house import open_ledger
from tests.cli.test_commands import Served, run
from tests.cli.test_processes import until

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]
FULL = "is full"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 MB, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk; the ledger's own limit is tested in tests/store/test_disk_full.py")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path, leave: int = 0) -> None:
    """Take all the room there is, but for `leave` bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave))


def said(number: int) -> dict[str, object]:
    shows = [{"kind": "serial", "value": f"MX-{number:05}"}]
    attributes = {"name": f"srv{number}", "description": "x" * 900}
    item = {"ref": "s", "class": "server", "identifiers": shows, "attributes": attributes}
    return {"source": {"kind": "api", "name": "disk"}, "items": [item]}


def test_full_at_the_start_and_while_it_runs(disk: Path) -> None:
    data, ballast = disk / "data", disk / "ballast"
    fill(ballast, leave=20 << 20)
    refused = run(data, "serve", "--port", "0", code=None)
    assert refused.returncode in (1, 3), refused.stderr
    assert FULL in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
    ballast.unlink()

    served = Served(data)
    try:
        token = run(data, "token", "add", "--role", "administrator").stdout.split()[-1]
        accepted, answers = [], set()
        for number in range(10):
            status, told = served.call("/api/v1/observations", token, said(number))
            assert status == 202, told
            accepted.append(told["id"])
        fill(ballast)
        for number in range(10, 400):
            status, told = served.call("/api/v1/observations", token, said(number))
            if status == 202:
                accepted.append(told["id"])
            else:
                answers.add((status, json.loads(told)["detail"]))
                if len(accepted) + 40 < number:
                    break
        assert answers == {(503, f"The disk with {data} is full; nothing was stored. Free some space and try again.")}
        assert served.call("/health/live")[0] == 200
        assert served.call("/api/v1/jobs", token)[0] == 200, "reading goes on"
        ballast.unlink()
        status, told = served.call("/api/v1/observations", token, said(999))
        assert status == 202, told
        accepted.append(told["id"])
        with open_ledger(Settings(data=data)) as ledger:
            until(lambda: ledger.intake.counts()["done"] == len(accepted), 150)
            assert {ledger.intake.get(entry).state for entry in accepted} == {"done"}
        listed = json.loads(run(data, "ci", "list", "--class", "server", "--limit", "1000", "--json").stdout)
        assert len(listed) == len(accepted)
    finally:
        served.end()
