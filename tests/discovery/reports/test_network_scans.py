# ruff: noqa: E501  # reports as agents write them
"""Devices that an agent asked over the network (netdiscovery, netinventory), in the shapes of GLPI's own tests and of inventory_format.

The files of those projects (tests/fixtures/inventories, tests/data/5.xml, examples/printer_1.json, networkequipment_1.json) were read for
their shape; what stands here is made up.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmdb.errors import Invalid
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from discovery.reports.message import Headers, read_message
from reconciliation.reconcile import reconcile
from tests.discovery.reports.made import GLPI, endpoint, glpi, identified, look, observed

INFO = (
    "<INFO><COMMENTS>Tinytron 24-port gigabit switch, 2.1</COMMENTS><CONTACT>noc</CONTACT><FIRMWARE>2.1.7</FIRMWARE><ID>0</ID>"
    "<IPS><IP>10.9.0.2</IP><IP>127.0.0.1</IP></IPS><LOCATION>cellar</LOCATION><MAC>00:1b:21:00:00:01</MAC><MANUFACTURER>Tinytron</MANUFACTURER>"
    "<MODEL>TT-24</MODEL><NAME>sw-cellar.example.net</NAME><SERIAL>TT24A00017</SERIAL><TYPE>NETWORKING</TYPE><UPTIME>0:02:00.78</UPTIME></INFO>"
)


def port(number: int, inside: str = "", status: int = 1, kind: int = 6) -> str:
    """One row of PORTS."""
    return (
        f"<PORT>{inside}<IFDESCR>Gigabit port {number}</IFDESCR><IFINTERNALSTATUS>1</IFINTERNALSTATUS><IFMTU>1500</IFMTU><IFNAME>g{number}</IFNAME>"
        f"<IFNUMBER>{number}</IFNUMBER><IFSPEED>1000000000</IFSPEED><IFSTATUS>{status}</IFSTATUS><IFTYPE>{kind}</IFTYPE>"
        f"<MAC>00:1b:21:00:01:{number:02x}</MAC></PORT>"
    )


def neighbour(name: str, mac: str = "", far: str = "Te1/1/1") -> str:
    """What LLDP or CDP said on a port."""
    sysmac = f"<SYSMAC>{mac}</SYSMAC>" if mac else ""
    return (
        f"<CONNECTIONS><CDP>1</CDP><CONNECTION><IFDESCR>{far}</IFDESCR><IP>10.9.0.9</IP><MODEL>cisco X9300</MODEL>{sysmac}"
        f"<SYSNAME>{name}</SYSNAME></CONNECTION></CONNECTIONS>"
    )


def behind(*macs: str) -> str:
    """Addresses learned on a port."""
    return f"<CONNECTIONS><CONNECTION>{''.join(f'<MAC>{mac}</MAC>' for mac in macs)}</CONNECTION></CONNECTIONS>"


def scan(inside: str, query: str = "SNMPQUERY", deviceid: str = "foo") -> bytes:
    """A message of the task that asks devices."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><REQUEST><CONTENT>{inside}<MODULEVERSION>6.1</MODULEVERSION><PROCESSNUMBER>1</PROCESSNUMBER>'
        f"</CONTENT><DEVICEID>{deviceid}</DEVICEID><QUERY>{query}</QUERY></REQUEST>"
    ).encode()


def switch(ports: str = "", parts: str = "", info: str = INFO) -> bytes:
    """The inventory of one switch."""
    return scan(f"<DEVICE>{parts}{info}<PORTS>{ports}</PORTS></DEVICE>")


def test_glpi_core_01_switch_inventory_is_the_switch_and_not_the_agent_that_asked_it() -> None:
    device = endpoint(observed(switch(port(1))))
    assert device.cls == "switch"
    assert device.attributes["model"] == "TT-24"
    assert device.attributes["os_version"] == "2.1.7"
    assert device.attributes["ip_addresses"] == ("10.9.0.2",)
    assert identified(device) == {
        ("serial", "TT24A00017", "Tinytron"),
        ("mac", "00:1b:21:00:00:01", ""),
        ("mac", "00:1b:21:00:01:01", ""),
        ("hostname", "sw-cellar", ""),
        ("fqdn", "sw-cellar.example.net", ""),
    }


