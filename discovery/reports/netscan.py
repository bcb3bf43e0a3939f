"""Devices that an agent asked over the network and reports in their name: FusionInventory's and GLPI's network discovery and inventory.

Their XML (`SNMPQUERY`, `NETDISCOVERY`) and their JSON nest ports, neighbours and parts; here they become flat sections, so that the privacy
filter treats them as it treats everything else. The agent's own ids are not the device's: one agent asks hundreds of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.text import tidy
from discovery.reports.values import index

QUERIES = ("SNMPQUERY", "NETINVENTORY", "NETDISCOVERY")
MAX_PORTS = 5_000
MAX_SEEN = 20_000
MAX_PARTS = 5_000
_SECTIONS = ("network_device", "network_ports", "network_neighbours", "network_seen", "network_components")
_DEVICE = {
    "comments": "description",
    "snmphostname": "name",
}
_PORT = {
    "ifnumber": "number",
    "ifname": "name",
    "ifdescr": "descr",
    "ifalias": "alias",
    "iftype": "kind",
    "ifspeed": "speed",
    "ifmtu": "mtu",
    "ifstatus": "up",
    "ifinternalstatus": "enabled",
    "mac": "mac",
}
_NEIGHBOUR = ("sysmac", "sysname", "sysdescr", "ifdescr", "ifnumber", "ip", "model")
_PART = {
    "index": "index",
    "containedinindex": "inside",
    "contained_index": "inside",
    "type": "type",
    "name": "name",
    "description": "description",
    "manufacturer": "manufacturer",
    "model": "model",
    "serial": "serial",
    "firmware": "firmware",
    "version": "version",
    "revision": "revision",
}
_OF_THE_DEVICE = ("type", "name", "model", "manufacturer", "serial", "mac", "firmware", "description", "location", "contact")

Tree = dict[str, list[dict[str, Any]]]


def of_xml(content: etree._Element) -> Tree | None:
    """The device in the CONTENT of an XML message; None where it tells of none (the begin and the end of a scan).

    Raises Invalid for several in one message: each is a report of its own.
    """
    devices = content.findall("DEVICE")
    if len(devices) > 1:
        raise Invalid("The message holds several devices; send one message for each.", field="DEVICE")
    if not devices or devices[0].find("ERROR") is not None:
        return None
    device = _plain(devices[0])
    info = device.get("info") if isinstance(device.get("info"), dict) else device
    ports = [_port_of_xml(row) for row in _rows(_in(device, "ports", "port"))]
    return _tree(info, ports, _rows(_in(device, "components", "component")))


def of_json(content: Mapping[str, Any]) -> Tree | None:
    """The device in the content of a JSON inventory; None for an inventory of another kind."""
    info = content.get("network_device")
    if not isinstance(info, Mapping):
        return None
    return _tree(info, _rows(content.get("network_ports")), _rows(content.get("network_components")))


def key(tree: Tree) -> str:
    """Under which its reports keep their order, as a hash (a personal token keeps no serial number); empty for one that nothing names."""
    row = tree["network_device"][0]
    firm = f"{row.get('manufacturer', '')} {row['serial']}" if row.get("serial") else row.get("mac") or row.get("name")
    said = firm or next(iter(row.get("ips", [])), "")
    return f"net:{hashlib.blake2b(str(said).lower().encode(), digest_size=16).hexdigest()}" if said else ""


def _tree(info: Any, ports: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]]) -> Tree:
    tree: Tree = {"network_device": [_device(info)]}
    if ports:
        tree |= {name: [] for name in _SECTIONS[1:4]}
        for row in ports[:MAX_PORTS]:
            _add_port(tree, row)
    if parts:
        tree["network_components"] = [_named(row, _PART) for row in parts[:MAX_PARTS]]
    return tree


def _device(info: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: _word(info.get(name)) for name in _OF_THE_DEVICE}
    for theirs, ours in _DEVICE.items():
        row[ours] = row[ours] or _word(info.get(theirs))
    for named in ("netbiosname", "dnshostname"):
        other = _word(info.get(named))
        if other and not other.replace(".", "").isdigit() and ":" not in other:
            row["name"] = row["name"] or other
    addresses = [_word(info.get("ip")), *_words(info.get("ips"))]
    found: dict[str, Any] = {name: value for name, value in row.items() if value}
    return found | {"ips": list(dict.fromkeys(filter(None, addresses)))[:1000]}


def _add_port(tree: Tree, row: Mapping[str, Any]) -> None:
    port = _named(row, _PORT)
    number = port.get("number", "")
    if index(number) is None:
        return
    port["ips"] = ",".join(dict.fromkeys([*_words(row.get("ips")), *filter(None, [_word(row.get("ip"))])]))
    port["members"] = ",".join(_words(row.get("aggregate")))
    trunk = _yes(row.get("trunk"))
    untagged = [_word(vlan.get("number")) for vlan in _rows(row.get("vlans")) if not _yes(vlan.get("tagged", trunk))]
    port["vlan"] = untagged[0] if len(untagged) == 1 else ""
    tree["network_ports"].append({name: value for name, value in port.items() if value})
    heard = _yes(row.get("lldp")) or _yes(row.get("cdp"))
    for connection in _rows(row.get("connections")):
        if heard or any(connection.get(name) for name in ("sysmac", "sysname", "sysdescr")):
            said = {name: _word(connection.get(name)) for name in _NEIGHBOUR}
            tree["network_neighbours"].append({"port": number} | {name: value for name, value in said.items() if value})
            continue
        for mac in _words(connection.get("mac")):
            if len(tree["network_seen"]) < MAX_SEEN:
                tree["network_seen"].append({"port": number, "mac": mac})


def _named(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: value for theirs, ours in names.items() if (value := _word(row.get(theirs)))}


def _port_of_xml(row: Mapping[str, Any]) -> dict[str, Any]:
    """CONNECTIONS holds CDP, IPS holds IP, VLANS holds VLAN, AGGREGATE holds PORT."""
    connections = row.get("connections")
    told = {"cdp": connections.get("cdp"), "connections": connections.get("connection")} if isinstance(connections, Mapping) else {}
    inside = {"ips": _in(row, "ips", "ip"), "vlans": _in(row, "vlans", "vlan"), "aggregate": _in(row, "aggregate", "port")}
    return {**row, **inside, **told}


def _in(row: Mapping[str, Any], outer: str, inner: str) -> Any:
    """What lies in `outer` under `inner`."""
    holder = row.get(outer)
    return holder.get(inner) if isinstance(holder, Mapping) else None


def _plain(element: etree._Element) -> dict[str, Any]:
    """An element as a dictionary of lower-case names; what occurs twice is a list."""
    found: dict[str, Any] = {}
    for child in element:
        value: Any = _plain(child) if len(child) else child.text or ""
        name = str(child.tag).lower()
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _each(value: Any) -> Iterator[Any]:
    """The parts of a list; one value is a list of one; an object such as `{"ip": [...]}` holds its own."""
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping) and set(value) <= {"ip", "mac", "port"}:
        for part in value.values():
            yield from _each(part)
    elif value is not None:
        yield value


def _rows(value: Any) -> list[Mapping[str, Any]]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, Mapping)]


def _words(value: Any) -> list[str]:
    return [word for part in _each(value) if (word := _word(part))]


def _word(value: Any) -> str:
    if isinstance(value, str):
        return tidy(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _yes(value: Any) -> bool:
    return value is True or _word(value) == "1"
