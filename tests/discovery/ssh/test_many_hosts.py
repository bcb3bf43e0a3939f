"""64 hosts at once of every kind that a network has: each one's trouble is its own result, and the good ones are all there."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cmdb.model.observation import Observation
from discovery.scan import run_scan
from discovery.ssh.hostkeys import HostKeyRefused
from discovery.ssh.observe import ssh_observe
from discovery.targets import Target
from tests.discovery.ssh.sshd import QUICK, Sshd, free_port, make_key, public

AT_ONCE = 64
OTHERS = ("containers", "guests", "security", "sockets_again", "services", "users", "disks")


@contextmanager
def answering(greeting: bytes) -> Iterator[int]:
    """A port where something takes calls, says `greeting` and then nothing more."""
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:

        def serve() -> None:
            while True:
                try:
                    call, _ = server.accept()
                    call.sendall(greeting)
                except OSError:
                    return
                calls.append(call)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for call in calls:
        call.close()


@contextmanager
def dead() -> Iterator[int]:
    """A port where calls are never answered, as behind a firewall that drops: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = []
        for _ in range(4):
            call = socket.socket()
            call.setblocking(False)
            call.connect_ex(server.getsockname())
            waiting.append(call)
        yield server.getsockname()[1]
        for call in waiting:
            call.close()


def test_each_hosts_trouble_is_its_own(start_sshd: Callable[..., Sshd]) -> None:
    loud = ("MaxStartups 100",)
    good, changed, unknown, locked = (start_sshd(options=loud) for _ in range(4))
    stranger = dataclasses.replace(good.credential, private_key=make_key(good.folder / "stranger").read_text())
    with answering(b"") as silent, answering(b"220 mail.example.org ESMTP\r\n") as mail, dead() as gone:
        closed = free_port()
        known = {good.port: [good.host_key], locked.port: [locked.host_key], changed.port: [public(good.folder / "stranger")]}
        credentials = {server.port: server.credential for server in (good, changed, unknown)}

        def look(target: Target) -> Observation:
            port = target.port or 0
            credential = credentials.get(port, stranger)
            deadline_s = 120 if port == good.port else 20
            if port in (silent, gone):
                deadline_s = 2
            return ssh_observe(target.host, port, credential, known.get(port, []), deadline_s=deadline_s, without=(*QUICK, *OTHERS))

        wanted = {good.port: 4, changed.port: 10, unknown.port: 10, locked.port: 10, closed: 13, silent: 4, mail: 9, gone: 4}
        # No more than four where nothing answers: at one place so many look at once, and a fifth would only wait.
        ports = sorted((port for port, count in wanted.items() for _ in range(count)), key=hash)
        results = list(run_scan([Target("127.0.0.1", port) for port in ports], look, concurrency=AT_ONCE, deadline_s=150))
    assert len(results) == sum(wanted.values()) == 64
    told = Counter((result.target.port, result.outcome) for result in results)
    assert told == {
        (good.port, "ok"): 4,
        (changed.port, "refused"): 10,
        (unknown.port, "refused"): 10,
        (locked.port, "credentials_failed"): 10,
        (closed, "refused"): 13,
        (silent, "timed_out"): 4,
        (mail, "unreadable"): 9,
        (gone, "unreachable"): 4,
    }, sorted({(result.target.port, result.outcome, result.reason) for result in results})
    for result in results:
        assert (result.observation is not None) == (result.outcome == "ok")
        assert "PRIVATE KEY" not in repr(result)
        if isinstance(result.error, HostKeyRefused):
            assert result.error.changed == (result.target.port == changed.port)
    for server in (changed, unknown, locked):
        assert "Accepted" not in (server.folder / "log").read_text()
