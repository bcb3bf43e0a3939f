"""All facts of one host, read from a transcript. How well each part was looked at is told by `discovery.linux.gaps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cmdb.model.observation import Software
from discovery.linux.antimalware import Antimalware, Evidence, find_antimalware, parse_clamav_signatures, parse_mdatp
from discovery.linux.containers import Engines, read_containers
from discovery.linux.disks import BlockDevice, read_disks
from discovery.linux.firewall import Firewall, read_firewall
from discovery.linux.guests import Guests, read_guests
from discovery.linux.hardening import Updates, read_access_control, read_secure_boot, read_updates
from discovery.linux.identity import Identity, read_identity
from discovery.linux.interfaces import NetworkInterface, read_interfaces
from discovery.linux.mounts import Encryption, Mount, parse_mounts, system_disk_encryption
from discovery.linux.neighbours import IpNeighbour, LldpNeighbour, parse_lldp, read_ip_neighbours
from discovery.linux.packages import read_packages
from discovery.linux.platform import Platform, read_platform
from discovery.linux.processes import Process, read_processes
from discovery.linux.reading import Reader
from discovery.linux.routes import DefaultRoute, read_default_routes
from discovery.linux.services import Service, read_services
from discovery.linux.sockets import Sockets, read_sockets
from discovery.linux.system import Hardware, OperatingSystem, read_hardware, read_os
from discovery.linux.transcript import Section
from discovery.linux.untrusted import IPAddress
from discovery.linux.users import read_admins, read_logged_in, read_remote_logins

UNKNOWN_ENCRYPTION = Encryption(None)
UNKNOWN_FIREWALL = Firewall(None)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a host after one look. `packages` is None where no package manager answered."""

    platform: Platform = field(default_factory=Platform)
    identity: Identity = field(default_factory=Identity)
    os: OperatingSystem = field(default_factory=OperatingSystem)
    hardware: Hardware = field(default_factory=Hardware)
    interfaces: tuple[NetworkInterface, ...] = ()
    routes: tuple[DefaultRoute, ...] = ()
    ip_neighbours: tuple[IpNeighbour, ...] = ()
    lldp: tuple[LldpNeighbour, ...] = ()
    sockets: Sockets = field(default_factory=Sockets)
    processes: Mapping[int, Process] = field(default_factory=dict)
    disks: tuple[BlockDevice, ...] = ()
    mounts: tuple[Mount, ...] = ()
    encryption: Encryption = UNKNOWN_ENCRYPTION
    logged_in: tuple[str, ...] | None = None
    admins: tuple[str, ...] | None = None
    remote_logins: tuple[tuple[str, IPAddress], ...] = ()
    services: Mapping[str, Service] = field(default_factory=dict)
    engines: Engines = field(default_factory=Engines)
    guests: Guests = field(default_factory=Guests)
    packages: tuple[Software, ...] | None = None
    firewall: Firewall = UNKNOWN_FIREWALL
    antimalware: Antimalware = field(default_factory=Antimalware)
    access_control: str = ""
    secure_boot: bool | None = None
    updates: Updates = field(default_factory=Updates)


def read_facts(reader: Reader, now: datetime | None = None) -> Facts:
    """Everything in the transcript of `reader`, of `now`; `reader.coverage` tells what could be read. Never raises on its content."""
    transcript = reader.transcript
    platform = reader.read("identity", "platform", read_platform, Platform())
    identity = reader.read("identity", "identity", read_identity, Identity())
    packages = _software(reader)
    services: Mapping[str, Service] = reader.read("services", "services", read_services, {})
    processes: Mapping[int, Process] = reader.read("processes", "processes", read_processes, {})
    mounts: tuple[Mount, ...] = reader.read("mounts", "mounts", lambda section: parse_mounts(section.output("mounts")), ())
    disks: tuple[BlockDevice, ...] = () if identity.container else reader.read("disks", "disks", read_disks, ())
    interfaces: tuple[NetworkInterface, ...] = reader.read("interfaces", "interfaces", read_interfaces, ())
    security = transcript.section("security")
    evidence = Evidence(
        packages if reader.state("software") == "complete" else None,
        services if reader.state("services") == "complete" and any(one.running is not None for one in services.values()) else None,
        {one.name for one in processes.values()} if 1 in processes else None,
    )
    return Facts(
        platform=platform,
        identity=identity,
        os=reader.read("os", "os", read_os, OperatingSystem()),
        hardware=reader.read("hardware", "hardware", read_hardware, Hardware()),
        interfaces=interfaces,
        routes=reader.read("routes", "network", read_default_routes, ()),
        ip_neighbours=reader.read("neighbours", "network", read_ip_neighbours, ()),
        lldp=_lldp(reader),
        sockets=reader.read("connections", "sockets", lambda one: read_sockets(one, transcript.section("sockets_again")), Sockets()),
        processes=processes,
        disks=disks,
        mounts=mounts,
        encryption=_encryption(identity, mounts, disks, security),
        logged_in=reader.read("users", "users", read_logged_in, None),
        admins=reader.read("users", "users", read_admins, None),
        remote_logins=reader.read("users", "users", read_remote_logins, ()),
        services=services,
        engines=reader.read("containers", "containers", read_containers, Engines()),
        guests=reader.read("vms", "guests", lambda section: read_guests(section, platform.node), Guests()),
        packages=packages,
        firewall=reader.read(
            "security", "security", lambda one: read_firewall(one, services, interfaces, privileged=platform.privileged), UNKNOWN_FIREWALL
        ),
        antimalware=reader.read("security", "security", lambda section: _antimalware(section, evidence), Antimalware()),
        access_control=reader.read("security", "security", read_access_control, "") if not identity.container else "",
        secure_boot=read_secure_boot(security, platform.machine) if not identity.container else None,
        updates=_updates(reader, packages, platform, now),
    )


def _software(reader: Reader) -> tuple[Software, ...] | None:
    found: tuple[tuple[Software, ...], tuple[str, ...]] | None = reader.read("software", "software", read_packages, None)
    if found is None:
        return None
    packages, failures = found
    for reason in failures:
        reader.note("software", "partial" if packages else "failed", reason)
    if not packages and not failures:
        reader.note("software", "failed", "no package manager we know")
    return packages or None


def _updates(reader: Reader, packages: tuple[Software, ...] | None, platform: Platform, now: datetime | None) -> Updates:
    found = read_updates(reader.section("updates"), packages or (), platform.release, now)
    missed = reader.arrival("updates")[1]
    return replace(found, reason=missed) if missed and found.security is None else found


def _lldp(reader: Reader) -> tuple[LldpNeighbour, ...]:
    command = reader.section("network").get("lldp")
    if command is None or command.missing:
        reader.note("neighbours", "partial", "no LLDP daemon; only addresses seen lately")
        return ()
    if not command.ok:
        reader.note("neighbours", "refused" if command.denied else "failed", command.why)
        return ()
    return reader.read("neighbours", "network", lambda section: parse_lldp(section.output("lldp")), ())


def _encryption(identity: Identity, mounts: tuple[Mount, ...], disks: tuple[BlockDevice, ...], security: Section) -> Encryption:
    if identity.container:
        return Encryption(None, reason="a container does not see what its disk lies on")
    return system_disk_encryption(mounts, disks, security.output("zfs_root"))


def _antimalware(section: Section, evidence: Evidence) -> Antimalware:
    if section.output("mdatp"):
        return parse_mdatp(section.output("mdatp"))
    found = find_antimalware(evidence)
    if found.product != "ClamAV":
        return found
    return Antimalware(True, found.product, found.enabled, found.version, None, parse_clamav_signatures(section.output("signatures")))
