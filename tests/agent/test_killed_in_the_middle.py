"""Accepted means kept: 16 clients send new devices, the server is killed in the middle, and every accepted report is there afterwards."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from cmdb.store import Ledger

CLIENTS = 16
REPORTS = int(os.environ.get("MOORINGS_TEST_STORM", "200"))
"""The nightly run sends 1,000."""
PATIENCE_S = 240
"""For a machine that does much else."""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Server:
    """The door in a process of its own, that can be killed and started again on the same ledger."""

    def __init__(self, path: Path) -> None:
        self.path, self.port = path, _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        words = [sys.executable, "-m", "tests.agent.killed_server", str(self.path), str(self.port)]
        self.process = subprocess.Popen(words, cwd=Path(__file__).parents[2])
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with socket.socket() as one:
                one.settimeout(1)
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("the server did not start")

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(30)
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that is started by the test."""
    made = Server(tmp_path / "ledger.db")
    yield made
    made.kill()


def _body(number: int) -> bytes:
    content = {
        "versionclient": "GLPI-Agent_v1.11",
        "hardware": {"name": f"nb{number}"},
        "bios": {"ssn": f"SER{number:06d}", "smanufacturer": "Dell Inc."},
    }
    return zlib.compress(
        orjson.dumps({"action": "inventory", "deviceid": f"nb{number}-2026-01-02-03-04-05", "itemtype": "Computer", "content": content})
    )


def _send(port: int, address: str, number: int) -> bool:
    """Whether the report was accepted; an agent that gets no answer does not know, and sends again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {
            "User-Agent": "GLPI-Agent_v1.11",
            "GLPI-Agent-ID": f"00000000-0000-4000-8000-{number:012d}",
            "Content-Type": "application/x-compress-zlib",
        }
        connection.request("POST", address, _body(number), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@pytest.mark.timeout(4 * PATIENCE_S)
def test_every_accepted_report_of_a_storm_survives_a_kill(server: Server) -> None:
    with Ledger(server.path) as ledger:
        address = f"/agent/{ledger.agent_tokens.add('storm', ownership='corporate')}"
    server.start()
    accepted: set[int] = set()
    lock = threading.Lock()
    before: set[int] = set()

    def client(first: int) -> None:
        for number in range(first, REPORTS, CLIENTS):
            until = time.monotonic() + 2 * PATIENCE_S
            while not _send(server.port, address, number):
                assert time.monotonic() < until, "the server did not come back"
                time.sleep(0.05)
            with lock:
                accepted.add(number)

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client, first) for first in range(CLIENTS)]
        until = time.monotonic() + PATIENCE_S
        while len(accepted) < REPORTS // 3:
            assert time.monotonic() < until, "too slow"
            time.sleep(0.01)
        server.kill()
        with lock:
            before = set(accepted)
        server.start()
        for one in running:
            one.result(2 * PATIENCE_S)
    server.kill()
    assert REPORTS // 3 <= len(before) < REPORTS, "it was killed in the middle"
    assert len(accepted) == REPORTS
    with Ledger(server.path) as ledger:
        kept: set[str] = set()
        last: str | None = None
        while rows := ledger.intake.list(limit=1000, before=last):
            kept |= {str(row.meta["deviceid"]) for row in rows}
            last = rows[-1].id
        assert kept == {f"nb{number}-2026-01-02-03-04-05" for number in range(REPORTS)}
        assert ledger.intake.counts()["waiting"] >= REPORTS, "a report that was sent again is there twice, which changes nothing"
        assert ledger.chain.verify().whole
