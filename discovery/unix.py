"""macOS and FreeBSD: as much as identifies them. Their depth is the agents' (GLPI, osquery), not the script's."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping

from cmdb.model.observation import Coverage, Identifier, Item, Observation, Value
from discovery.linux.identity import parse_host_keys
from discovery.linux.observe import HOST, Look
from discovery.linux.platform import Platform
from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, key_values

_IOREG = re.compile(r'^\s*\|?\s*"(?P<name>IOPlatform(?:SerialNumber|UUID))"\s*=\s*"(?P<value>[^"]{1,100})"\s*$', re.MULTILINE)
_LAPTOP_CHASSIS = {"8", "9", "10", "14", "31", "32", "notebook", "laptop", "portable", "sub notebook", "convertible", "detachable"}


def observe_unix(platform: Platform, section: Section, look: Look) -> Observation:
    """The observation of a macOS or FreeBSD host: one item, with identity and operating system."""
    attributes: dict[str, Value] = {
        "name": platform.node.partition(".")[0],
        "hostname": platform.node.partition(".")[0],
        "fqdn": _fqdn(platform.node, clean(section.output("fqdn"), 255)),
        "os_arch": platform.machine,
        "kernel_version": platform.release,
        **(_macos(section) if platform.kernel == "Darwin" else _freebsd(section)),
    }
    known = {name: value for name, value in attributes.items() if value not in ("", None)}
    item = Item(HOST, _class(platform.kernel, known), tuple(_identifiers(known, section)), known)
    complete = section.state == "complete"
    reason = "; ".join(filter(None, (look.remark, "" if complete else "the section did not arrive whole")))
    parts = [Coverage(HOST, part, "complete" if complete else "partial", reason) for part in ("identity", "os")]
    return Observation(id=uuid.uuid4().hex, source=look.source, observed_at=look.observed_at, items=(item,), coverage=tuple(parts))


def parse_ioreg(text: str) -> dict[str, str]:
    """`ioreg -rd1 -c IOPlatformExpertDevice`: serial number and hardware UUID."""
    return {found["name"]: clean(found["value"]) for found in _IOREG.finditer(text)}


def parse_kenv(text: str) -> dict[str, str]:
    """FreeBSD's `kenv`: `smbios.system.serial="…"` lines."""
    return {name: value.strip('"') for name, value in key_values(text) if name.startswith("smbios.")}


def _macos(section: Section) -> dict[str, Value]:
    version = dict(key_values(section.output("sw_vers"), ":"))
    registry = parse_ioreg(section.output("ioreg"))
    return {
        "os_family": "macos",
        "os_name": version.get("ProductName", "macOS"),
        "os_version": version.get("ProductVersion", ""),
        "os_build": version.get("BuildVersion", ""),
        "vendor": "Apple",
        "model": clean(section.output("hw_model")),
        "serial": registry.get("IOPlatformSerialNumber", ""),
        "uuid": registry.get("IOPlatformUUID", ""),
    }


def _freebsd(section: Section) -> dict[str, Value]:
    smbios = parse_kenv(section.output("kenv"))
    return {
        "os_family": "bsd",
        "os_name": "FreeBSD",
        "os_version": clean(section.output("version")),
        "vendor": smbios.get("smbios.system.maker", ""),
        "model": smbios.get("smbios.system.product", ""),
        "serial": smbios.get("smbios.system.serial", ""),
        "uuid": smbios.get("smbios.system.uuid", "") or clean(section.output("hostuuid"), 40),
        "board_serial": smbios.get("smbios.planar.serial", ""),
        "chassis_serial": smbios.get("smbios.chassis.serial", ""),
        "chassis_type": smbios.get("smbios.chassis.type", ""),
        "bios_version": smbios.get("smbios.bios.version", ""),
    }


def _class(kernel: str, known: Mapping[str, Value]) -> str:
    """By the form where it shows: Apple's model names, the chassis type; a FreeBSD host else serves, a Mac else is somebody's."""
    model = str(known.get("model", ""))
    if kernel == "Darwin":
        if model.startswith("MacBook"):
            return "laptop"
        return "virtual_machine" if model.startswith(("VMware", "VirtualMac", "Parallels")) else "workstation"
    if any(word in model for word in ("VMware", "VirtualBox", "KVM", "QEMU", "Virtual Machine", "BHYVE", "HVM domU")):
        return "virtual_machine"
    return "laptop" if str(known.get("chassis_type", "")).lower() in _LAPTOP_CHASSIS else "server"


def _identifiers(known: Mapping[str, Value], section: Section) -> Iterable[Identifier]:
    for kind, scope in (
        ("serial", "vendor"),
        ("uuid", ""),
        ("board_serial", "vendor"),
        ("chassis_serial", "vendor"),
        ("hostname", ""),
        ("fqdn", ""),
    ):
        value = known.get(kind)
        if isinstance(value, str):
            yield Identifier(kind, value, str(known.get(scope, "")) if scope else "")
    for key in parse_host_keys(section.output("host_keys")):
        yield Identifier("ssh_host_key", key)


def _fqdn(node: str, told: str) -> str:
    full = node if "." in node else told
    # "MacBook.local" is what Bonjour calls it on this wire; it is no name in any DNS.
    return full if "." in full and not full.endswith(".local") and not full.startswith("localhost") else ""
