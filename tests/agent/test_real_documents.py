"""Debian's Lynis and OpenSCAP, unmodified: an audit uploaded by Lynis' own uploader, and a benchmark made for another Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cmdb.store import Ledger
from tests.agent.certificate import self_signed
from tests.agent.test_osquery import taken
from tests.real_parts import real_part_missing
from web.serving import Server
from web.tls import Tls

pytestmark = [pytest.mark.real("agents"), pytest.mark.slow, pytest.mark.timeout(300)]
SCAP = Path("/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml")


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        real_part_missing(f"the program {name}")
    return found


@pytest.fixture
def served(app: Flask, tmp_path: Path) -> Iterator[Server]:
    """The door by TLS: Lynis knows no other."""
    certificate, secret = self_signed(tmp_path)
    server = Server.bind(app, "127.0.0.1", 0, tls=Tls(certificate, secret))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server
    server.stop()
    thread.join(10)


@pytest.fixture
def plain(app: Flask) -> Iterator[str]:
    """The door without TLS."""
    server = Server.bind(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url.rstrip("/")
    server.stop()
    thread.join(10)


def test_lynis(served: Server, ledger: Ledger, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("an audit by somebody else than root leaves most tests out")
    program, token = _program("lynis"), ledger.agent_tokens.add("lynis", ownership="corporate")
    profile, report = tmp_path / "audit.prf", tmp_path / "report.dat"
    port = served.url.rstrip("/").rsplit(":", 1)[1]
    profile.write_text(
        f"upload=yes\nupload-server=localhost:{port}/agent/{token}\nlicense-key=11111111-2222-3333-4444-555555555555\nupload-options=-k\n"
        "skip-plugins=yes\n"
    )
    command = [program, "audit", "system", "--quick", "--no-colors", "--upload", "--profile", str(profile), "--report-file", str(report)]
    command += ["--log-file", str(tmp_path / "log"), "--tests-from-group", "firewalls accounting networking malware mac_frameworks"]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    found = taken(ledger)
    assert found, (done.stdout + done.stderr)[-3000:]
    values = found[0].items[0].attributes
    assert values["os_family"] == "linux"
    assert str(values["agent_version"]).startswith("Lynis 3")
    assert isinstance(values["auditd_running"], bool)
    assert not ledger.refusals.list()


def test_oscap_with_content_for_another_debian(plain: str, ledger: Ledger, tmp_path: Path) -> None:
    program, token = _program("oscap"), ledger.agent_tokens.add("oscap", ownership="corporate")
    if not SCAP.exists():
        real_part_missing(f"the benchmark {SCAP.name}")
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    if 'VERSION_ID="11"' in release:
        pytest.skip("the benchmark is for this system")
    results = tmp_path / "arf.xml"
    profile = "xccdf_org.ssgproject.content_profile_standard"
    command = [program, "xccdf", "eval", "--profile", profile, "--results-arf", str(results), str(SCAP)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=tmp_path)
    assert done.returncode == 0, "OpenSCAP calls it a success"
    address = f"{plain}/agent/{token}"
    with urllib.request.urlopen(urllib.request.Request(address, results.read_bytes(), method="POST"), timeout=60) as answer:
        assert answer.status == 200
    (told,) = taken(ledger)
    values = told.items[0].attributes
    assert (values["benchmark_rules_run"], values["benchmark_high_failures"]) == (0, None)
    assert str(values["agent_version"]).startswith("OpenSCAP 1.")