def test_glpi_core_01_switch_discovery_comes_in_with_what_little_it_tells() -> None:
    body = scan(
        "<DEVICE><AUTHPORT/><AUTHSNMP>1</AUTHSNMP><DESCRIPTION>TT-8 smart switch</DESCRIPTION><DNSHOSTNAME>10.9.0.3</DNSHOSTNAME><IP>10.9.0.3</IP>"
        "<IPS><IP>10.9.0.3</IP><IP>10.9.1.3</IP></IPS><MAC>00:1b:21:00:00:03</MAC><MANUFACTURER>Tinytron</MANUFACTURER><SERIAL>TT8Z1</SERIAL>"
        "<SNMPHOSTNAME>sw_moon</SNMPHOSTNAME><TYPE>NETWORKING</TYPE></DEVICE>",
        query="NETDISCOVERY",
    )
    device = endpoint(observed(body))
    assert device.cls == "switch"
    assert (device.attributes["name"], device.attributes["serial"]) == ("sw_moon", "TT8Z1")
    assert device.attributes["ip_addresses"] == ("10.9.0.3", "10.9.1.3")
    assert not [i for i in device.identifiers if i.kind == "agent_id"]


def test_netdiscovery_without_snmp_has_the_name_that_the_network_gives() -> None:
    body = scan(
        "<DEVICE><DNSHOSTNAME>cam1.example.net</DNSHOSTNAME><IP>10.9.0.7</IP><MAC>00:1b:21:00:00:07</MAC></DEVICE>", query="NETDISCOVERY"
    )
    device = endpoint(observed(body))
    assert device.cls == "device"
    assert device.attributes["name"] == "cam1.example.net"
    assert ("fqdn", "cam1.example.net", "") in identified(device)


def test_glpi_core_connected_switch_shows_the_hosts_behind_an_access_port_and_none_behind_an_uplink() -> None:
    uplink = behind(*(f"00:25:90:00:00:{n:02x}" for n in range(1, 12)))
    observation = observed(switch(port(1, behind("00:25:90:aa:00:01")) + port(2, uplink)))
    hosts = [item for item in observation.items if item.part == "connections"]
    assert [item.identifiers[0].value for item in hosts] == ["00:25:90:aa:00:01"]
    assert [(r.source, r.target, r.type) for r in observation.relations if r.part == "connections"] == [
        ("host:00:25:90:aa:00:01", "if:1", "connected_to")
    ]
    assert look(observation, "connections") == "partial"


def test_glpi_core_cisco_c9300_neighbour_told_at_a_dead_port_too_is_believed_at_the_live_one() -> None:
    observation = observed(switch(port(1, neighbour("sw-far", "00:25:90:bb:00:01"), status=2) + port(2, neighbour("sw-far"))))
    links = [(r.source, r.target) for r in observation.relations if r.part == "neighbours"]
    assert links == [("if:2", "remote:1/Te1/1/1")]
    far = next(item for item in observation.items if item.ref == "remote:1")
    assert far.attributes["model"] == "X9300"
    assert far.attributes["primary_ip"] == "10.9.0.9"


def test_glpi_core_stacked_switch_name_has_its_members_as_modules_and_no_serial_of_its_own_as_identity() -> None:
    parts = "<COMPONENTS>" + "".join(
        f"<COMPONENT><CONTAINEDININDEX>{inside}</CONTAINEDININDEX><INDEX>{index}</INDEX><SERIAL>{serial}</SERIAL><TYPE>{kind}</TYPE></COMPONENT>"
        for index, inside, kind, serial in (
            (1, 0, "stack", ""),
            (2, 1, "chassis", "TT24A00017"),
            (3, 1, "chassis", "TT24A00018"),
            (4, 2, "container", ""),
        )
    )
    observation = observed(switch(port(1), parts + "</COMPONENTS>"))
    assert not [i for i in endpoint(observation).identifiers if i.kind == "serial"]
    members = [item for item in observation.items if item.cls == "module"]
    assert {i.value for item in members for i in item.identifiers if i.kind == "serial"} == {"TT24A00017", "TT24A00018"}
    assert {item.parent for item in members} == {"endpoint"}
    assert {item.attributes["kind"] for item in members} == {"stack member"}


