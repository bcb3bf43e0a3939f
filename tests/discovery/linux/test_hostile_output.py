# ruff: noqa: E501
"""Everything a host prints is hostile text: parsers give facts or Unreadable and nothing else."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.errors import TimedOut, Unreadable
from cmdb.model.catalogue import Catalogue, check_attributes
from discovery.linux import (
    addresses,
    antimalware,
    containers,
    disks,
    guests,
    hardening,
    identity,
    interfaces,
    iptables_rules,
    mounts,
    neighbours,
    nft_rules,
    packages,
    processes,
    procnet,
    routes,
    services,
    sockets,
    system,
    users,
)
from discovery.linux.untrusted import address, clean, key_values, load_json, mac, mapping, rows, whole
from discovery.posix import observe_output
from tests.discovery.linux.recorded import HOSTS, LOOK, MARKER, output_of

LINES: list[Callable[[str], object]] = [
    addresses.parse_ip_oneline, addresses.parse_ifconfig, antimalware.parse_clamav_signatures, containers.published_ports, disks.parse_blocks,
    disks.parse_lsblk_pairs, iptables_rules.iptables_filters, guests.parse_virsh, guests.parse_configs, hardening.count_security_updates,
    identity.parse_dmi, identity.parse_dmidecode, identity.parse_marks, identity.parse_host_keys, identity.in_first_namespaces,
    interfaces.parse_ports, mounts.parse_mounts, neighbours.parse_neighbours_text, neighbours.parse_proc_arp, processes.parse_ps,
    processes.parse_arguments, procnet.parse_proc_net, procnet.parse_descriptors, routes.parse_routes_text, routes.parse_proc_route,
    services.parse_units, services.parse_unit_files, services.parse_openrc, sockets.parse_ss, sockets.parse_port_range, system.parse_os_release,
    system.parse_boot_time, system.parse_cpuinfo, users.parse_who, users.parse_loginctl, users.parse_groups, *packages.PARSERS.values(),
]  # fmt: skip
JSON: list[Callable[[str], object]] = [
    antimalware.parse_mdatp, containers.parse_docker, containers.parse_podman, containers.parse_crictl, disks.parse_lsblk_json, nft_rules.nft_filters,
    guests.parse_lxd, lambda text: guests.parse_pvesh(text, "pve1", {}), lambda text: interfaces.merge_ip_json({}, text), neighbours.parse_lldp,
    neighbours.parse_neighbours_json, routes.parse_routes_json, system.parse_lscpu,
]  # fmt: skip

WORDS = st.sampled_from(
    [
        "name",
        "ifname",
        "addr_info",
        "local",
        "prefixlen",
        "lldp",
        "interface",
        "chassis",
        "port",
        "id",
        "type",
        "value",
        "blockdevices",
        "children",
        "kname",
        "size",
        "nftables",
        "chain",
        "rule",
        "hook",
        "input",
        "policy",
        "expr",
        "drop",
        "jump",
        "target",
        "dst",
        "default",
        "gateway",
        "dev",
        "nexthops",
        "lladdr",
        "state",
        "lscpu",
        "field",
        "data",
        "ID",
        "Names",
        "Ports",
        "containers",
        "metadata",
        "labels",
        "vmid",
        "node",
        "config",
        "expanded_config",
        "volatile.eth0.hwaddr",
        "linkinfo",
        "info_kind",
        "info_data",
        "status",
        "mgmt-ip",
        "descr",
        "family",
        "table",
    ]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=6),
    max_leaves=25,
)
REAL = [path.read_text() for path in sorted(HOSTS.glob("*.txt"))]
PIECES = [line for text in REAL for line in text.splitlines() if line and not line.startswith("@@")]


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """Real lines, cut, doubled, glued and sprinkled with what does not belong there."""
    lines = draw(st.lists(st.sampled_from(PIECES), max_size=12))
    cut = [line[: draw(st.integers(0, len(line)))] + draw(st.text(max_size=5)) if draw(st.booleans()) else line for line in lines]
    return draw(st.sampled_from(["\n", "\t", " ", "\0", "\r\n"])).join(cut)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300) | mutilated())
def test_line_parsers_are_total(text: str) -> None:
    for parse in LINES:
        parse(text)


@settings(max_examples=80, deadline=None)
@given(value=JSON_VALUES)
def test_json_parsers_survive_any_json(value: Any) -> None:
    text = json.dumps(value)
    for parse in JSON:
        parse(text)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200) | mutilated())
def test_json_parsers_say_unreadable(text: str) -> None:
    for parse in JSON:
        try:
            parse(text)
        except Unreadable as error:
            assert len(error.message) < 200  # noqa: PT017


def test_a_json_bomb_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        load_json("[" * 200_000)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), name=st.sampled_from(sorted(path.stem for path in HOSTS.glob("*.txt"))))
def test_a_mutilated_conversation_gives_an_observation_or_a_reason(data: st.DataObject, name: str) -> None:
    raw = bytearray(output_of(name))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        kind = data.draw(st.sampled_from(["cut", "flip", "insert", "double"]))
        if kind == "cut":
            del raw[at : at + data.draw(st.integers(1, 3000))]
        elif kind == "flip" and at < len(raw):
            raw[at] ^= data.draw(st.integers(1, 255))
        elif kind == "insert":
            raw[at:at] = data.draw(st.binary(max_size=50))
        else:
            raw[at:at] = raw[at : at + 500]
    try:
        observation = observe_output(bytes(raw), MARKER, LOOK)
    except (Unreadable, TimedOut):
        return
    catalogue = Catalogue.load()
    for item in observation.items:
        check_attributes(catalogue.cls(item.cls), item.attributes)
        for identifier in item.identifiers:
            assert identifier.value == clean(identifier.value, 10_000)
    assert len({item.ref for item in observation.items}) == len(observation.items)
    known = {item.ref for item in observation.items}
    assert all({relation.source, relation.target} <= known for relation in observation.relations)


@given(value=st.text())
def test_clean_text_can_be_stored_and_shown(value: str) -> None:
    told = clean(value)
    assert not {unicodedata.category(character) for character in told} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set("\u202e\u2066\u2069") & set(told), "no text that shows as another"
    assert told == told.strip()
    told.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("42", 42),
        (" 42 ", 42),
        ("-1", -1),
        (7, 7),
        (2**63, None),
        ("9" * 30, None),
        ("1e3", None),
        ("", None),
        (None, None),
        (True, None),
        ("٤٢", None),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert whole(value) == number


def test_addresses_and_macs_in_all_their_spellings() -> None:
    assert str(address("[::ffff:10.0.0.1]")) == "10.0.0.1"
    assert str(address("fe80::1%eth0")) == "fe80::1"
    assert str(address("10.0.0.5/24")) == "10.0.0.5"
    assert address("10.0.0.300") is None
    assert mac("00-1B-17-00-01-30") == mac("001b.1700.0130") == "00:1b:17:00:01:30"
    assert mac("00:00:00:00:00:00") == mac("ff:ff:ff:ff:ff:ff") == mac("garbage") == ""


def test_small_getters() -> None:
    assert mapping([1]) == {}
    assert rows({"a": 1}) == [{"a": 1}]
    assert rows([1, {"a": 1}, None]) == [{"a": 1}]
    assert dict(key_values("a=1\nnonsense\n =2\nb = x=y")) == {"a": "1", "b": "x=y"}
