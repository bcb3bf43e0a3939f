"""Debian's own agents, unmodified, against a live server on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cmdb.model.observation import Observation
from cmdb.store import Ledger
from discovery.reports.intake import observation_from_entry
from tests.real_parts import real_part_missing
from web.serving import Server

pytestmark = [pytest.mark.real("agents"), pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a free port of loopback."""
    server = Server.bind(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url
    server.stop()
    thread.join(10)


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        real_part_missing(f"the program {name} (Debian package {name})")
    return found


def _run(command: list[str], folder: Path) -> str:
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "CANARY_OF_THE_SUITE": "canary-in-the-environment",
    }
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout + done.stderr


def _only(ledger: Ledger) -> tuple[Observation, bytes]:
    entry = ledger.intake.claim()
    assert entry is not None, [r.reason for r in ledger.refusals.list(5)]
    assert entry.body is not None
    assert not ledger.refusals.list(5)
    return observation_from_entry(entry.kind, entry.body, entry.meta), entry.body


def _check(observation: Observation, body: bytes, product: str) -> None:
    item = observation.items[0]
    assert observation.source.key == f"agent:{product}"
    assert item.attributes["hostname"] == socket.gethostname().split(".")[0]
    assert item.attributes["os_family"] == "linux"
    assert "debian" in str(item.attributes["os_name"]).lower()
    assert item.attributes["ownership"] == "corporate"
    installed = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Abbrev}\\n"], capture_output=True, text=True, check=True).stdout.count(
        "ii "
    )
    assert item.software is not None
    assert abs(len(item.software) - installed) <= 5
    assert {s.ecosystem for s in item.software} == {"deb"}
    assert any(s.name == "bash" and s.version for s in item.software)
    assert [i for i in observation.items if i.cls == "interface"]
    assert [i.identifiers[0].value for i in observation.items if i.cls == "site"] == ["Berlin"]
    assert b"canary-in-the-environment" not in body
    assert b"CANARY_OF_THE_SUITE" not in body


def test_fusioninventory(address: str, ledger: Ledger, tmp_path: Path) -> None:
    program = _program("fusioninventory-agent")
    token = ledger.agent_tokens.add("fusion", site="Berlin", ownership="corporate")
    config = tmp_path / "agent.cfg"
    config.write_text(f"vardir = {tmp_path / 'var'}\n")
    (tmp_path / "var").mkdir()
    out = _run(
        [
            program,
            f"--conf-file={config}",
            f"--server={address}/agent/{token}",
            "--force",
            "--tasks=inventory",
            "--no-httpd",
            "--logger=stderr",
            "--debug",
        ],
        tmp_path,
    )
    assert "ERROR" not in out.upper().replace("ERRORS", ""), out[-2000:]
    _check(*_only(ledger), "fusioninventory")


def test_ocsinventory(address: str, ledger: Ledger, tmp_path: Path) -> None:
    program = _program("ocsinventory-agent")
    if os.geteuid() != 0:
        pytest.skip("ocsinventory-agent wants to be root")
    token = ledger.agent_tokens.add("ocs", site="Berlin", ownership="corporate")
    folder = tmp_path / "var"
    folder.mkdir()
    # --nolocal: Debian's configuration file writes reports into a folder instead of sending them.
    out = _run([program, "--nolocal", f"--server={address}/agent/{token}", f"--basevardir={folder}", "--force", "--debug"], tmp_path)
    assert "Deflating problem" not in out
    _check(*_only(ledger), "ocs")