def test_glpi_core_vlans_and_aggregates_of_ports() -> None:
    vlans = "<VLANS><VLAN><NUMBER>20</NUMBER><TAGGED>0</TAGGED></VLAN><VLAN><NUMBER>30</NUMBER><TAGGED>1</TAGGED></VLAN></VLANS>"
    trunk = "<TRUNK>1</TRUNK><VLANS><VLAN><NUMBER>40</NUMBER></VLAN></VLANS>"
    lag = "<AGGREGATE><PORT>1</PORT><PORT>2</PORT></AGGREGATE>" + behind("00:25:90:aa:00:01")
    observation = observed(switch(port(1, neighbour("sw-far") + vlans) + port(2, trunk) + port(9, lag, kind=161)))
    ports = {
        item.attributes["if_index"]: item.attributes
        for item in observation.items
        if item.cls == "interface" and "if_index" in item.attributes
    }
    assert ports[1]["vlan"] == 20
    assert "vlan" not in ports[2]
    assert not [r for r in observation.relations if r.part == "connections"]  # a switch was heard on a member: the bundle is an uplink


def test_inventory_format_printer_1_in_json_is_not_the_computer_of_the_agent_that_sent_it() -> None:
    content: dict[str, Any] = {
        "network_device": {
            "type": "Printer",
            "name": "NPI00AA01",
            "manufacturer": "Hewlett-Packard",
            "model": "HP LaserJet M5",
            "serial": "PHX1",
        },
        "network_ports": [
            {
                "ifnumber": 2,
                "ifdescr": "JetDirect",
                "iftype": 6,
                "ifstatus": 1,
                "ifspeed": 10**9,
                "mac": "00:68:eb:00:00:10",
                "ips": ["10.9.0.5"],
            }
        ],
        "pagecounters": {"total": 1802},
    }
    body = glpi(content, action="netinventory", itemtype="Printer")
    assert read_message(body, GLPI).agent_id == ""  # what is remembered of the agent stays its own
    observation = observed(body)
    assert endpoint(observation).cls == "printer"
    assert identified(endpoint(observation)) == {
        ("serial", "PHX1", "Hewlett-Packard"), ("mac", "00:68:eb:00:00:10", ""), ("hostname", "NPI00AA01", "")
    }  # fmt: skip
    assert [item.attributes["addresses"] for item in observation.items if item.cls == "interface"] == [("10.9.0.5",)]


def test_json_connections_are_read_as_those_of_xml() -> None:
    ports = [
        {"ifnumber": 1, "ifname": "g1", "iftype": 6, "ifstatus": 1, "lldp": True, "connections": [{"sysname": "sw-far", "ifdescr": "g9"}]},
        {
            "ifnumber": 2,
            "ifname": "g2",
            "iftype": 6,
            "ifstatus": 1,
            "connections": [{"mac": ["00:25:90:aa:00:01"]}],
            "vlans": [{"number": 7, "tagged": False}],
        },
    ]
    content = {"network_device": {"type": "Networking", "name": "sw1", "serial": "A1B2C3"}, "network_ports": ports}
    observation = observed(glpi(content, action="netinventory", itemtype="NetworkEquipment"))
    assert {(r.source, r.target) for r in observation.relations if r.type == "connected_to"} == {
        ("if:1", "remote:1/g9"),
        ("host:00:25:90:aa:00:01", "if:2"),
    }
    assert endpoint(observation).cls == "network_device"


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000, 4294967296, "-1", 0, None])
def test_a_port_whose_number_is_none_is_no_port(number: Any) -> None:
    port = {
        "ifnumber": number,
        "ifname": "g1",
        "iftype": 6,
        "aggregate": [number],
        "vlans": [{"number": number}],
        "connections": [{"mac": "00:25:90:aa:00:01"}],
    }
    content = {
        "network_device": {"type": "Networking", "name": "sw1", "serial": "A1B2C3"},
        "network_ports": [port],
        "network_components": [{"index": number}],
    }
    observation = observed(glpi(content, action="netinventory", itemtype="NetworkEquipment"))
    assert [item.ref for item in observation.items] == [endpoint(observation).ref]


