"""A real ledger and the door over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cmdb.store import Ledger
from tests.ready import ready_ledger
from tests.real_parts import real_part_missing
from web.agent import create_agent_blueprint


@dataclass(frozen=True, slots=True)
class House:
    """The least that the door needs."""

    ledger: Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with ready_ledger(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def app(ledger: Ledger) -> Flask:
    """An application with nothing but the agent door: no graph, no pages."""
    made = Flask("door")
    made.register_blueprint(create_agent_blueprint(House(ledger)))
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Talks to the door."""
    return app.test_client()


@pytest.fixture
def recording(shared: Path) -> Callable[[str], bytes]:
    """Reads a recording by its path below samples/."""

    def read(name: str) -> bytes:
        path = shared / "samples" / name
        if not path.is_file():
            real_part_missing(f"the recording {name}")
        return path.read_bytes()

    return read
