"""Real OpenSSH servers on loopback addresses, each with its own configuration, host key and user key; nothing of the system is changed."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from discovery.ssh.credential import SshCredential
from discovery.ssh.hostkeys import HostKey
from tests.real_parts import real_part_missing

BASE = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
QUICK = ("updates", "software")
"""Sections that take long on a machine with many packages, for tests that are about something else."""


def free_port(address: str = "127.0.0.1") -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new key pair; the private half is at `path`."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path)], check=True)
    return path


def public(path: Path) -> HostKey:
    """The public half of a key pair."""
    kind, base64 = path.with_suffix(".pub").read_text().split()[:2]
    return HostKey(kind, base64)


@dataclass
class Sshd:
    """One server. `bin` comes first in its users' PATH: what a test puts there stands in for the host's own command."""

    folder: Path
    address: str = "127.0.0.1"
    options: Sequence[str] = ()
    key_kind: str = "ed25519"
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def host_key(self) -> HostKey:
        return public(self.folder / "host_key")

    @property
    def credential(self) -> SshCredential:
        """The user key that this server accepts."""
        return SshCredential("ssh-key", getpass.getuser(), private_key=(self.folder / "user_key").read_text())

    def start(self) -> Sshd:
        sshd = shutil.which("sshd", path=BASE)
        if sshd is None:
            real_part_missing("OpenSSH server (Debian: openssh-server)")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.bin.mkdir(exist_ok=True)
        if not (self.folder / "user_key").exists():
            make_key(self.folder / "user_key")
            shutil.copy(self.folder / "user_key.pub", self.folder / "authorized_keys")
        if not (self.folder / "host_key").exists():
            make_key(self.folder / "host_key", self.key_kind)
        self.port = self.port or free_port(self.address)
        (self.folder / "sshd_config").write_text("\n".join((*self._config(), *self.options, "")))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.process = subprocess.Popen([sshd, "-D", "-e", "-f", str(self.folder / "sshd_config")], stderr=(self.folder / "log").open("wb"))
        self._wait()
        return self

    def _config(self) -> list[str]:
        return [
            f"ListenAddress {self.address}:{self.port}",
            f"HostKey {self.folder / 'host_key'}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            f"PidFile {self.folder / 'pid'}",
            f"SetEnv PATH={self.bin}:{BASE}",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "PermitRootLogin yes",
            "PrintMotd no",
            "LogLevel VERBOSE",
        ]

    def _wait(self) -> None:
        for _ in range(100):
            try:
                socket.create_connection((self.address, self.port), timeout=1).close()
            except OSError:
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def command(self, name: str, text: str) -> None:
        """Put a command of that name into the way of the host's own."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def hang_up(self) -> None:
        """Kill the processes that serve the open connections, as a failing host would."""
        assert self.process is not None
        listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            pid, parent = map(int, line.split())
            if parent == self.process.pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.process is not None:
            self.hang_up()
            self.process.terminate()
            self.process.wait(10)
