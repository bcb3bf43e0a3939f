"""Parts known by name only: inside what they lie in the name is enough, from whichever source; what contradicts it keeps them apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations
from typing import Any

import pytest

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from tests.cases import open_ids
from tests.conftest import empty

Maker = Callable[..., Observation]
HOST = {"serial": "PARTED01", "hostname": "parted"}
WAYS = ("agent:ocs", "agent:fusioninventory", "ssh:scan", "local:scan")
NAMED_ONLY: Mapping[str, tuple[str, dict[str, str]]] = {
    "disk": ("vda", {"disk_name": "vda"}),
    "container": ("proxy", {"container_name": "proxy"}),
    "interface": ("docker0", {"if_name": "docker0"}),
    "module": ("PSU left", {"name": "PSU left"}),
}


def _seen(observed: Maker, way: str, minute: int, *parts: tuple[str, dict[str, str]]) -> Observation:
    """The host with these parts (class, identifiers), as one source sees it."""
    inside: list[tuple[Any, ...]] = [(f"p{n}", cls, known, {}, "host") for n, (cls, known) in enumerate(parts)]
    return observed([("host", "server", HOST), *inside], source=way, minute=minute)


def _count(graph: Graph, cls: str) -> int:
    return int(graph.read("MATCH (c:CI) WHERE c.class = $cls RETURN count(c) AS n", cls=cls)[0]["n"])


def test_four_ways_see_one_part_of_a_name(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Disk, container, interface and module without a number: one CI each, and nobody is asked."""
    parts = [(cls, known) for cls, (_, known) in NAMED_ONLY.items()]
    for minute, way in enumerate(WAYS):
        reconcile(graph, catalogue, _seen(observed, way, minute, *parts))
    assert {cls: _count(graph, cls) for cls in NAMED_ONLY} == dict.fromkeys(NAMED_ONLY, 1)
    assert open_ids(graph) == []
    sources = graph.read("MATCH (c:CI {class: 'disk'}) RETURN c.sources AS sources")[0]["sources"]
    assert sorted(sources) == sorted(WAYS)


def test_a_number_that_one_source_sees(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """One source shows the serial, the others the name: one disk, in whatever order they come."""
    serial = ("disk", {"disk_name": "sda", "serial": "WD-WX41A001"})
    bare = ("disk", {"disk_name": "sda"})
    said = [("ssh:scan", serial), ("local:scan", bare), ("agent:ocs", bare)]
    for order in permutations(said):
        empty(graph)
        for minute, (way, part) in enumerate(order):
            reconcile(graph, catalogue, _seen(observed, way, minute, part))
        assert (_count(graph, "disk"), open_ids(graph)) == (1, []), order


@pytest.mark.parametrize(("cls", "one", "other"), [
    ("disk", {"disk_name": "sda", "serial": "WD-WX41A001"}, {"disk_name": "sda", "serial": "WD-WX41A002"}),
    ("container", {"container_name": "proxy", "container_id": "a" * 64}, {"container_name": "proxy", "container_id": "b" * 64}),
])  # fmt: skip
def test_another_number_is_another_part(
    graph: Graph, catalogue: Catalogue, observed: Maker, cls: str, one: dict[str, str], other: dict[str, str]
) -> None:
    """Replaced under the same name: two CIs. A source that sees the name alone means the one that is there now."""
    reconcile(graph, catalogue, _seen(observed, "ssh:scan", 0, (cls, one)))
    reconcile(graph, catalogue, _seen(observed, "ssh:scan", 60, (cls, other)))
    bare = {kind: value for kind, value in one.items() if kind.endswith("_name")}
    told = reconcile(graph, catalogue, _seen(observed, "agent:ocs", 120, (cls, bare)))
    assert (_count(graph, cls), open_ids(graph)) == (2, [])
    number, value = next((k, v) for k, v in other.items() if not k.endswith("_name"))
    shown = graph.read(
        "MATCH (i:Identifier {kind: $kind})-[:IDENTIFIES]->(c:CI) WHERE i.value = $value RETURN c.id AS id",
        kind=number,
        value=value.lower().replace("-", ""),
    )
    assert [r.ci for r in told.resolved if r.ref == "p0"] == [row["id"] for row in shown]


def test_names_of_other_hosts_do_not_count(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """`vda` of one host is not `vda` of another; and a part whose host is not named is no part of either."""
    disk: list[Any] = ["disk", {"disk_name": "vda"}]
    for n in (1, 2):
        items = [("host", "server", {"serial": f"PARTED0{n}"}), ("d", *disk, {}, "host")]
        reconcile(graph, catalogue, observed(items, source="ssh:scan", minute=n))
    reconcile(graph, catalogue, observed([("d", *disk)], source="import:list", minute=5))
    assert _count(graph, "disk") == 2
    assert open_ids(graph) == []


def test_modules_of_one_name_at_two_places(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A name may repeat among modules: their positions keep them apart. A source that gives the name only gets one of its own, once."""
    fans = [("module", {"name": "Fan", "position": str(n)}) for n in (1, 2)]
    for minute in (0, 1):
        reconcile(graph, catalogue, _seen(observed, "snmp:scan", minute, *fans))
        assert (_count(graph, "module"), open_ids(graph)) == (2, [])
    for minute, size in ((5, "A"), (6, "B")):
        items = [("host", "server", HOST), ("p0", "module", {"name": "Fan"}, {"model": size}, "host")]
        reconcile(graph, catalogue, observed(items, source="ssh:scan", minute=minute))
        assert (_count(graph, "module"), open_ids(graph)) == (3, [])


def test_a_module_whose_position_is_counted_anew(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """After a restart the device numbers its parts afresh: the power supply of that name is the same one."""
    for minute, position in ((0, "5"), (10, "7")):
        reconcile(graph, catalogue, _seen(observed, "snmp:scan", minute, ("module", {"name": "PSU left", "position": position})))
    assert _count(graph, "module") == 1
