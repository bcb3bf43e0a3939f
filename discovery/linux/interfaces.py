"""Section `interfaces`: ports with their burned-in addresses, kinds and IP addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from discovery.linux.addresses import InterfaceAddress, make_address, parse_ifconfig, parse_ip_oneline
from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, key_values, load_json, mac, mapping, rows, whole

_PERMANENT = re.compile(r"^Permanent address: ([0-9a-fA-F:]{17})\s*$", re.MULTILINE)

# Kinds of linkinfo (ip -d) in the words of the catalogue.
_KINDS = {
    **dict.fromkeys(("bridge", "openvswitch"), "bridge"),
    **dict.fromkeys(("bond", "team"), "bond"),
    **dict.fromkeys(("tun", "wireguard", "gre", "gretap", "ipip", "sit", "ip6tnl", "vti", "vxlan", "geneve"), "tunnel"),
    **dict.fromkeys(("macvlan", "macvtap", "ipvlan"), "macvlan"),
    **dict.fromkeys(("dummy", "ifb", "nlmon"), "dummy"),
    "vlan": "vlan",
    "veth": "veth",
    "vrf": "vrf",
}
# include/uapi/linux/if_arp.h
_ARP_TYPES = {
    "1": "ethernet",
    "32": "infiniband",
    "772": "loopback",
    **dict.fromkeys(("512", "768", "769", "776", "778", "65534"), "tunnel"),
}
_OPERATING = {"up": True, "down": False, "lowerlayerdown": False, "notpresent": False, "dormant": False}
# Bridges made by container and guest engines: their addresses are the same on every host that has the engine.
_PRIVATE_BRIDGE = re.compile(
    r"^(?:docker\d|docker_gwbridge|br-[0-9a-f]{12}$|virbr\d|lxcbr\d|lxdbr\d|incusbr\d|podman\d|cni|cbr0|flannel|cali|kube-|nodelocaldns|weave)"
)


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """One interface. `permanent_mac` is what is burned in; `device` the kernel's path of the port, empty for what is only software."""

    name: str
    index: int | None = None
    kind: str = ""
    mac: str = ""
    permanent_mac: str = ""
    assigned: int | None = None
    device: str = ""
    master: str = ""
    mtu: int | None = None
    speed_bps: int | None = None
    admin_up: bool | None = None
    oper_up: bool | None = None
    vlan: int | None = None
    alias: str = ""
    addresses: tuple[InterfaceAddress, ...] = field(default=())

    @property
    def on_usb(self) -> bool:
        """A dock or dongle: it moves between computers, so its address identifies none of them."""
        return "/usb" in self.device

    @property
    def has_own_address(self) -> bool:
        """It carries an address by which others reach it."""
        return any(not (one.ip.is_loopback or one.ip.is_link_local) for one in self.addresses)

    @property
    def is_port(self) -> bool:
        """A port of this machine, neither a dongle nor only software.

        Inside a container the near end of its pair (veth, macvlan) is its port: it has no device behind it, carries the container's address
        and belongs to no bridge.
        """
        if self.device:
            return not self.on_usb and self.kind in ("ethernet", "wifi", "infiniband")
        return self.kind in ("ethernet", "veth", "macvlan") and not self.master and self.has_own_address

    @property
    def identity_mac(self) -> str:
        """The burned-in address of a real port: it outlives renaming, bonding and address changes. Empty for anything else."""
        if not self.is_port:
            return ""
        if self.permanent_mac or not self.device:
            return self.permanent_mac or self.mac
        # 0 = the driver took it from the hardware, 1 = random, 2 = stolen from another, 3 = set by somebody (linux/netdevice.h).
        return self.mac if self.assigned in (0, None) and not self.master else ""

    @property
    def same_on_every_host(self) -> bool:
        """The interface of a container or guest engine: its addresses say nothing about this host, because every host has the same."""
        if self.kind == "veth":
            return not self.is_port
        return self.kind in ("dummy", "loopback") or _PRIVATE_BRIDGE.match(self.name) is not None


def read_interfaces(section: Section) -> tuple[NetworkInterface, ...]:
    """All interfaces by name. Raises Unreadable when `ip -j` printed broken JSON."""
    found = parse_ports(section.output("ports"))
    told = section.get("addresses")
    if told is not None and told.ok:
        return merge_ip_json(found, told.output)
    if section.output("addresses_text"):
        return _with_addresses(found, parse_ip_oneline(section.output("addresses_text")))
    return _with_addresses(found, parse_ifconfig(section.output("ifconfig")))


