"""Section `guests`: virtual machines and system containers that this host runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, load_json, mac, mapping, rows, whole

_UUID = re.compile(r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_CONFIG = re.compile(r"^(?P<path>\S*/)?(?P<vmid>\d{1,10})\.conf:(?P<key>\w+):\s*(?P<value>.*)$")
_MAC = re.compile(r"(?:^|[=,])((?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2})(?:,|$)")
_SMBIOS_UUID = re.compile(r"(?:^|,)uuid=([0-9a-fA-F-]{36})")
_COMMANDS = ("virsh", "pvesh", "lxd", "incus")


@dataclass(frozen=True, slots=True)
class Guest:
    """A machine that lives on this host: a VM (`uuid` is what its SMBIOS shows) or a system container (LXC) with its own addresses."""

    key: str
    name: str
    uuid: str = ""
    macs: tuple[str, ...] = ()
    kind: str = "vm"


@dataclass(frozen=True, slots=True)
class Guests:
    """The guests of all managers together, and what kept us from others."""

    guests: tuple[Guest, ...] = ()
    denied: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def read_guests(section: Section, node: str) -> Guests:
    """All guests of `node`. Raises Unreadable on broken JSON."""
    found: dict[str, Guest] = {}
    denied: list[str] = []
    failures: list[str] = []
    for name in _COMMANDS:
        command = section.get(name)
        if command is None or command.missing:
            continue
        if not command.ok:
            (denied if command.denied else failures).append(command.why)
            continue
        if name == "virsh":
            parsed = parse_virsh(command.output)
        elif name == "pvesh":
            configs = parse_configs(section.output("qemu_configs") + "\n" + section.output("lxc_configs"))
            parsed = parse_pvesh(command.output, node, configs)
        else:
            parsed = parse_lxd(command.output)
        found.update({guest.key: guest for guest in parsed})
    return Guests(tuple(found.values()), tuple(denied), tuple(failures))


def parse_virsh(text: str) -> list[Guest]:
    """`virsh list --all --uuid --name`: uuid and name on one line; names may hold blanks."""
    found = []
    for line in text.splitlines():
        uuid, _, name = line.strip().partition(" ")
        if _UUID.match(uuid):
            found.append(Guest(f"vm/{uuid.lower()}", clean(name, 255), uuid))
    return found


def parse_pvesh(text: str, node: str, configs: Mapping[int, Mapping[str, str]]) -> list[Guest]:
    """`pvesh get /cluster/resources --type vm`: only this node's guests, no templates; uuid and addresses from the config files.

    Raises Unreadable on broken JSON.
    """
    found = []
    for row in rows(load_json(text)):
        vmid = whole(row.get("vmid"))
        if vmid is None or clean(row.get("node")) != node.split(".", maxsplit=1)[0] or row.get("template") in (1, True):
            continue
        config = configs.get(vmid, {})
        uuid = _SMBIOS_UUID.search(config.get("smbios1", ""))
        macs = [address[1] for key, value in config.items() if key.startswith("net") and (address := _MAC.search(value))]
        kind = "system_container" if row.get("type") == "lxc" else "vm"
        name = clean(row.get("name"), 255) or config.get("name", "") or config.get("hostname", "")
        found.append(Guest(f"pve/{vmid}", name, uuid[1] if uuid else "", tuple(filter(None, map(mac, macs))), kind))
    return found


def parse_configs(text: str) -> dict[int, dict[str, str]]:
    """`grep -H` over Proxmox configs: `…/101.conf:key: value`. A key that comes again stands in a snapshot and is not current."""
    found: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        match = _CONFIG.match(line)
        if match is not None:
            found.setdefault(int(match["vmid"]), {}).setdefault(match["key"], clean(match["value"]))
    return found


def parse_lxd(text: str) -> list[Guest]:
    """`lxc list --format json` and `incus list --format json`: containers and virtual machines. Raises Unreadable on broken JSON."""
    found = []
    for row in rows(load_json(text)):
        name = clean(row.get("name"), 255)
        if not name:
            continue
        config = mapping(row.get("expanded_config"))
        macs = [mac(value) for key, value in config.items() if str(key).startswith("volatile.") and str(key).endswith(".hwaddr")]
        kind = "vm" if row.get("type") == "virtual-machine" else "system_container"
        uuid = clean(config.get("volatile.uuid"), 40) if kind == "vm" else ""
        found.append(Guest(f"lxd/{clean(row.get('project'), 100)}/{name}", name, uuid, tuple(filter(None, macs)), kind))
    return found
