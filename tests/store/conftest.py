"""A ledger per test, on a clock of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cmdb.store import Account, Ledger
from tests.ready import ready_ledger
from tests.store.fixtures import FakeClock

ROOT = Path(__file__).resolve().parents[2]
StartProgram = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def clock() -> FakeClock:
    """The time the ledger believes it is."""
    return FakeClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Iterator[Ledger]:
    """An empty ledger."""
    with ready_ledger(tmp_path / "data" / "ledger.db", clock) as opened:
        yield opened


@pytest.fixture
def ada(ledger: Ledger) -> Account:
    """The administrator; without a password, since hashing takes a tenth of a second."""
    return ledger.accounts.add("ada", None, "administrator", name="Ada Lovelace", email="ada@example.org")


@pytest.fixture
def start_program() -> Iterator[StartProgram]:
    """Starts `tests/store/programs/NAME.py` with arguments as a process of its own, and ends it with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.store.programs.{name}", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
