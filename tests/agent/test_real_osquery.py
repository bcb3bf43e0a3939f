"""A real osqueryd, unmodified, enrols by TLS, is asked, and reports; once below an agent address and once by the secret alone."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cmdb.model.observation import Observation
from cmdb.store import Ledger
from tests.agent.certificate import self_signed
from tests.agent.real_osquery import osqueryd
from tests.agent.test_osquery import taken
from web.serving import Server
from web.tls import Tls

pytestmark = [pytest.mark.real("agents"), pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def served(app: Flask, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The door by TLS on a free port of loopback, and the certificate to trust."""
    certificate, secret = self_signed(tmp_path)
    server = Server.bind(app, "127.0.0.1", 0, tls=Tls(certificate, secret))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"localhost:{server.url.rsplit(':', 1)[1].strip('/')}", certificate
    server.stop()
    thread.join(10)


def _flags(host: str, certificate: Path, base: str, secret: Path) -> list[str]:
    calls = {"enroll": "enroll", "config": "config", "logger": "log"}
    return [
        f"--tls_hostname={host}",
        f"--tls_server_certs={certificate}",
        f"--enroll_secret_path={secret}",
        *(f"--{flag}_tls_endpoint={base}/{call}" for flag, call in calls.items()),
        f"--distributed_tls_read_endpoint={base}/distributed/read",
        f"--distributed_tls_write_endpoint={base}/distributed/write",
        *("--config_plugin=tls", "--logger_plugin=tls", "--distributed_plugin=tls", "--disable_distributed=false"),
        *("--distributed_interval=1", "--logger_tls_period=1", "--logger_tls_compress=true", "--host_identifier=instance"),
    ]


@pytest.mark.parametrize("below", [True, False])
def test_osqueryd(served: tuple[str, Path], ledger: Ledger, tmp_path: Path, *, below: bool) -> None:
    program, (host, certificate) = osqueryd(), served
    token = ledger.agent_tokens.add("osquery", site="Berlin", ownership="corporate")
    secret = tmp_path / "secret"
    secret.write_text("anything" if below else token)
    folder = tmp_path / "osquery"
    folder.mkdir()
    base = f"/agent/{token}/api/osquery" if below else "/api/osquery"
    own = [
        f"--database_path={folder / 'db'}",
        f"--pidfile={folder / 'pid'}",
        f"--extensions_socket={folder / 'em'}",
        "--ephemeral",
        "--force",
    ]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [str(program), *own, "--disable_watchdog", "--allow_unsafe", *_flags(host, certificate, base, secret)], stdout=log, stderr=log
    )
    try:
        observations = _wait_for_software(ledger, folder / "log")
    finally:
        process.terminate()
        process.wait(20)
        log.close()
    first, last = observations[0].items[0], observations[-1].items[0]
    installed = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Abbrev}\\n"], capture_output=True, text=True, check=True).stdout
    assert first.attributes["hostname"] == socket.gethostname().split(".")[0]
    assert last.attributes["os_family"] == "linux"
    assert str(last.attributes["agent_version"]).startswith("osquery 5.")
    assert last.software is not None
    assert abs(len(last.software) - installed.count("ii ")) <= 5
    assert any(s.name == "bash" and s.ecosystem == "deb" for s in last.software)
    assert {i.value for i in first.identifiers if i.kind == "agent_id"} == {i.value for i in last.identifiers if i.kind == "agent_id"}
    assert [i for i in observations[-1].items if i.cls == "interface"]
    assert not ledger.refusals.list()


def _wait_for_software(ledger: Ledger, log: Path) -> list[Observation]:
    """Until a report with software came; distributed queries bring it within seconds."""
    found: list[Observation] = []
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found.extend(taken(ledger))
        if any(o.items[0].software for o in found):
            return found
        time.sleep(0.3)
    pytest.fail(f"no report with software came; osqueryd says: {log.read_text(errors='replace')[-2000:]}")
