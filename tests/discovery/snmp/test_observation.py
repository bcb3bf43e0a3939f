"""What an Observation says of an invented stack: identity, members, neighbours, end hosts, coverage."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation
from cmdb.model.observation_json import from_json, to_json
from discovery.snmp.backend import Endpoint
from discovery.snmp.look import Seen
from discovery.snmp.observe import Settings, observe
from tests.discovery.snmp.agent import Quirks, Recording, ReplayAgent
from tests.discovery.snmp.devices import LAG, PHONE_PORT, UPLINK, switch_rows, system_rows
from tests.discovery.snmp.looking import look_at

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HERE = Endpoint("10.0.0.7")


@pytest.fixture(scope="module")
def seen() -> Seen:
    with ReplayAgent(Recording.of(switch_rows())) as agent:
        return look_at(agent.port)


@pytest.fixture(scope="module")
def observation(seen: Seen) -> Observation:
    return observe(seen, endpoint=HERE, at=AT)


def item(observation: Observation, ref: str) -> Item:
    return next(one for one in observation.items if one.ref == ref)


def links(observation: Observation, ref: str, part: str) -> set[str]:
    return {one.target for one in observation.relations if one.source == ref and one.type == "connected_to" and one.part == part}


def test_the_device_and_what_it_says_of_itself(observation: Observation) -> None:
    device = item(observation, "device")
    assert device.cls == "switch"
    said = {
        name: device.attributes[name] for name in ("name", "hostname", "fqdn", "vendor", "model", "os_name", "os_version", "location_text")
    }
    assert said == {
        "name": "sw-7.example.net",
        "hostname": "sw-7",
        "fqdn": "sw-7.example.net",
        "vendor": "Cisco",
        "model": "WS-C2960X-24PS-L",
        "os_name": "IOS",
        "os_version": "15.2(7)E3",
        "location_text": "Rack 4",
    }
    assert device.attributes["ip_addresses"] == ("10.0.0.7",)
    assert device.attributes["uptime_since"] == "2026-11-21T10:00:00.000Z"
    kinds = {one.kind: one for one in device.identifiers}
    assert kinds["chassis_id"] == Identifier("chassis_id", "00:1e:14:00:01:00", "mac")
    assert kinds["snmp_engine_id"].value == "80000009030200000a0b0c"
    assert kinds["hostname"].value == "sw-7"


def test_a_stack_is_known_by_its_members_and_not_by_its_masters_serial(observation: Observation) -> None:
    device = item(observation, "device")
    assert device.attributes["serial"] == "FCW1929B68S"
    assert all(one.kind != "serial" for one in device.identifiers)
    members = [one for one in observation.items if one.attributes.get("kind") == "stack member"]
    assert [one.parent for one in members] == ["device", "device"]
    assert [one.identifiers[0] for one in members] == [Identifier("serial", f"FCW19{end}", "Cisco") for end in ("29B68S", "31A06Z")]
    supply = item(observation, "module:2006")
    assert (supply.parent, supply.attributes["kind"], supply.attributes["serial"]) == ("module:2001", "power supply", "DCB2001")
    assert not any(one.ref == "module:1" for one in observation.items), "the stack row is the device"


def test_a_lone_chassis_is_the_device() -> None:
    rows = [row for row in switch_rows() if not (row[0].startswith("1.3.6.1.2.1.47") and row[0].rsplit(".", 1)[1].startswith("20"))]
    with ReplayAgent(Recording.of(rows)) as agent:
        alone = observe(look_at(agent.port), endpoint=HERE, at=AT)
    assert Identifier("serial", "FCW1929B68S", "Cisco") in item(alone, "device").identifiers
    assert not any(one.ref == "module:1001" for one in alone.items)
    assert item(alone, "module:1006").parent == "device"


def test_interfaces_with_both_names_address_and_vlan(observation: Observation) -> None:
    port = item(observation, "if:10101")
    assert port.parent == "device"
    assert [one.value for one in port.identifiers if one.kind == "if_name"] == ["Gi1/0/1", "GigabitEthernet1/0/1"]
    said = {name: port.attributes[name] for name in ("mac", "speed_bps", "mtu", "admin_up", "oper_up", "vlan", "alias")}
    assert said == {
        "mac": "00:1e:14:00:01:01",
        "speed_bps": 10**9,
        "mtu": 1500,
        "admin_up": True,
        "oper_up": True,
        "vlan": 20,
        "alias": "to desk 1",
    }
    assert item(observation, "if:99").attributes["addresses"] == ("10.0.0.7/24",)
    assert item(observation, "ip:10.0.0.7").identifiers == (Identifier("ip", "10.0.0.7"),)


def test_neighbours_by_reference_one_item_for_lldp_and_one_for_cdp(observation: Observation) -> None:
    uplink = f"if:{10_100 + UPLINK}"
    far = [item(observation, ref) for ref in sorted(links(observation, uplink, "neighbours"))]
    assert {one.attributes["name"] for one in far} == {"Te1/1/1", "TenGigabitEthernet1/1/1"}
    remotes = {one.parent: item(observation, str(one.parent)) for one in far}
    by_lldp = next(one for one in remotes.values() if any(two.kind == "chassis_id" for two in one.identifiers))
    assert by_lldp.cls == "device"
    assert set(by_lldp.identifiers) >= {
        Identifier("chassis_id", "00:1e:14:00:09:00", "mac"),
        Identifier("mac", "00:1e:14:00:09:00"),
        Identifier("hostname", "core-1"),
        Identifier("fqdn", "core-1.example.net"),
    }
    assert by_lldp.attributes["primary_ip"] == "10.0.0.1"
    by_cdp = next(one for one in remotes.values() if one is not by_lldp)
    assert Identifier("serial", "FOC1234X0AB", "Cisco") in by_cdp.identifiers
    assert by_cdp.attributes["model"] == "WS-C3850-12S"


def test_end_hosts_only_behind_access_ports(observation: Observation) -> None:
    hosts = {one.ref: links(observation, one.ref, "connections") for one in observation.items if one.ref.startswith("host:")}
    assert hosts["host:00:50:b6:00:00:01"] == {"if:10101"}
    assert hosts["host:00:50:b6:00:00:33"] == {f"if:{10_100 + PHONE_PORT}"}, "the PC behind a phone stays"
    assert "host:00:04:f2:00:00:03" not in hosts, "the phone is a neighbour already"
    assert not any(ref.startswith("host:00:50:b6:01") for ref in hosts), "a switch was heard on that port"
    assert not any(ref.startswith("host:00:50:b6:02") for ref in hosts), "nine addresses are no access port"
    assert "host:00:50:b6:00:00:61" not in hosts, f"the LAG {LAG} has a member on which a switch was heard"
    assert "host:00:00:5e:00:01:05" not in hosts, "VRRP"


def test_arp_gives_hosts_their_addresses(observation: Observation) -> None:
    assert item(observation, "host:00:50:b6:00:00:01").attributes["ip_addresses"] == ("10.0.0.50",)
    elsewhere = item(observation, "host:00:50:b6:00:00:99")
    assert elsewhere.attributes["ip_addresses"] == ("10.0.0.51",)
    assert links(observation, elsewhere.ref, "connections") == set(), "known from ARP, behind no port of this switch"


def test_settings_decide_on_hosts(seen: Seen) -> None:
    wide = observe(seen, endpoint=HERE, at=AT, settings=Settings(max_hosts_per_port=9, hosts_from_arp=False))
    refs = {one.ref for one in wide.items}
    assert "host:00:50:b6:02:00:08" in refs
    assert "host:00:50:b6:00:00:99" not in refs


def test_coverage_is_honest(observation: Observation) -> None:
    states = {one.part: one.state for one in observation.coverage}
    assert states == {
        "identity": "complete",
        "hardware": "complete",
        "os": "complete",
        "interfaces": "complete",
        "addresses": "complete",
        "modules": "complete",
        "neighbours": "complete",
        "connections": "partial",
    }
    assert "never prove" in next(one.reason for one in observation.coverage if one.part == "connections")


@pytest.mark.parametrize(
    ("quirks", "part", "state"),
    [
        (Quirks(silent_below=((1, 3, 6, 1, 2, 1, 47),)), "modules", "failed"),
        (Quirks(silent_below=((1, 0, 8802, 1, 1, 2, 1, 4, 1, 1, 7),)), "neighbours", "partial"),
        (Quirks(refuse_below=((1, 3, 6, 1, 2, 1, 2),)), "interfaces", "partial"),
        (Quirks(loop_at=(1, 3, 6, 1, 2, 1, 4, 20)), "addresses", "partial"),
    ],
)
def test_trouble_in_one_part_is_told_and_spares_the_rest(quirks: Quirks, part: str, state: str) -> None:
    with ReplayAgent(Recording.of(switch_rows()), quirks=quirks) as agent:
        got = observe(look_at(agent.port, timeout_s=0.25), endpoint=HERE, at=AT)
    states = {one.part: one.state for one in got.coverage}
    assert states[part] == state
    assert states["identity"] == "complete"
    assert [name for name, value in states.items() if value != "complete"] in ([part, "connections"], [part])


def test_an_agent_without_a_table_was_not_looked_at_there() -> None:
    with ReplayAgent(Recording.of(system_rows("Linux box 6.1.0 x86_64", "1.3.6.1.4.1.8072.3.2.10"))) as agent:
        got = observe(look_at(agent.port), endpoint=HERE, at=AT)
    states = {one.part: one.state for one in got.coverage}
    assert {states[part] for part in ("interfaces", "addresses", "modules", "neighbours", "connections")} == {"not_looked"}


def test_a_device_that_says_nothing_is_known_by_its_place() -> None:
    with ReplayAgent(Recording.of([("1.3.6.1.2.1.1.1.0", "4", "thing")])) as agent:
        got = observe(look_at(agent.port), endpoint=Endpoint("10.0.0.9", 1161), at=AT)
    assert got.items[0].identifiers == (Identifier("external_id", "10.0.0.9:1161", "snmp:scan"),)


def test_hostile_text_is_cleaned_and_bounded() -> None:
    evil = "<script>\\x1b[31m" + "\x1b[2J\x00\x07\u202e" + "A" * 5_000
    targets = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0", "1.3.6.1.2.1.31.1.1.1.18.", "1.0.8802.1.1.2.1.4.1.1.9.")
    rows = [(oid, tag, evil if oid.startswith(targets) else value) for oid, tag, value in switch_rows()]
    with ReplayAgent(Recording.of(rows)) as agent:
        got = observe(look_at(agent.port), endpoint=HERE, at=AT)
    texts = [value for one in got.items for value in one.attributes.values() if isinstance(value, str)]
    assert all(len(value) <= 1_000 and value.isprintable() for value in texts)
    assert len(from_json(json.dumps(to_json(got)), Catalogue.load(), now=times.now()).items) == len(got.items)


def test_the_same_look_twice_says_the_same_but_for_id_and_time(seen: Seen, observation: Observation) -> None:
    again = observe(seen, endpoint=HERE, at=AT + timedelta(seconds=20))
    assert again.items == observation.items
    assert again.relations == observation.relations
    assert again.id != observation.id
