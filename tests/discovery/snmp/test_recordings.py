"""Every recording of the shared folder through the replay agent: no crash, and what an expert found is found here too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json, to_json
from discovery.snmp.backend import Endpoint
from discovery.snmp.look import Seen
from discovery.snmp.observe import observe
from tests.discovery.snmp.agent import Quirks, Recording, ReplayAgent
from tests.discovery.snmp.looking import look_at

# ruff: noqa: E501
VENDORS = {  # the makers, by the names of the systems in expected.json
    "jetstream": "TP-Link", "dlink": "D-Link", "edgecos": "Edgecore", "junos": "Juniper", "scalance": "Siemens", "arubaos-cx": "HPE Aruba",
    "ios": "Cisco", "iosxe": "Cisco", "asa": "Cisco", "procurve": "HPE", "routeros": "MikroTik", "zynos": "Zyxel", "zyxelwlc": "Zyxel",
    "fortigate": "Fortinet", "panos": "Palo Alto Networks", "vmware-esxi": "VMware", "linux": "Supermicro", "drac": "Dell", "hpe-ilo": "HPE",
    "brother": "Brother", "ricoh": "Ricoh", "apc": "APC", "eaton-mgeups": "Eaton", "qnap": "QNAP", "dsm": "Synology", "f5": "F5",
    "axiscam": "Axis", "avtech": "AVTECH",
}  # fmt: skip
CLASSES = {
    "jetstream": "switch", "dlink": "switch", "edgecos": "switch", "junos": "switch", "scalance": "switch", "arubaos-cx": "switch",
    "ios": "switch", "iosxe": "switch", "asa": "firewall", "procurve": "switch", "routeros": "router", "zynos": "switch",
    "zyxelwlc": "wireless_controller", "fortigate": "firewall", "panos": "firewall", "vmware-esxi": "hypervisor", "linux": "server",
    "drac": "management_controller", "hpe-ilo": "management_controller", "brother": "printer", "ricoh": "printer", "apc": "ups",
    "eaton-mgeups": "ups", "qnap": "storage", "dsm": "storage", "f5": "load_balancer", "axiscam": "appliance", "avtech": "appliance",
}  # fmt: skip
LEAST_SHARE = 0.8


@pytest.fixture(scope="session")
def looks(shared: Path) -> dict[str, tuple[dict[str, Any], Seen]]:
    """Every recording as (what is expected, what was seen), through one agent with replies of at most 1,400 bytes."""
    expected = json.loads((shared / "snmprec" / "expected.json").read_text())["devices"]
    recordings = {name: Recording.read(shared / "snmprec" / entry["file"]) for name, entry in expected.items()}
    with ReplayAgent(*recordings.values(), quirks=Quirks(reply_limit=1_400)) as agent:
        ports = dict(zip(recordings, agent.ports, strict=True))
        return {name: (entry, look_at(ports[name])) for name, entry in expected.items()}


def plain(value: str) -> str:
    return re.sub(r"[^a-z0-9]", "", value.casefold())


def same(found: str, expected: str) -> bool:
    """Equal but for case and punctuation, or one says more than the other (`SG2218P` and `SG2218P 1.20`)."""
    mine, theirs = plain(found), plain(expected)
    return bool(mine) and (mine in theirs or theirs in mine)


def judged(looks: dict[str, tuple[dict[str, Any], Seen]]) -> Iterable[tuple[str, str, str, str, bool]]:
    """(device, fact, found, expected, right) for all facts that are expected."""
    for name, (expected, seen) in looks.items():
        device, facts = expected["device"], seen.facts
        if vendor := VENDORS.get(device.get("os", "")):
            yield name, "vendor", facts.vendor, vendor, facts.vendor == vendor
            yield name, "class", facts.cls, CLASSES[device["os"]], facts.cls == CLASSES[device["os"]]
        for fact, found, wanted in (
            ("model", facts.model, "hardware"),
            ("version", facts.version, "version"),
            ("serial", facts.serial, "serial"),
        ):
            if device.get(wanted):
                yield name, fact, found, device[wanted], same(found, device[wanted])


def test_vendor_class_model_version_and_serial(looks: dict[str, tuple[dict[str, Any], Seen]], capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(judged(looks))
    shares = {}
    with capsys.disabled():
        print()
        for fact in ("vendor", "class", "model", "version", "serial"):
            of_fact = [row for row in rows if row[1] == fact]
            right = sum(row[4] for row in of_fact)
            shares[fact] = right / len(of_fact)
            print(f"SNMP recordings, {fact:8}: {right:3} of {len(of_fact):3} right")
        for name, fact, found, wanted, right in rows:
            if not right:
                print(f"   {name}: {fact} is {found!r}, expected {wanted!r}")
    assert len(rows) > 100
    assert min(shares.values()) >= LEAST_SHARE, shares


def test_ports_are_all_there_with_name_mac_speed_and_state(looks: dict[str, tuple[dict[str, Any], Seen]]) -> None:
    wrong, total = [], 0
    for name, (expected, seen) in looks.items():
        by_index = {row.index: row for row in seen.interfaces}
        for port in expected.get("ports", ()):
            total += 1
            row = by_index.get(port["ifIndex"])
            mac = port.get("ifPhysAddress", "").replace("000000000000", "")
            if (
                row is None
                or (port.get("ifName") and port["ifName"] not in (row.name, *row.other_names) and not row.name.startswith(port["ifName"]))
                or (mac and (row.mac or "").replace(":", "") != mac)
                or (port.get("ifSpeed") and row.speed_bps != port["ifSpeed"])
                or (port.get("ifOperStatus") in ("up", "down") and row.oper_up != (port["ifOperStatus"] == "up"))
            ):
                wrong.append((name, port, row))
    assert total > 700
    assert len(wrong) <= total // 100, wrong[:5]


def test_serials_of_parts_and_what_holds_them(looks: dict[str, tuple[dict[str, Any], Seen]]) -> None:
    wrong, total = [], 0
    for name, (expected, seen) in looks.items():
        parts = {part.index: part for part in seen.entities.parts}
        serials = {part.serial for part in parts.values()}
        for row in expected.get("entity", ()):
            if not row.get("SerialNum") or row["SerialNum"] in ("N/A", "BUILTIN"):
                continue
            total += 1
            part = parts.get(row["Index"])
            at_its_place = part is not None and part.serial == row["SerialNum"] and (part.parent or 0) == row["ContainedIn"]
            if not at_its_place and not (name.startswith("junos") and row["SerialNum"] in serials):  # JUNIPER-MIB has indexes of its own
                wrong.append((name, row, part))
    assert total > 30
    assert not wrong, wrong[:5]


def test_neighbours_are_heard_on_the_right_ports(looks: dict[str, tuple[dict[str, Any], Seen]]) -> None:
    wrong, total = [], 0
    for name, (expected, seen) in looks.items():
        names = {row.index: {row.name, *row.other_names} for row in seen.interfaces}
        heard = [(names.get(one.if_index, set()), one.name) for one in seen.neighbours]
        for link in expected.get("links", ()):
            total += 1
            if not any(
                link["ifName"] in ports and (not link["remote_hostname"] or link["remote_hostname"] == remote) for ports, remote in heard
            ):
                wrong.append((name, link))
    assert total > 30
    assert not wrong, wrong[:5]


def test_forwarding_entries_with_port_and_vlan(looks: dict[str, tuple[dict[str, Any], Seen]]) -> None:
    total = 0
    for name, (expected, seen) in looks.items():
        learned = {(row.mac.replace(":", ""), row.if_index): row.vlan for row in seen.forwarding.learned}
        missing = [row for row in expected.get("fdb", ()) if (row[0], row[1]) not in learned]
        assert not missing, (name, missing[:5])
        vlans = [row for row in expected.get("fdb", ()) if row[2] is not None]
        assert all(vlan is None or isinstance(vlan, int) for vlan in learned.values())
        right = sum(
            (row[0], row[1], row[2]) in {(one.mac.replace(":", ""), one.if_index, one.vlan) for one in seen.forwarding.learned}
            for row in vlans
        )
        assert right == len(vlans), (name, right, len(vlans))
        total += len(expected.get("fdb", ()))
    assert total > 800


def test_addresses_on_their_interfaces(looks: dict[str, tuple[dict[str, Any], Seen]]) -> None:
    wrong, total = [], 0
    for name, (expected, seen) in looks.items():
        found = {(row.ip, row.if_index): row.prefix_length for row in seen.addresses}
        for row in expected.get("ipv4", ()):
            total += 1
            length = found.get((row["ipv4_address"], row["ifIndex"]), -1)
            if length is not None and length != row["ipv4_prefixlen"] and not row["ipv4_address"].startswith("127."):
                wrong.append((name, row, length))
    assert total > 50
    assert not wrong, wrong[:5]


def test_every_look_makes_an_observation_that_the_door_accepts(looks: dict[str, tuple[dict[str, Any], Seen]]) -> None:
    catalogue = Catalogue.load()
    for name, (_, seen) in looks.items():
        observation = observe(seen, endpoint=Endpoint("192.0.2.7"), at=times.now())
        again = from_json(json.dumps(to_json(observation)), catalogue, now=times.now())
        assert len(again.items) == len(observation.items), name
        assert len({item.ref for item in observation.items}) == len(observation.items), name


@pytest.mark.parametrize(
    "quirks", [Quirks(reply_limit=60_000), Quirks(too_big_above=12), Quirks(one_varbind=True)], ids=["60,000", "tooBig", "one"]
)
@pytest.mark.parametrize("name", ["ios_2960x", "procurve_2520", "arubaos-cx_10.10", "hpe-ilo_4"])
def test_quirks_do_not_change_what_is_found(looks: dict[str, tuple[dict[str, Any], Seen]], shared: Path, name: str, quirks: Quirks) -> None:
    expected, seen = looks[name]
    with ReplayAgent(Recording.read(shared / "snmprec" / expected["file"]), quirks=quirks) as agent:
        again = look_at(agent.port)
    assert again.facts == seen.facts
    assert again.interfaces == seen.interfaces
    assert again.forwarding == seen.forwarding
    assert {part: state for part, (state, _) in again.parts.items()} == {part: state for part, (state, _) in seen.parts.items()}


@pytest.mark.parametrize("name", ["apc_smt750x-nmc2", "scalance_xc206-2sfp", "fortigate_100e"])
def test_an_agent_of_version_1_tells_the_same(looks: dict[str, tuple[dict[str, Any], Seen]], shared: Path, name: str) -> None:
    expected, seen = looks[name]
    with ReplayAgent(Recording.read(shared / "snmprec" / expected["file"]), quirks=Quirks(v1_only=True)) as agent:
        again = look_at(agent.port, version="1")
    assert again.facts == seen.facts
    assert [row.name for row in again.interfaces] == [row.name for row in seen.interfaces]
    assert again.addresses == seen.addresses
