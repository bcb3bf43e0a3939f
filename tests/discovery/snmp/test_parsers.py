"""Parsers stand whatever an agent sends: property tests, and the known oddities of indexes."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.snmp import ber
from discovery.snmp.probes import addresses, arp, bridge, cdp, entity, interfaces, juniper, lldp, system
from discovery.snmp.probes.bridge import Learned
from discovery.snmp.tables import Table
from discovery.snmp.values import MAX_TEXT, Value, address_of_index, is_under, mac, mac_of_index, number, text
from tests.discovery.snmp import agent

QUICK = settings(max_examples=50, deadline=None)
VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**64),
    st.binary(max_size=40),
    st.sampled_from(["10.0.0.1", "1.3.6.1", "", "255.255.255.0"]),
    st.floats(),
)
INDEXES = st.lists(st.one_of(st.integers(0, 300), st.integers(0, 2**32 - 1)), max_size=24).map(lambda parts: ".".join(map(str, parts)))
ODD_INDEXES = st.one_of(INDEXES, st.text("0123456789.-x", max_size=12))


def tables(columns: dict[str, str]) -> st.SearchStrategy[Table]:
    return st.fixed_dictionaries({name: st.dictionaries(ODD_INDEXES, VALUES, max_size=8) for name in columns}).map(Table)


@QUICK
@given(tables(interfaces.COLUMNS), tables(interfaces.STACK_COLUMNS))
def test_interfaces_have_unique_names_and_indexes(table: Table, stack: Table) -> None:
    found = interfaces.parse(table)
    assert len({row.index for row in found}) == len(found)
    names = [name for row in found for name in (row.name, *row.other_names)]
    assert len({row.name for row in found}) == len(found)
    assert all(names.count(name) == 1 for row in found for name in row.other_names)
    assert all(low not in above for low, above in interfaces.parse_stack(stack).items())


@QUICK
@given(tables(addresses.NEW_COLUMNS), tables(addresses.OLD_COLUMNS), tables(addresses.V6_COLUMNS))
def test_addresses_are_addresses(new: Table, old: Table, v6: Table) -> None:
    for row in addresses.parse(new, old, v6):
        assert str(ipaddress.ip_address(row.ip)) == row.ip
        assert row.prefix_length is None or 0 <= row.prefix_length <= ipaddress.ip_address(row.ip).max_prefixlen


@QUICK
@given(tables(arp.NEW_COLUMNS), tables(arp.OLD_COLUMNS))
def test_pairs_are_of_single_stations(new: Table, old: Table) -> None:
    for pair in arp.parse(new, old):
        assert not int(pair.mac[:2], 16) & 1
        assert not ipaddress.ip_address(pair.ip).is_multicast


@QUICK
@given(tables(bridge.Q_COLUMNS), tables(bridge.D_COLUMNS), tables(bridge.PORT_COLUMNS), tables(bridge.FDB_ID_COLUMNS))
def test_forwarding_never_crashes(q_table: Table, d_table: Table, ports: Table, fdb: Table) -> None:
    found = bridge.parse(q_table, d_table, bridge.base_ports(ports), bridge.vlans_by_fdb_id(fdb), frozenset({1, 2}))
    assert all(not int(row.mac[:2], 16) & 1 for row in found.learned)


@QUICK
@given(tables(entity.COLUMNS))
def test_parts_come_parents_first_and_without_cycles(table: Table) -> None:
    met: set[int] = set()
    for part, holder in entity.parse(table).worth_an_item():
        assert holder is None or holder.index in met
        met.add(part.index)


@QUICK
@given(tables(juniper.COLUMNS), tables(lldp.COLUMNS), tables(cdp.COLUMNS), tables(lldp.TP_LINK_COLUMNS))
def test_the_rest_never_crashes(contents: Table, heard: Table, discovered: Table, tp_link: Table) -> None:
    juniper.parse(contents).worth_an_item()
    lldp.parse(heard, Table({}), Table({}), [], {})
    lldp.parse_tp_link(tp_link)
    cdp.parse(discovered, [])


@QUICK
@given(st.dictionaries(st.sampled_from(list(system.SCALARS.values())), VALUES))
def test_system_never_crashes(values: dict[str, Value]) -> None:
    said = system.parse(values)
    assert all(len(value) <= MAX_TEXT for value in (said.descr, said.name, said.contact, said.location))


@QUICK
@given(st.one_of(VALUES, st.binary(max_size=9_000), st.text(max_size=3_000).map(lambda value: value.encode("utf-8", "surrogatepass"))))
def test_text_is_printable_bounded_and_stable(value: Value) -> None:
    found = text(value)
    assert len(found) <= MAX_TEXT
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in found)
    assert text(found.encode()) == found


def test_text_of_utf8_cut_in_the_middle_of_a_character() -> None:
    assert text("Zürich".encode()) == "Zürich"
    assert text("Zürich".encode("latin-1")) == "Zürich"
    assert text(b"name\0\0\0") == "name"
    assert text(b"a\r\n b\t c") == "a b c"


@QUICK
@given(st.binary(min_size=6, max_size=6))
def test_mac_reads_octets_text_and_indexes_alike(raw: bytes) -> None:
    found = mac(raw)
    parts = [str(octet) for octet in raw]
    assert mac_of_index(parts) == mac_of_index(["6", *parts]) == mac(b"\x06" + raw) == found
    assert (found is None) == (raw in (b"\0" * 6, b"\xff" * 6))
    if found:
        assert mac(found.encode()) == mac(found.replace(":", "-").upper().encode()) == found


@QUICK
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_addresses_in_an_index_with_and_without_length(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    octets = [str(octet) for octet in ip.packed]
    kind = "1" if ip.version == 4 else "2"
    assert address_of_index([kind, str(len(octets)), *octets, "9"]) == (str(ip), ["9"])
    if octets[0] != str(len(octets)):
        assert address_of_index([kind, *octets]) == (str(ip), [])


def test_seven_part_mac_index_of_arubaos_cx() -> None:
    key = "20.6.0.80.182.0.0.1"
    found = bridge.parse(Table({"port": {key: 4}, "status": {key: 3}}), Table({}), {4: 104}, {20: 20}, frozenset({104}))
    assert found.learned == (Learned("00:50:b6:00:00:01", 104, 20),)


def test_fdb_id_is_not_the_vlan_and_a_shared_one_tells_nothing() -> None:
    vlans = bridge.vlans_by_fdb_id(Table({"fdb_id": {"0.20": 7, "0.30": 8, "0.31": 8}}))
    assert vlans == {7: 20}
    key = ".0.80.182.0.0.1"
    found = bridge.parse(Table({"port": {f"7{key}": 1, f"8{key}": 2}, "status": {}}), Table({}), {}, vlans, frozenset())
    assert {(row.if_index, row.vlan) for row in found.learned} == {(1, 20), (2, None)}


def test_base_port_zero_is_unknown_and_tp_link_counts_from_49153() -> None:
    key = "1.0.80.182.0.0.1"
    table = Table({"port": {key: 0, "1.0.80.182.0.0.2": 15}, "status": {}})
    found = bridge.parse(table, Table({}), {49153: 49153, 49167: 49167}, {}, frozenset({1, 49153, 49167}))
    assert [(row.mac, row.if_index) for row in found.learned] == [("00:50:b6:00:00:02", 49167)]


@pytest.mark.parametrize(
    ("said", "name", "serial"),
    [
        (b"core-1", "core-1", ""),
        (b"core-1.example.net", "core-1.example.net", ""),
        (b"nx-1(FOC1234X0AB)", "nx-1", "FOC1234X0AB"),
        (b"TBM06123456(cat-1)", "cat-1", "TBM06123456"),
        (b"0004f2000003", "", ""),
    ],
)
def test_cdp_device_ids(said: bytes, name: str, serial: str) -> None:
    (found,) = cdp.parse(Table({"device": {"1.1": said}, "port": {"1.1": b"Gi0/1"}}), [])
    assert (found.name, found.serial) == (name, serial)


def test_nothing_is_carried_over_to_the_next_neighbour() -> None:
    """librenms #17873: a field that is absent stays empty."""
    heard = Table(
        {
            "chassis_subtype": {"0.1.1": 4, "0.2.2": 4},
            "chassis_id": {"0.1.1": b"\0\x1e\x14\0\0\1"},
            "name": {"0.1.1": b"one"},
            "port_id": {},
        }
    )
    first, second = lldp.parse(heard, Table({}), Table({}), [], {})
    assert (first.name, first.mac) == ("one", "00:1e:14:00:00:01")
    assert (second.name, second.mac, second.port) == ("", None, "")


