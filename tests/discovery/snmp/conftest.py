"""Real and replayed SNMP agents for the tests of this room."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from discovery.snmp.credential import SnmpCredential
from tests.discovery.snmp.agent import Recording
from tests.real_parts import real_part_missing

USER, AUTH, PRIV = "moorings", "auth-pass-12", "priv-pass-34"
CONTEXT = "vlan-7"


@dataclass(frozen=True)
class Snmpd:
    """A running snmpd of net-snmp."""

    port: int

    @property
    def v2c(self) -> SnmpCredential:
        return SnmpCredential("2c", community="public")

    def v3(self, **changes: str) -> SnmpCredential:
        given = {"user": USER, "auth_protocol": "sha", "auth_password": AUTH, "priv_protocol": "aes", "priv_password": PRIV}
        return SnmpCredential("3", **(given | changes))


@pytest.fixture(scope="session")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """net-snmp's agent on a free loopback port, with a community, an authPriv user and a network card it does not have."""
    program = shutil.which("snmpd") or ("/usr/sbin/snmpd" if Path("/usr/sbin/snmpd").exists() else None)
    if program is None:
        real_part_missing("snmpd (package snmpd)")
    folder = tmp_path_factory.mktemp("snmpd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "snmpd.conf").write_text(
        f"agentAddress udp:127.0.0.1:{port}\n"
        "rocommunity public 127.0.0.1\n"
        f'createUser {USER} SHA "{AUTH}" AES "{PRIV}"\n'
        "view everything included .1\n"
        f"rouser {USER} authpriv\n"
        f"rouser {USER} authpriv -V everything {CONTEXT}\n"
        f"proxy -Cn {CONTEXT} -v 2c -c public 127.0.0.1:{port} .1.3.6.1.2.1.1.5\n"  # something that lives in a context
        "sysName srv-7.example.net\nsysContact ops@example.net\nsysLocation Rack 4\n"
        "sysServices 72\n"
    )
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SNMP_PERSISTENT_DIR": str(folder), "MIBS": "", "HOME": str(folder)}
    arguments = [program, "-f", "-C", "-c", str(folder / "snmpd.conf"), "-Lf", str(folder / "log"), "-p", str(folder / "pid")]
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Snmpd(port)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    get = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010101000500")
    until = time.monotonic() + 20
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.connect(("127.0.0.1", port))
        while time.monotonic() < until and process.poll() is None:
            try:
                sock.send(get)
                sock.recv(4096)
            except OSError:
                time.sleep(0.05)
                continue
            return
    pytest.fail("snmpd does not answer")


@pytest.fixture(scope="session")
def switch() -> Recording:
    """An invented 24-port switch: bridge, LLDP, stack of two, VLANs."""
    from tests.discovery.snmp.devices import switch_rows

    return Recording.of(switch_rows())