def parse_ports(text: str) -> dict[str, NetworkInterface]:
    """/sys/class/net as printed by the script, with `ethtool -P` lines where that is installed."""
    found = {}
    for part in ("\n" + text).split("\nif=")[1:]:
        name, _, rest = part.partition("\n")
        values = {key: value for key, value in key_values(rest) if key != "has"}
        marks = {value for key, value in key_values(rest) if key == "has"}
        flags = _hex(values.get("flags", ""))
        speed = whole(values.get("speed"))
        permanent = _PERMANENT.search(rest)
        name = clean(name, 100)
        if not name:
            continue
        found[name] = NetworkInterface(
            name=name,
            index=whole(values.get("ifindex")),
            kind="veth" if name.startswith("veth") else _kind(values.get("type", ""), marks),
            mac=mac(values.get("address")),
            permanent_mac=mac(permanent[1]) if permanent else mac(values.get("bonding_slave/perm_hwaddr")),
            assigned=whole(values.get("addr_assign_type")),
            device=values.get("device", ""),
            master=values.get("master", ""),
            mtu=whole(values.get("mtu")),
            speed_bps=speed * 1_000_000 if speed is not None and 0 < speed < 10_000_000 else None,
            admin_up=bool(flags & 1) if flags is not None else None,
            oper_up=_OPERATING.get(values.get("operstate", "")),
            alias=values.get("ifalias", ""),
        )
    return found


def merge_ip_json(found: Mapping[str, NetworkInterface], text: str) -> tuple[NetworkInterface, ...]:
    """`ip -j -d addr` over what /sys told; either may be missing. Raises Unreadable on broken JSON."""
    merged = dict(found)
    for row in rows(load_json(text)):
        name = clean(row.get("ifname"), 100)
        if not name:
            continue
        known = merged.get(name) or _from_ip(name, row)
        kind = clean(mapping(row.get("linkinfo")).get("info_kind"))
        data = mapping(mapping(row.get("linkinfo")).get("info_data"))
        addresses = [make_address(one.get("local"), one.get("prefixlen"), one.get("scope")) for one in rows(row.get("addr_info"))]
        merged[name] = replace(
            known,
            kind=_KINDS.get(kind, known.kind),
            permanent_mac=mac(row.get("permaddr")) or known.permanent_mac,
            vlan=whole(data.get("id")) if kind == "vlan" else None,
            addresses=tuple(one for one in addresses if one is not None),
        )
    return tuple(merged.values())


def _from_ip(name: str, row: Mapping[str, Any]) -> NetworkInterface:
    flags = row.get("flags") if isinstance(row.get("flags"), list) else []
    kind = {"loopback": "loopback", "ether": "ethernet", "infiniband": "infiniband"}.get(clean(row.get("link_type")), "tunnel")
    return NetworkInterface(
        name=name,
        index=whole(row.get("ifindex")),
        kind=kind,
        mac=mac(row.get("address")),
        mtu=whole(row.get("mtu")),
        admin_up="UP" in (flags or []),
        oper_up=_OPERATING.get(clean(row.get("operstate")).lower()),
        master=clean(row.get("master"), 100),
    )


def _with_addresses(found: dict[str, NetworkInterface], addresses: Mapping[str, list[InterfaceAddress]]) -> tuple[NetworkInterface, ...]:
    for name, some in addresses.items():
        base = name.partition(":")[0]
        known = found.get(base) or NetworkInterface(base)
        found[base] = replace(known, addresses=(*known.addresses, *some))
    return tuple(found.values())


def _hex(text: str) -> int | None:
    try:
        return int(text, 16) if len(text) < 12 else None
    except ValueError:
        return None


def _kind(arp_type: str, marks: Iterable[str]) -> str:
    for mark, kind in (("bridge", "bridge"), ("bonding", "bond"), ("wireless", "wifi"), ("phy80211", "wifi"), ("tun_flags", "tunnel")):
        if mark in marks:
            return kind
    return _ARP_TYPES.get(arp_type, "other" if arp_type else "")
