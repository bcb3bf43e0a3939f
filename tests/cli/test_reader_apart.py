"""The process that reads agents' reports for a server: it keeps what is answered; killed, stopped or left out, nobody waits for it."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.runtime.house import open_ledger
from cmdb.store import Ledger
from tests.cli.test_commands import Served
from tests.cli.test_processes import until
from tests.cli.test_workers_apart import children, counted
from tests.discovery.reports.made import xml

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]


def readers_of(pid: int) -> list[int]:
    """The processes that read for a server."""
    return [one for one, line in children(pid).items() if "cmdb.runtime.reader_child" in line]


def send(served: Served, token: str, device: str) -> int:
    """Send a report of this device; the status of the answer, 0 for none."""
    body = zlib.compress(xml(f"<BIOS><SSN>S-{device}</SSN></BIOS>", deviceid=device))
    request = urllib.request.Request(f"{served.url}/agent/{token}", data=body, headers={"User-Agent": "FusionInventory-Agent_v2.6"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert b"<REPLY>" in zlib.decompress(answer.read())
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def log_of(data: Path) -> list[str]:
    """The lines of the server's log, and of its readers'."""
    return (data.parent / "serve.log").read_text().splitlines()


def kept(ledger: Ledger) -> list[str]:
    """The devices whose reports are in the intake."""
    return sorted(str(entry.meta["deviceid"]) for entry in ledger.intake.list(limit=1000))


def test_killed_in_a_storm_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with open_ledger(Settings(data=data)) as ledger:
        token = ledger.agent_tokens.add("storm", ownership="corporate")
        served = Served(data, "--no-workers")
        try:
            until(lambda: counted(served, "moorings_reader_up") == 1)
            first = readers_of(served.process.pid)
            assert len(first) == 1
            line = Path(f"/proc/{first[0]}/cmdline").read_bytes().split(b"\0")[1:-1]
            assert line == [b"-m", b"cmdb.runtime.reader_child"], "no setting stands in the process list"
            said = _storm(served, token, first[0])
            assert set(said.values()) == {200}, "nobody is sent away while there is no reader"
            assert set(kept(ledger)) == set(said)
            assert len(kept(ledger)) <= len(said) + 8, "what the reader may have kept without saying so came in once more, and nothing else"
            assert ledger.chain.verify().whole
            until(lambda: counted(served, "moorings_reader_up") == 1 and readers_of(served.process.pid) not in ([], first))
            assert counted(served, "moorings_reader_restarts_total") == 1
            _revoked_at_once(served, ledger, token)
            last = readers_of(served.process.pid)
        finally:
            served.end(signal.SIGKILL)
        until(lambda: not any(Path(f"/proc/{one}").exists() for one in last), 30)


def _storm(served: Served, token: str, reader: int) -> dict[str, int]:
    devices = [f"pc-{number:03}" for number in range(200)]

    def one(device: str) -> int:
        if device == devices[60]:
            os.kill(reader, signal.SIGKILL)
        return send(served, token, device)

    with ThreadPoolExecutor(16) as pool:
        return dict(zip(devices, pool.map(one, devices), strict=True))


def _revoked_at_once(served: Served, ledger: Ledger, token: str) -> None:
    number = next(one.id for one in ledger.agent_tokens.list())
    ledger.agent_tokens.revoke(number)
    assert send(served, token, "too-late") == 403
    assert "too-late" not in kept(ledger)


def test_a_reader_that_does_not_answer_is_not_waited_for_in_the_end(tmp_path: Path) -> None:
    """Stopped in the middle (SIGSTOP), it does not keep the server from ending in order."""
    data = tmp_path / "data"
    served = Served(data, "--no-workers")
    try:
        until(lambda: counted(served, "moorings_reader_up") == 1)
        reader = readers_of(served.process.pid)[0]
        os.kill(reader, signal.SIGSTOP)
    finally:
        began = time.monotonic()
        served.end()
    assert time.monotonic() - began < 28
    until(lambda: not Path(f"/proc/{reader}").exists(), 10)


@pytest.mark.parametrize(("setting", "reads"), [("yes", "reader"), ("no", "door")])
def test_who_reads_is_a_setting_and_changes_nothing_that_is_kept(tmp_path: Path, setting: str, reads: str) -> None:
    data = tmp_path / "data"
    with open_ledger(Settings(data=data)) as ledger:
        token = ledger.agent_tokens.add("one", ownership="corporate", site="Bern")
        served = Served(data, "--no-workers", MOORINGS_READER_APART=setting)
        try:
            if reads == "reader":
                until(lambda: counted(served, "moorings_reader_up") == 1)
            assert (len(readers_of(served.process.pid)), counted(served, "moorings_reader_up")) == ((1, 1) if reads == "reader" else (0, 0))
            assert send(served, token, "pc-1") == 200
            entry = ledger.intake.list()[0]
            assert {name: entry.meta[name] for name in ("deviceid", "site", "ownership", "product", "token_id")} == {
                "deviceid": "pc-1",
                "site": "Bern",
                "ownership": "corporate",
                "product": "fusioninventory",
                "token_id": ledger.agent_tokens.list()[0].id,
            }
            assert _answered(log_of(data), token)
        finally:
            served.end()


def _answered(lines: Sequence[str], token: str) -> bool:
    """One line for the report, and none with the secret."""
    assert not any(token in line for line in lines)
    return sum("report accepted" in line for line in lines) == 1
