"""The commands, as a person types them: output, exit codes, secrets that stay inside, with and without a running server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from cmdb.cli import moorings
from cmdb.config import Settings
from cmdb.runtime.house import open_ledger
from tests.discovery.ssh.sshd import make_key

pytestmark = pytest.mark.timeout(300)
CSV = "class,name,serial,os_version\nserver,db1,MX-771,12\nserver,db2,MX-772,12\nspaceship,x,1,1\n"


def run(data: Path, *words: str, given: str = "", code: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m cmdb …` in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOORINGS_")}
    done = subprocess.run(
        [sys.executable, "-m", "cmdb", *words],
        input=given,
        env={**clean, "MOORINGS_DATA": str(data), "MOORINGS_ENGINE_HEAP": "512", "MOORINGS_ENGINE_COMPILE": "light", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert code is None or done.returncode == code, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


class Served:
    """A `moorings serve` of its own."""

    def __init__(self, data: Path, *words: str, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MOORINGS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cmdb", "serve", "--data", str(data), "--port", "0", *words],
            env={**clean, "MOORINGS_ENGINE_HEAP": "512", "MOORINGS_ENGINE_COMPILE": "light", **environment},
            stdout=subprocess.PIPE,
            stderr=(data.parent / "serve.log").open("ab"),
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Moorings listens on http://127.0.0.1:"), (data.parent / "serve.log").read_text()
        self.url = line.split()[-1]

    def call(self, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
        """(status, JSON) of an API call."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        sent = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=sent, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")

    def end(self, number: int = signal.SIGTERM) -> float:
        """End it; returns the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - started


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    return tmp_path / "data"


@pytest.fixture
def served(data: Path) -> Iterator[Served]:
    """A running server on it."""
    server = Served(data)
    yield server
    if server.process.poll() is None:
        server.end()


def leaves(group: Any, path: Sequence[str] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_has_examples_and_json() -> None:
    for path, command in leaves(moorings):
        words = " ".join(path)
        assert "Example" in (command.help or ""), words
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--data" in options, words
        assert "--json" in options or words in ("serve", "work", "demo"), words


def test_without_a_server(data: Path, tmp_path: Path) -> None:
    """One walk over the commands: each starts the engine, does its work, and leaves nothing behind."""
    file = tmp_path / "servers.csv"
    file.write_text(CSV)
    dry = run(data, "import", str(file), "--dry-run", "--json", code=1)
    assert json.loads(dry.stdout)["counts"]["ci_created"] == 2
    refused = run(data, "import", str(file), code=1)
    assert "spaceship" in refused.stderr
    assert "1 of 3 rows were refused" in refused.stderr
    state = json.loads(run(data, "graph", "status", "--json").stdout)
    assert (state["pending"], state["started_by_this_command"], state["workers"]) == ([], True, False)
    assert not Path(f"/proc/{state['engine_process']}").exists()


def test_secrets_come_in_and_never_out(data: Path, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    run(data, "credential", "add", "lab", "--kind", "snmp-v2c", given="s3cr3t-community\n")
    run(data, "credential", "add", "linux", "--kind", "ssh-key", "--user", "root", "--secret-file", str(key))
    old = ("old", "--kind", "ssh-password", "--allow-legacy", "--no-sudo", "--from-env", "OLD_PASSWORD")
    run(data, "credential", "add", *old, OLD_PASSWORD="s3cr3t-word")
    run(data, "credential", "add", "core", "--kind", "snmp-v3", "--user", "monitor", given="s3cr3t-auth\ns3cr3t-priv\n")
    listed = run(data, "credential", "list", "--json").stdout
    assert {row["name"]: row["kind"] for row in json.loads(listed)} == {
        "core": "snmp-v3",
        "lab": "snmp-v2c",
        "linux": "ssh-key",
        "old": "ssh-password",
    }
    assert "s3cr3t" not in listed
    with open_ledger(Settings(data=data)) as ledger:
        assert dict(ledger.credentials.get("lab").secret) == {"community": "s3cr3t-community"}
        opened = {**ledger.credentials.get("old").secret}
        assert (opened.pop("user") != "", opened) == (True, {"password": "s3cr3t-word", "allow_legacy": "yes", "sudo": "no"})
        assert dict(ledger.credentials.get("core").secret) == {
            "user": "monitor",
            "auth_protocol": "sha",
            "auth_password": "s3cr3t-auth",
            "priv_protocol": "aes",
            "priv_password": "s3cr3t-priv",
        }
        assert ledger.credentials.get("linux").secret["private_key"].strip() == key.read_text().strip()
    assert "already" in run(data, "credential", "add", "lab", "--kind", "snmp-v2c", given="x", code=4).stderr
    run(data, "credential", "remove", "lab")
    assert run(data, "token", "add", "--role", "viewer").stdout.splitlines()[-1].startswith("mrg_")
    assert run(data, "agent-token", "add", "laptops").stdout.splitlines()[-1].startswith("agt_")
    number = json.loads(run(data, "agent-token", "list", "--json").stdout)[0]["id"]
    assert run(data, "agent-token", "rotate", number, "--grace-days", "1").stdout.splitlines()[-1].startswith("agt_")
    assert "90" in run(data, "agent-token", "rotate", number, "--grace-days", "91", code=2).stderr
    assert "/sign-in/" in run(data, "user", "add", "ada", "--role", "administrator").stdout


def test_a_scan_that_sees_nothing_fails(data: Path) -> None:
    run(data, "credential", "add", "linux", "--kind", "ssh-password", "--user", "root", given="word")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        done = run(data, "scan", "ssh", f"127.0.0.1:{closed.getsockname()[1]}", "--credential", "linux", "--json", code=1)
    assert json.loads(done.stdout)["outcomes"] == {"refused": 1}
    assert "Nothing could be looked at." in done.stderr


def test_wrong_usage_and_settings(data: Path) -> None:
    assert run(data, "scan", "ssh", code=2).stderr
    assert "did you mean MOORINGS_PORT?" in run(data, "settings", code=2, MOORINGS_PROT="1").stderr


def test_beside_a_running_server(served: Served, data: Path, tmp_path: Path) -> None:
    """Commands join the engine of the server, its workers apply what they hand in, and its API shows it."""
    file = tmp_path / "servers.csv"
    file.write_text("class,name,serial,os_version\nserver,web1,MX-900,12\n")
    run(data, "import", str(file))
    state = json.loads(run(data, "graph", "status", "--json").stdout)
    assert (state["workers"], state["started_by_this_command"]) == (True, False)
    listed = json.loads(run(data, "ci", "list", "--class", "server", "--json").stdout)
    assert [(row["display_name"], row["os_version"]) for row in listed] == [("web1", "12")]
    assert "MX-900" in run(data, "ci", "show", "web1").stdout
    assert "only source" in run(data, "ci", "why", "MX-900", "os_version").stdout
    assert "web1" in run(data, "export", "--class", "server").stdout
    nothing = run(data, "ci", "show", "nobody", code=1)
    assert (nothing.stdout, nothing.stderr) == ("", "moorings: Nothing is known by 'nobody'.\n")
    away = run(data, "graph", "status", code=3, MOORINGS_GRAPH="bolt://127.0.0.1:9", MOORINGS_GRAPH_PASSWORD="x")
    assert "bolt://127.0.0.1:9" in away.stderr
    token = run(data, "token", "add", "--role", "viewer").stdout.split()[-1]
    assert served.call("/api/v1/jobs", token)[0] == 200
    assert served.call("/health/ready")[0] == 200
    second = run(data, "serve", "--port", "0", code=4)
    assert second.stderr.splitlines()[-1].startswith("moorings: "), second.stderr
    assert served.end() < 15, "5 s on an idle machine"


def test_a_taken_port_is_one_sentence(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(data, "serve", "--port", str(port), code=4)
    assert done.stderr.startswith(f"moorings: Port {port} on 127.0.0.1 is taken")
    assert len(done.stderr.strip().splitlines()) == 1
