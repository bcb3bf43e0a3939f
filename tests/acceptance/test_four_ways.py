"""One machine seen by four ways – two agents of Debian, SSH, the machine itself – ends as one CI that says which source said what."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress import create_server

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.scan_host import scan_host
from cmdb.runtime.scan_order import ScanOrder
from cmdb.store import Ledger
from discovery.targets import Target
from reconciliation import why
from tests.discovery.ssh.sshd import Sshd
from tests.real_parts import real_part_missing
from web import Services, create_app
from web.settings import WebSettings

pytestmark = [pytest.mark.real("agents"), pytest.mark.slow, pytest.mark.timeout(600)]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
SOURCES = ["agent:fusioninventory", "agent:ocs", "local:scan", "ssh:scan"]


@pytest.fixture
def house(tmp_path: Path, graph: Graph) -> Iterator[House]:
    """Everything open, nobody working."""
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield House(Settings(data=tmp_path), graph, None, ledger, Catalogue.load())


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """The application on a free port of loopback."""
    app = create_app(Services(WebSettings(secret_key="a key for tests"), house.graph, house.ledger, house.catalogue))
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(10)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """A real SSH server."""
    server = Sshd(tmp_path / "sshd")
    yield server.start()
    server.stop()


def _agent(house: House, address: str, folder: Path, name: str, words: list[str]) -> None:
    program = shutil.which(name, path=PATH)
    if program is None:
        real_part_missing(f"the program {name} (Debian package {name})")
    if os.geteuid() != 0:
        real_part_missing(f"{name} wants to be root")
    token = house.ledger.agent_tokens.add(name, ownership="corporate")
    environment = {"PATH": PATH, "HOME": str(folder), "LANG": "C.UTF-8"}
    command = [program, f"--server={address}/agent/{token}", "--force", *words]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert not house.ledger.refusals.list(5)


def _see(house: House, address: str, sshd: Sshd, folder: Path) -> None:
    """The four looks, each accepted before it is applied."""
    for name in ("fusion", "ocs"):
        (folder / name).mkdir()
    (folder / "agent.cfg").write_text(f"vardir = {folder / 'fusion'}\n")
    fusion = [f"--conf-file={folder / 'agent.cfg'}", "--tasks=inventory", "--no-httpd", "--logger=stderr"]
    _agent(house, address, folder, "fusioninventory-agent", fusion)
    _agent(house, address, folder, "ocsinventory-agent", ["--nolocal", f"--basevardir={folder / 'ocs'}"])
    opened = sshd.credential
    house.ledger.credentials.add("lab", "ssh-key", {"user": opened.user, "private_key": opened.private_key})
    key = sshd.host_key
    seen = house.ledger.host_keys.seen("127.0.0.1", sshd.port, key.key_type, key.key_b64)
    house.ledger.host_keys.approve(seen.id, "ada")
    for order, target in (
        (ScanOrder("ssh", credential="lab", port=sshd.port), Target("127.0.0.1")),
        (ScanOrder("local"), Target("this machine")),
    ):
        told = scan_host(house, order.host_args(target))
        assert told["outcome"] == "ok", told


def test_four_ways_are_one_machine(house: House, address: str, sshd: Sshd, tmp_path: Path) -> None:
    _see(house, address, sshd, tmp_path)
    assert house.ledger.intake.counts()["waiting"] == 4, "accepted, and not applied yet"
    assert work_off(house) == 4
    assert house.ledger.intake.counts() | {"done": 4} == {"waiting": 0, "running": 0, "parked": 0, "done": 4}, [
        entry.reason for entry in house.ledger.intake.list()
    ]
    machines = house.graph.read(
        "MATCH (c:CI) WHERE c.hostname = $name RETURN c.id AS id, c.sources AS sources", name=os.uname().nodename.split(".")[0]
    )
    assert [sorted(machine["sources"]) for machine in machines] == [SOURCES]
    assert house.graph.read("MATCH (r:Review) WHERE r.state = 'open' RETURN r.title AS title") == [], "nobody is asked about its parts"
    parts = house.graph.read("MATCH (p:CI)-[:PART_OF]->(:CI {id: $id}) RETURN p.class AS cls, p.display_name AS name", id=machines[0]["id"])
    seen = [(part["cls"], part["name"]) for part in parts]
    assert len(seen) == len(set(seen)), "each part is one CI"
    told = why(house.graph, house.catalogue, machines[0]["id"])
    assert sorted(one["source"] for one in told["recognised"]) == SOURCES
    version = next(one for one in told["values"] if one["attribute"] == "os_version")
    assert {version["source"], *(other["source"] for other in version["others"])} == set(SOURCES)
    before = house.graph.read("MATCH (e:Event) RETURN count(e) AS n")
    for entry in house.ledger.intake.list(limit=10):
        whole = house.ledger.intake.get(entry.id)
        assert whole.body is not None
        house.ledger.intake.accept(whole.kind, whole.body, meta=dict(whole.meta))
    assert work_off(house) == 4
    assert house.graph.read("MATCH (e:Event) RETURN count(e) AS n") == before, "the same again changes nothing"