@pytest.mark.parametrize(
    ("kind", "model", "cls"),
    [
        ("PRINTER", "", "printer"), ("STORAGE", "", "storage"), ("POWER", "Smart-UPS 1500", "ups"), ("POWER", "Rack PDU 24", "pdu"), ("POWER", "", "device"),
        ("NETWORKING", "next generation firewall", "firewall"), ("NETWORKING", "", "network_device"), ("VIDEO", "", "appliance"), ("PHONE", "", "device"),
        ("", "", "device"), ("COMPUTER", "", "device"),
    ],
)  # fmt: skip
def test_the_class_of_a_scanned_device(kind: str, model: str, cls: str) -> None:
    body = scan(f"<DEVICE><INFO><MODEL>{model}</MODEL><SERIAL>S1ER1AL</SERIAL><TYPE>{kind}</TYPE></INFO></DEVICE>")
    assert endpoint(observed(body)).cls == cls


def test_the_begin_and_the_end_of_a_scan_say_nothing() -> None:
    assert read_message(scan("<AGENT><START>1</START></AGENT>")).kind == "other"
    assert read_message(scan("<DEVICE><ERROR><ID>4</ID><MESSAGE>no answer</MESSAGE></ERROR></DEVICE>")).kind == "other"


def test_a_scan_that_names_nothing_or_several_devices_is_refused_with_the_reason() -> None:
    with pytest.raises(Invalid, match="names neither a serial number"):
        read_message(scan("<DEVICE><INFO><TYPE>NETWORKING</TYPE></INFO></DEVICE>"))
    with pytest.raises(Invalid, match="one message for each"):
        read_message(scan(f"<DEVICE>{INFO}</DEVICE><DEVICE>{INFO}</DEVICE>"))


def test_a_personal_token_keeps_nothing_of_what_a_scan_saw() -> None:
    with pytest.raises(Invalid, match="names nothing"):
        observed(switch(port(1)), ownership="personal")


def test_three_devices_asked_by_one_agent_are_three_and_the_agent_is_a_fourth(graph: Graph) -> None:
    catalogue = Catalogue.load()
    own = {
        "hardware": {"name": "scanner-host", "uuid": "0055ADC9-1D3A-E411-8043-B05D95113232"},
        "bios": {"ssn": "PC77X", "smanufacturer": "Dell Inc."},
    }
    bare = (
        INFO.replace("<SERIAL>TT24A00017</SERIAL>", "")
        .replace("sw-cellar.example.net", "sw-attic")
        .replace("00:1b:21:00:00:01", "00:1b:21:00:00:99")
    )
    printer = {"network_device": {"type": "Printer", "name": "NPI1", "mac": "00:68:eb:00:00:10"}}
    bodies = [glpi(own), switch(), switch(info=bare), glpi(printer, action="netinventory", itemtype="Printer")]

    def ci_of(body: bytes, headers: Headers = GLPI) -> str | None:
        return reconcile(graph, catalogue, observed(body, headers=headers)).resolved[0].ci

    ids = [ci_of(body) for body in bodies]
    assert len(set(ids)) == 4
    assert ci_of(switch(port(3)), Headers("GLPI-Agent_v1.12", "11111111-0d3f-11ef-9f5b-525400a1b2c3")) == ids[1]


def test_one_line_of_json_is_enough() -> None:
    body = json.dumps({"action": "netdiscovery", "content": {"network_device": {"name": "gw", "mac": "00:1b:21:00:00:44"}}}).encode()
    assert endpoint(observed(body)).attributes["name"] == "gw"
