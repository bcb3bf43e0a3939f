"""SSH hosts a second and CPU per host, beside a bare paramiko that runs `true` on the same servers in the same run.

    python -m bench.ssh_hosts [--hosts 64] [--servers 4] [--concurrency 16] [--rounds 3]

Real sshd on loopback. CPU is that of this process alone (servers and the commands they run are other processes), so the difference is what
Moorings adds to a handshake: sending the script, reading a whole inventory, parsing it, making the Observation.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import paramiko

from bench.figures import Figure, PartMissing
from discovery.scan import run_scan
from discovery.ssh.observe import ssh_observe
from discovery.targets import Target
from tests.discovery.ssh.sshd import BASE, Sshd

GOAL_MS = 15.0
WITHOUT = ("updates",)
"""apt's simulation takes seconds of the host's CPU, and here all hosts are one machine; it tells nothing of the client."""


@dataclass(frozen=True, slots=True)
class Round:
    """One way through all hosts."""

    hosts_per_s: float
    cpu_ms_per_host: float


def measure(work: Callable[[], int]) -> Round:
    """Run `work`, which returns how many hosts it did."""
    wall, cpu = time.perf_counter(), time.process_time()
    hosts = work()
    return Round(hosts / (time.perf_counter() - wall), (time.process_time() - cpu) * 1000 / hosts)


def bare(servers: Sequence[Sshd], hosts: int, concurrency: int) -> int:
    """Handshake, strict host key, key, `true`."""
    user_key = {server.port: paramiko.Ed25519Key.from_private_key_file(str(server.folder / "user_key")) for server in servers}
    host_key = {server.port: paramiko.Ed25519Key(data=base64.b64decode(server.host_key.key_b64)) for server in servers}

    def true(number: int) -> None:
        server = servers[number % len(servers)]
        with contextlib.closing(paramiko.SSHClient()) as client:
            client.get_host_keys().add(f"[{server.address}]:{server.port}", "ssh-ed25519", host_key[server.port])
            client.set_missing_host_key_policy(paramiko.RejectPolicy())
            client.connect(
                server.address, server.port, server.credential.user, pkey=user_key[server.port], allow_agent=False, look_for_keys=False
            )
            _, output, _ = client.exec_command("true")
            assert output.channel.recv_exit_status() == 0

    with ThreadPoolExecutor(concurrency) as pool:
        return len(list(pool.map(true, range(hosts))))


def moorings(servers: Sequence[Sshd], hosts: int, concurrency: int) -> int:
    """The same hosts through `run_scan` and `ssh_observe`."""
    ready = {server.port: (server.credential, [server.host_key]) for server in servers}
    several = [servers[number % len(servers)] for number in range(hosts)]
    results = run_scan(
        (Target(server.address, server.port) for server in several),
        lambda target: ssh_observe(target.host, target.port or 22, *ready[target.port or 22], deadline_s=300, without=WITHOUT),
        concurrency=concurrency,
        deadline_s=300,
    )
    bad = [result for result in results if result.outcome != "ok"]
    assert not bad, bad[:3]
    return hosts


def measured(hosts: int, servers: int, concurrency: int, times: int) -> dict[str, list[Round]]:
    """Rounds of both. Raises PartMissing without an SSH server."""
    if shutil.which("sshd", path=BASE) is None:
        raise PartMissing("there is no SSH server here (Debian: openssh-server)")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        running = []
        for number in range(servers):
            server = Sshd(Path(folder) / str(number), options=("MaxStartups 1000", "LogLevel ERROR")).start()
            stack.callback(server.stop)
            running.append(server)
        rounds: dict[str, list[Round]] = {"bare paramiko, true": [], "moorings, whole inventory": []}
        for _ in range(times):
            # Interleaved, so that what else the machine does meets both alike.
            for name, work in zip(rounds, (bare, moorings), strict=True):
                rounds[name].append(measure(lambda work=work: work(running, hosts, concurrency)))  # type: ignore[misc]
    return rounds


def run(size: int) -> list[Figure]:
    """Up to 64 hosts, 16 at a time."""
    small = size < 1000
    hosts = max(2, min(64, size // 150))
    rounds = list(measured(hosts, 1 if small else 4, min(16, hosts), 1 if small else 3).values())
    speed = [statistics.median(one.hosts_per_s for one in several) for several in rounds]
    cpu = [statistics.median(one.cpu_ms_per_host for one in several) for several in rounds]
    beside = "bare paramiko, true"
    return [
        Figure("SSH, whole inventory: hosts a second", speed[1], "/s", beside, speed[0]),
        Figure("SSH, whole inventory: CPU per host", cpu[1], "ms", beside, cpu[0]),
        Figure("SSH, CPU per host over the bare one", cpu[1] - cpu[0], "ms", goal=f"<= {GOAL_MS:g} ms"),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("hosts", 64), ("servers", 4), ("concurrency", 16), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    rounds = measured(given.hosts, given.servers, given.concurrency, given.rounds)
    print(f"{given.hosts} hosts, {given.concurrency} at a time, {given.servers} sshd on this machine, median (min-max) of {given.rounds}")
    medians = []
    for name, several in rounds.items():
        cpu = [one.cpu_ms_per_host for one in several]
        medians.append(statistics.median(cpu))
        speed = statistics.median(one.hosts_per_s for one in several)
        print(f"  {name:28} {speed:7.1f} hosts/s   {medians[-1]:6.1f} ms CPU per host ({min(cpu):.1f}-{max(cpu):.1f})")
    over = medians[1] - medians[0]
    print(
        f"  {'over the bare one':28} {'':15}   {over:6.1f} ms CPU per host (goal <= {GOAL_MS:g}: {'met' if over <= GOAL_MS else 'missed'})"
    )


if __name__ == "__main__":
    main()
