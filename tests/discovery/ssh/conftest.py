"""Servers for the tests of SSH."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.discovery.ssh.sshd import Sshd


@pytest.fixture
def start_sshd(tmp_path: Path) -> Iterator[Callable[..., Sshd]]:
    """Start servers; all are stopped after the test."""
    servers: list[Sshd] = []

    def start(**settings: Any) -> Sshd:
        server = Sshd(tmp_path / f"sshd{len(servers)}", **settings)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def sshd(start_sshd: Callable[..., Sshd]) -> Sshd:
    """One server with default settings."""
    return start_sshd()
