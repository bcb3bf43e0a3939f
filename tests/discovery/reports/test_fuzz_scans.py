# ruff: noqa: E501
"""Whatever an agent says of a device that it asked, and whatever stands in a bill of material: an observation or a refusal, never a crash."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.observation import Observation
from tests.discovery.reports.made import observed
from tests.discovery.reports.test_fuzz import fuzz

KEYS = st.sampled_from(
    [
        "ifnumber", "ifname", "ifdescr", "iftype", "ifspeed", "ifstatus", "mac", "ips", "ip", "vlans", "number", "tagged", "trunk", "aggregate", "lldp",
        "connections", "sysmac", "sysname", "sysdescr", "index", "contained_index", "type", "serial", "name", "manufacturer", "model", "port", "firmware",
    ]
)  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**70), st.floats(), st.text(max_size=12),
    st.sampled_from(["1", "2", "00:1b:21:00:00:01", "10.0.0.1", "fe80::1", "chassis", "stack", "sw1", "127.0.0.1", "0", "99999999999999999999", "9" * 5000, "²", "٣", "007"]),
)  # fmt: skip
TREES = st.recursive(VALUES, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=6), max_leaves=8)
ROWS = st.lists(st.dictionaries(KEYS, TREES, max_size=8), max_size=6)


PORT = st.fixed_dictionaries(
    {"ifnumber": VALUES},
    optional={
        "vlans": st.lists(st.fixed_dictionaries({"number": VALUES}), max_size=2),
        "aggregate": VALUES,
        "connections": ROWS,
        "mac": VALUES,
        "iftype": VALUES,
    },
)


@fuzz
@given(st.dictionaries(KEYS, TREES, max_size=8), st.lists(PORT, max_size=4) | ROWS | TREES, ROWS | TREES)
def test_any_scan(device: dict[str, Any], ports: Any, parts: Any) -> None:
    content = {"network_device": device, "network_ports": ports, "network_components": parts}
    body = json.dumps({"action": "netinventory", "content": content}).encode()
    try:
        found = observed(body)
    except Invalid:
        return
    assert isinstance(found, Observation)
    refs = [item.ref for item in found.items]
    assert len(refs) == len(set(refs))
    assert {item.parent for item in found.items if item.parent} <= set(refs)
    assert {end for relation in found.relations for end in (relation.source, relation.target)} <= set(refs)


@fuzz
@given(st.text(max_size=300))
def test_any_tags(text: str) -> None:
    try:
        found = observed(f"SPDXVersion: SPDX-2.3\nDocumentName: host-7\nPackageName: a\n{text}".encode("utf-8", "replace"))
    except Invalid:
        return
    assert found.items[0].software


@fuzz
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["type", "spdxId", "name", "rootElement", "externalIdentifier"]), TREES, max_size=5), max_size=6
    )
)
def test_any_graph(nodes: list[dict[str, Any]]) -> None:
    tree = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": nodes}
    try:
        assert isinstance(observed(json.dumps(tree).encode()), Observation)
    except Invalid:
        return
