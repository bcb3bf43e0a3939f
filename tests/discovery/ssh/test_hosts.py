"""Real servers, looked at for real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cmdb.errors import Refused
from cmdb.model.observation import Observation
from discovery.local import local_observe
from discovery.scan import run_scan
from discovery.ssh.observe import ssh_observe
from discovery.targets import Target, parse_targets
from tests.discovery.linux.recorded import coverage, host, of_class, reasons, values
from tests.discovery.ssh.sshd import QUICK, Sshd


def test_ssh_and_local_see_the_same_machine(sshd: Sshd) -> None:
    remote = ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], without=QUICK)
    local = local_observe(without=QUICK)
    assert set(host(remote).identifiers) == set(host(local).identifiers)
    assert host(local).identifiers
    assert host(remote).cls == host(local).cls
    steady = ("hostname", "os_name", "os_version", "kernel_version", "boot_id", "last_boot_at", "memory_bytes", "cpu_count", "ip_addresses")
    assert {name: host(remote).attributes.get(name) for name in steady} == {name: host(local).attributes.get(name) for name in steady}
    assert (remote.source.key, local.source.key) == ("ssh:scan", "local:scan")
    assert coverage(remote)["software"] == coverage(local)["software"] == "not_looked"


def test_the_server_itself_is_found_as_a_program(sshd: Sshd) -> None:
    observation = ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], without=QUICK)
    listening = {place for item in of_class(observation, "software_instance").values() for place in item.attributes.get("listens") or ()}  # type: ignore[union-attr]
    assert f"tcp/127.0.0.1:{sshd.port}" in listening


def test_packages_arrive(sshd: Sshd) -> None:
    observation = ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key], without=("updates",))
    if coverage(observation)["software"] == "complete":
        assert len(host(observation).software or ()) > 20


def test_several_servers_good_and_bad_in_one_run(start_sshd: Callable[..., Sshd]) -> None:
    good = [start_sshd(address=f"127.0.0.{number}") for number in (2, 3, 4)]
    stranger = start_sshd(address="127.0.0.5")
    servers = {Target(server.address, server.port): server for server in (*good, stranger)}

    def look(target: Target) -> Observation:
        server = servers.get(target)
        if server is None:
            return ssh_observe(target.host, target.port or 22, good[0].credential, [], deadline_s=20)
        credential = good[0].credential if server is stranger else server.credential
        return ssh_observe(target.host, target.port or 22, credential, [server.host_key], without=QUICK, deadline_s=60)

    closed = start_sshd(address="127.0.0.6")
    closed.stop()
    targets = parse_targets([*map(str, servers), f"127.0.0.6:{closed.port}", "no-such-host.invalid"])
    outcomes = {str(result.target): result.outcome for result in run_scan(targets, look, concurrency=4)}
    assert outcomes == {
        **{f"{server.address}:{server.port}": "ok" for server in good},
        f"127.0.0.5:{stranger.port}": "credentials_failed",
        f"127.0.0.6:{closed.port}": "refused",
        "no-such-host.invalid": "unreachable",
    }


def test_a_mac_and_a_freebsd_are_identified_as_far_as_it_goes(sshd: Sshd) -> None:
    sshd.command("uname", 'case "$1" in -s) echo Darwin;; -n) echo ada-mac.local;; -r) echo 24.1.0;; -m) echo arm64;; esac')
    sshd.command("sw_vers", "printf 'ProductName:\\t\\tmacOS\\nProductVersion:\\t\\t15.1\\nBuildVersion:\\t\\t24B83\\n'")
    sshd.command(
        "ioreg",
        'echo \'    "IOPlatformSerialNumber" = "C02ABC123XYZ"\'; echo \'    "IOPlatformUUID" = "11111111-2222-3333-4444-555555555555"\'',
    )
    sshd.command("sysctl", "echo MacBookPro18,3")
    mac = host(ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key]))
    assert (mac.cls, values(mac, "serial"), values(mac, "uuid")) == ("laptop", ["C02ABC123XYZ"], ["11111111-2222-3333-4444-555555555555"])
    assert (mac.attributes["os_family"], mac.attributes["os_version"], mac.attributes["os_build"]) == ("macos", "15.1", "24B83")
    sshd.command("uname", 'case "$1" in -s) echo FreeBSD;; -n) echo fw1.example.org;; -r) echo 14.1-RELEASE;; -m) echo amd64;; esac')
    sshd.command("kenv", "echo 'smbios.system.serial=\"S123\"'; echo 'smbios.system.maker=\"Supermicro\"'")
    sshd.command("freebsd-version", "echo 14.1-RELEASE-p5")
    bsd = host(ssh_observe(sshd.address, sshd.port, sshd.credential, [sshd.host_key]))
    assert (bsd.cls, bsd.attributes["os_family"], bsd.attributes["os_version"]) == ("server", "bsd", "14.1-RELEASE-p5")
    assert values(bsd, "fqdn") == ["fw1.example.org"]


def test_weak_algorithms_are_opt_in_and_told_with_the_asset(start_sshd: Callable[..., Sshd]) -> None:
    old = (
        "KexAlgorithms diffie-hellman-group14-sha1",
        "Ciphers aes128-cbc",
        "MACs hmac-sha1",
        "HostKeyAlgorithms ssh-rsa",
        "PubkeyAcceptedAlgorithms +ssh-rsa",
    )
    server = start_sshd(options=old, key_kind="rsa")
    with pytest.raises(Refused, match="allow legacy algorithms on the credential"):
        ssh_observe(server.address, server.port, server.credential, [server.host_key])
    observation = ssh_observe(server.address, server.port, replace(server.credential, allow_legacy=True), [server.host_key], without=QUICK)
    told = reasons(observation)["identity"]
    for name in ("aes128-cbc", "diffie-hellman-group14-sha1", "hmac-sha1", "ssh-rsa"):
        assert name in told