@QUICK
@given(st.binary(max_size=300))
def test_ber_refuses_garbage_with_value_error_only(data: bytes) -> None:
    try:
        ber.decode_reply(data)
    except ValueError:
        return


@QUICK
@given(
    st.integers(0, 2**31 - 1),
    st.lists(
        st.lists(st.integers(0, 2**32 - 1), max_size=12).map(lambda parts: ".".join(map(str, [1, 3, *parts]))), min_size=1, max_size=8
    ),
)
def test_ber_requests_are_understood_by_another_decoder(request_id: int, oids: list[str]) -> None:
    message = ber.encode_request(1, b"public", ber.GETNEXT, request_id, oids)
    responder = agent.Responder(agent.Recording.of([("2.5", "2", "1")]))
    answer = responder.answer(message)
    assert answer is not None
    reply = ber.decode_reply(answer)
    assert reply.request_id == request_id
    assert responder.seen == [(ber.GETNEXT, tuple(agent.parse_oid(oid) for oid in oids), 0)]
    assert reply.binds == (("2.5", 1),) * len(oids)


def test_small_things() -> None:
    assert is_under("1.3.6.1", "1.3.6.1")
    assert is_under("1.3.6.1.2", "1.3.6.1")
    assert not is_under("1.3.6.10", "1.3.6.1")
    assert (number(b"12"), number("x"), number(7.0), number(None)) == (12, None, 7, None)
