"""What goes wrong on the way, and what is said of it. Whatever arrived before is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from cmdb.errors import DiscoveryError, Refused, TimedOut, Unreachable, Unreadable
from discovery import local
from discovery.linux import script
from discovery.linux.script import SectionPlan
from discovery.local import local_observe
from discovery.ssh import session
from discovery.ssh.gate import Gate
from discovery.ssh.observe import ssh_observe
from discovery.ssh.session import Deadline, open_session
from tests.discovery.linux.recorded import coverage, host, reasons
from tests.discovery.ssh.sshd import QUICK, Sshd, free_port


@contextmanager
def listener(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where something else answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_closed_port_and_a_name_that_does_not_exist(sshd: Sshd) -> None:
    with pytest.raises(Refused, match="is closed"):
        ssh_observe("127.0.0.1", free_port(), sshd.credential, [])
    with pytest.raises(Unreachable, match="does not resolve"):
        ssh_observe("no-such-host.invalid", 22, sshd.credential, [])


def test_something_else_listens(sshd: Sshd) -> None:
    with (
        listener(lambda connection: connection.sendall(b"220 mail.example.org ESMTP\r\n")) as port,
        pytest.raises(Unreadable, match="220 mail"),
    ):
        ssh_observe("127.0.0.1", port, sshd.credential, [])


def test_silence_ends_with_the_deadline(sshd: Sshd) -> None:
    started = time.monotonic()
    with listener(lambda _: time.sleep(5)) as port, pytest.raises(TimedOut, match="nothing is said"):
        ssh_observe("127.0.0.1", port, sshd.credential, [], deadline_s=1)
    assert time.monotonic() - started < 4


def test_a_handshake_that_stops_half_way_ends_with_the_deadline(sshd: Sshd) -> None:
    def half(connection: socket.socket) -> None:
        connection.sendall(b"SSH-2.0-Half\r\n")
        time.sleep(6)

    started = time.monotonic()
    with listener(half) as port, pytest.raises(DiscoveryError):
        ssh_observe("127.0.0.1", port, sshd.credential, [], deadline_s=1.5)
    assert time.monotonic() - started < 5


def test_a_host_that_hangs_up_is_asked_again_and_then_refuses(sshd: Sshd) -> None:
    calls: list[socket.socket] = []
    with listener(calls.append) as port, pytest.raises(Refused, match="hung up before"):
        ssh_observe("127.0.0.1", port, sshd.credential, [])
    assert len(calls) == session._TRIES


def test_many_at_once_get_through_a_small_maxstartups(start_sshd: Callable[..., Sshd]) -> None:
    server = start_sshd(options=("MaxStartups 2:50:4",))

    def look(_: int) -> bool:
        with open_session(server.address, server.port, server.credential, [server.host_key], Deadline(60)) as opened:
            return opened.run("sh -s", b"echo hi").data == b"hi\n"

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(8))) == [True] * 8


def test_a_section_that_hangs_fails_alone(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    sshd.command("lscpu", "exec sleep 60")
    plans = tuple(SectionPlan(plan.name, 1 if plan.name == "hardware" else plan.limit_s) for plan in script.SECTIONS)
    monkeypatch.setattr(script, "SECTIONS", plans)
    observation = ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], without=QUICK)
    assert coverage(observation)["hardware"] in ("partial", "failed")
    assert "timed out" in reasons(observation)["hardware"]
    assert coverage(observation)["os"] == coverage(observation)["interfaces"] == "complete"


def test_the_deadline_keeps_what_arrived(sshd: Sshd) -> None:
    sshd.command("lscpu", "exec sleep 60")
    started = time.monotonic()
    observation = ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], deadline_s=5)
    assert time.monotonic() - started < 12
    assert coverage(observation)["identity"] == "complete"
    assert coverage(observation)["processes"] == "failed"
    assert "conversation ended" in reasons(observation)["processes"]
    assert host(observation).software is None, "not looked is not none"


def test_without_an_identity_the_deadline_is_all_there_is(sshd: Sshd) -> None:
    sshd.command("id", "exec sleep 60")
    with pytest.raises(TimedOut):
        ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], deadline_s=2)


def test_a_connection_killed_mid_way_keeps_what_arrived(sshd: Sshd) -> None:
    flag = sshd.folder / "reached"
    sshd.command("lscpu", f": > {flag}; exec sleep 60")

    def kill() -> None:
        while not flag.exists():
            time.sleep(0.05)
        sshd.hang_up()

    threading.Thread(target=kill, daemon=True).start()
    started = time.monotonic()
    observation = ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], deadline_s=60)
    assert time.monotonic() - started < 20
    assert coverage(observation)["identity"] == "complete"
    assert coverage(observation)["software"] == "failed"


def test_an_account_without_a_shell_and_an_unknown_system(start_sshd: Callable[..., Sshd]) -> None:
    menu = start_sshd(options=("ForceCommand echo This account is for backups only",))
    with pytest.raises(Unreadable, match=r"no POSIX shell.*backups only"):
        ssh_observe(menu.address, menu.port, menu.credential, [menu.host_key])
    solaris = start_sshd()
    solaris.command("uname", "echo SunOS")
    with pytest.raises(Unreadable, match="runs 'SunOS'"):
        ssh_observe(solaris.address, solaris.port, solaris.credential, [solaris.host_key])


def test_a_flood_is_bounded(sshd: Sshd) -> None:
    with open_session(sshd.address, sshd.port, sshd.credential, [sshd.host_key], Deadline(60)) as opened:
        output = opened.run("sh -s", b"exec cat /dev/zero", limit=1_000_000)
    assert output.ending == "too_long"
    assert len(output.data) < 2_000_000


def test_the_gate_lets_few_in_at_once_and_forgets_who_left() -> None:
    gate = Gate(2)
    with (
        gate.enter(("h", 22), 1),
        gate.enter(("h", 22), 1),
        gate.enter(("other", 22), 1),
        pytest.raises(TimedOut, match="all 2 places"),
        gate.enter(("h", 22), 0.05),
    ):
        pass
    assert gate._inside == {}


def test_the_local_look_has_a_deadline_too(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    sshd.command("lscpu", "exec sleep 60")
    monkeypatch.setenv("PATH", f"{sshd.bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    started = time.monotonic()
    observation = local_observe(deadline_s=5)
    assert time.monotonic() - started < 12
    assert coverage(observation)["identity"] == "complete"
    assert coverage(observation)["software"] == "failed"


def test_the_local_look_is_bounded_and_needs_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MAX_OUTPUT", 300)
    with pytest.raises(Unreadable):
        local_observe(without=QUICK)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Unreachable, match="no POSIX shell"):
        local_observe()
