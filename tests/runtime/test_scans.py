"""Scans as jobs: every host has a result, host keys wait for a person, an interrupted scan goes on, a cancelled one stops."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.runtime.house import House
from cmdb.runtime.jobs_work import do_job
from cmdb.runtime.scan_host import look_at
from cmdb.runtime.scan_order import SCAN, SCAN_HOST, ScanOrder
from cmdb.runtime.scans import hosts, start_scan
from cmdb.store import Job
from tests.discovery.ssh.sshd import Sshd, free_port
from tests.runtime.conftest import until


def _ended(house: House, scan: str) -> Job:
    until(lambda: house.ledger.jobs.get(scan).state not in ("waiting", "running"))
    return house.ledger.jobs.get(scan)


def _key(house: House, sshd: Sshd) -> None:
    opened = sshd.credential
    house.ledger.credentials.add("lab", "ssh-key", {"user": opened.user, "private_key": opened.private_key})


@pytest.mark.real("sshd")
def test_a_host_is_seen_after_its_key_was_approved(working: House, sshd: Sshd) -> None:
    _key(working, sshd)
    nobody = free_port()
    order = ScanOrder("ssh", (f"127.0.0.1:{sshd.port}", f"127.0.0.1:{nobody}"), credential="lab", deadline_s=60)
    first = _ended(working, start_scan(working.ledger, order))
    assert (first.state, first.result) == ("done", {"total": 2, "outcomes": {"refused": 2}})
    pending = working.ledger.host_keys.pending()
    assert [(key.host, key.port, key.fingerprint) for key in pending] == [("127.0.0.1", sshd.port, sshd.host_key.fingerprint)]

    working.ledger.host_keys.approve(pending[0].id, "ada")
    second = _ended(working, start_scan(working.ledger, order))
    assert second.result == {"total": 2, "outcomes": {"ok": 1, "refused": 1}}
    ok = next(child.result for child in hosts(working.ledger, second.id) if child.result["outcome"] == "ok")
    until(lambda: working.ledger.intake.get(ok["entry"]).state == "done")
    applied = working.ledger.intake.get(ok["entry"]).result
    assert applied is not None
    assert applied["items"][0]["outcome"] == "new"
    devices = working.graph.read("MATCH (c:CI {id: $id}) RETURN c.sources AS sources", id=applied["items"][0]["ci"])
    assert devices == [{"sources": ["ssh:scan"]}]
    secret = sshd.credential.private_key.splitlines()[1]
    assert not any(secret in str((job.args, job.result, job.progress)) for job in working.ledger.jobs.list(limit=100))


@pytest.mark.real("sshd")
def test_old_algorithms_need_the_word_of_the_credential(house: House, tmp_path: Path) -> None:
    """The switches of the sealed credential reach the scan: refused without, looked at with."""
    old = ("KexAlgorithms diffie-hellman-group14-sha1", "Ciphers aes128-cbc", "MACs hmac-sha1")
    server = Sshd(tmp_path / "old", options=old).start()
    try:
        known = house.ledger.host_keys.seen("127.0.0.1", server.port, server.host_key.key_type, server.host_key.key_b64)
        house.ledger.host_keys.approve(known.id, "ada")
        fields = {"user": server.credential.user, "private_key": server.credential.private_key}
        args = {"method": "ssh", "host": "127.0.0.1", "port": server.port, "credential": "lab", "deadline_s": 60}
        house.ledger.credentials.add("lab", "ssh-key", fields)
        assert look_at(house.ledger, args).outcome == "refused"
        house.ledger.credentials.replace("lab", "ssh-key", {**fields, "allow_legacy": "yes", "sudo": "no"})
        found = look_at(house.ledger, args)
        assert (found.outcome, found.observation is not None) == ("ok", True)
        assert "aes128-cbc" in str(found.observation)
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"method": "telnet"}, "method"),
        ({"method": "ssh", "targets": ["10.0.0.1"], "port": 70000}, "port"),
        ({"method": "ssh", "targets": ["10.0.0.300"]}, "targets"),
        ({"method": "ssh", "targets": []}, "targets"),
        ({"method": "snmp", "targets": ["10.0.0.1"], "concurrency": 1000}, "concurrency"),
        ({"method": "snmp", "targets": ["10.0.0.1"], "credential": "lab"}, "credential"),
    ],
)
def test_a_senseless_order_is_refused(house: House, args: dict[str, Any], field: str) -> None:
    house.ledger.credentials.add("lab", "ssh-password", {"user": "root", "password": "x"})
    with pytest.raises(Invalid) as refused:
        start_scan(house.ledger, ScanOrder.of(args))
    assert refused.value.field == field
    assert not house.ledger.jobs.list()


def test_an_unknown_credential_is_named(house: House) -> None:
    with pytest.raises(NotFound):
        start_scan(house.ledger, ScanOrder.of({"method": "ssh", "targets": ["10.0.0.1"], "credential": "nobody"}))


def test_a_scan_goes_on_where_it_was(house: House) -> None:
    """The worker is stopped after the first hosts were handed out; the next one hands out the rest, none of them twice."""
    house.ledger.credentials.add("lab", "snmp-v2c", {"community": "public"})
    scan = start_scan(house.ledger, ScanOrder("snmp", ("127.9.0.1-127.9.0.5",), credential="lab", concurrency=1))
    job = house.ledger.jobs.claim([SCAN])
    assert job is not None
    stopping = threading.Event()
    stopping.set()
    do_job(house, job, stopping)
    begun = hosts(house.ledger, scan)
    assert [child.args["host"] for child in begun] == ["127.9.0.1", "127.9.0.2"]
    for child in iter(lambda: house.ledger.jobs.claim([SCAN_HOST]), None):
        house.ledger.jobs.finish(child, {"outcome": "ok"})
    again = house.ledger.jobs.claim([SCAN])
    assert again is not None
    do_job(house, again, stopping)
    assert [child.args["host"] for child in hosts(house.ledger, scan)] == [f"127.9.0.{n}" for n in range(1, 5)]


def test_a_cancelled_scan_stops(working: House) -> None:
    working.ledger.credentials.add("lab", "snmp-v2c", {"community": "public"})
    scan = start_scan(working.ledger, ScanOrder("snmp", ("127.9.0.0/24",), credential="lab", concurrency=1, pacing_per_s=1))
    until(lambda: bool(hosts(working.ledger, scan)))
    working.ledger.jobs.cancel(scan)
    until(lambda: not {"waiting", "running"} & working.ledger.jobs.children_summary(scan).keys())
    assert working.ledger.jobs.get(scan).state == "cancelled"
    assert len(hosts(working.ledger, scan)) < 10
