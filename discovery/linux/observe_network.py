"""Interfaces, addresses, neighbours and disks of a host as items and relations."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.model.observation import Identifier, Item, Value
from discovery.linux.draft import Draft
from discovery.linux.facts import Facts
from discovery.linux.form import virtualization_of
from discovery.linux.interfaces import NetworkInterface
from discovery.linux.neighbours import LldpNeighbour
from discovery.linux.untrusted import mac

_MAX_NEIGHBOURS = 2000


def add_interfaces(draft: Draft, host: str, facts: Facts) -> None:
    """Ports and what is built on them. Those that come and go with containers and guests, and a bare loopback, are left out."""
    for interface in facts.interfaces:
        if not _is_kept(interface):
            continue
        ref = draft.add(_interface(host, interface))
        if interface.same_on_every_host:
            continue
        for one in interface.addresses:
            if one.ip.is_loopback or one.ip.is_link_local or one.ip.is_multicast:
                continue
            ip = draft.add(Item(f"ip/{one.ip}", "ip_address", (Identifier("ip", str(one.ip)),), {"address": str(one.ip)}, part="addresses"))
            draft.relate("has_address", ref, ip, "addresses")
            if one.prefix < one.ip.max_prefixlen:
                prefix = Item(
                    f"net/{one.network}", "network", (Identifier("prefix", one.network),), {"prefix": one.network}, part="addresses"
                )
                draft.relate("in_network", ref, draft.add(prefix), "addresses")


def add_neighbours(draft: Draft, host: str, facts: Facts) -> None:
    """Who answers on the same wire: cables by LLDP, and address ↔ hardware address pairs by ARP and NDP.

    All of them are known by reference only. The coverage of a neighbour's addresses is not ours: a pair that aged out ends nothing.
    """
    kept = {one.name: one for one in facts.interfaces if _is_kept(one)}
    for remote in facts.lldp:
        if remote.interface in kept:
            draft.relate("connected_to", f"{host}/if/{remote.interface}", _far_end(draft, remote), "neighbours")
    own = {one.mac for one in facts.interfaces}
    for neighbour in facts.ip_neighbours[:_MAX_NEIGHBOURS]:
        interface = kept.get(neighbour.interface)
        if interface is None or interface.same_on_every_host or neighbour.mac in own or neighbour.ip.is_link_local:
            continue
        device = draft.add(Item(f"mac/{neighbour.mac}", "device", (Identifier("mac", neighbour.mac),), part="neighbours"))
        ip = draft.add(Item(f"ip/{neighbour.ip}", "ip_address", (Identifier("ip", str(neighbour.ip)),), part="neighbours"))
        draft.relate("has_address", device, ip, "addresses")


def add_disks(draft: Draft, host: str, facts: Facts) -> None:
    """The disks that belong to the computer (no sticks, no memory disks); a container has none of its own."""
    virtual = virtualization_of(facts) not in ("", "none")
    for disk in facts.disks:
        if not disk.is_fixed_disk:
            continue
        attributes: dict[str, Value] = {
            "name": disk.name,
            "disk_name": disk.name,
            "size_bytes": disk.size_bytes,
            # SATA disks all say ATA, paravirtual ones a PCI number.
            "vendor": "" if disk.vendor == "ATA" or disk.vendor.startswith("0x") else disk.vendor,
            "model": disk.model,
            "serial": disk.serial,
            "medium": "virtual" if virtual else {True: "hdd", False: "ssd", None: ""}[disk.rotational],
        }
        identifiers = [Identifier("disk_name", disk.name)]
        if disk.wwn:
            identifiers.insert(0, Identifier("wwn", disk.wwn))
        if disk.serial:
            identifiers.insert(0, Identifier("serial", disk.serial, str(attributes["vendor"] or "")))
        known = {name: value for name, value in attributes.items() if value not in ("", None)}
        draft.add(Item(f"{host}/disk/{disk.kernel_name}", "disk", tuple(identifiers), known, parent=host))


def _is_kept(interface: NetworkInterface) -> bool:
    if interface.kind in ("veth", "dummy"):
        return interface.is_port
    if interface.kind == "tunnel" and not interface.addresses:
        return False
    return interface.kind != "loopback" or any(not one.ip.is_loopback for one in interface.addresses)


def _interface(host: str, interface: NetworkInterface) -> Item:
    attributes: dict[str, Value] = {
        "name": interface.name,
        "if_index": interface.index,
        "alias": interface.alias,
        "mac": interface.mac,
        "permanent_mac": interface.identity_mac,
        "if_type": interface.kind,
        "speed_bps": interface.speed_bps,
        "mtu": interface.mtu,
        "admin_up": interface.admin_up,
        "oper_up": interface.oper_up,
        "addresses": tuple(one.text for one in interface.addresses),
        "vlan": interface.vlan,
    }
    known = {name: value for name, value in attributes.items() if value not in ("", None, ())}
    return Item(f"{host}/if/{interface.name}", "interface", (Identifier("if_name", interface.name),), known, parent=host)


def _far_end(draft: Draft, remote: LldpNeighbour) -> str:
    """The ref of the port at the far end; of the device where the port has no name to be known by."""
    device = draft.add(Item(f"lldp/{remote.chassis_id}", "device", tuple(_device_identifiers(remote)), part="neighbours"))
    port = remote.port_id if remote.port_subtype == "ifname" else remote.port_description or _named(remote)
    if not port:
        return device
    return draft.add(Item(f"{device}/{port}", "interface", (Identifier("if_name", port),), parent=device, part="neighbours"))


def _device_identifiers(remote: LldpNeighbour) -> Iterable[Identifier]:
    """The subtype in lldpd's word is the scope of a chassis id, in SNMP observations too."""
    yield Identifier("chassis_id", remote.chassis_id, remote.chassis_subtype)
    if remote.chassis_subtype == "mac" and mac(remote.chassis_id):
        yield Identifier("mac", mac(remote.chassis_id))
    if remote.system_name:
        yield Identifier("hostname", remote.system_name)
        if "." in remote.system_name:
            yield Identifier("fqdn", remote.system_name)


def _named(remote: LldpNeighbour) -> str:
    """A local port id that is a name or a number of the port; a MAC as port id names the device again."""
    return remote.port_id if remote.port_subtype in ("local", "ifalias") else ""
