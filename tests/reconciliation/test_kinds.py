"""Kinds with rules of their own, beside those that test_public_threads.py has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile

Observed = Callable[..., Observation]
U1, U2 = "6ec9d286-63ca-428d-95f4-b3b2e4a1c001", "7f1ad286-63ca-428d-95f4-b3b2e4a1c002"


def thing(ref: str, cls: str, **identifiers: str) -> tuple[Any, ...]:
    """An item that its source describes."""
    return (ref, cls, identifiers, {"name": identifiers.get("hostname", ref)})


def test_a_cloud_instance_is_known_by_its_id_whatever_its_image_says(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    image = "c" * 31 + "5"
    one, two = (
        thing("i", "virtual_machine", cloud_id=f"i-0abc{n}", machine_id=image, mac=f"0a:58:a9:00:00:0{n}", hostname="ip-10-0-0-5")
        for n in (1, 2)
    )
    found = [
        reconcile(graph, catalogue, observed([item], source="ssh:scan", minute=n)).resolved[0].ci
        for n, item in enumerate((one, two, one, two))
    ]
    assert found[0] == found[2] != found[1] == found[3]


def test_two_firewalls_of_a_pair_stay_two_with_one_name_and_one_virtual_address(
    graph: Graph, catalogue: Catalogue, observed: Observed
) -> None:
    def node(serial: str, mac: str, minute: int) -> Observation:
        item = thing("fw", "firewall", serial=f"{serial}@@Fortinet", mac=mac, snmp_engine_id="800030440455504641", hostname="fw-ha")
        return observed([item], source="snmp:scan", minute=minute)

    found = [
        reconcile(graph, catalogue, node(s, m, n)).resolved[0].ci
        for n, (s, m) in enumerate((("FG100F1", "00:09:0f:09:00:02"), ("FG100F2", "00:09:0f:09:00:02")) * 2)
    ]
    assert found[0] == found[2] != found[1] == found[3]


def test_what_lies_inside_is_known_inside_to_any_depth(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    def chassis(serial: str) -> Observation:
        rows: list[tuple[Any, ...]] = [thing("c", "switch", serial=f"{serial}@@Cisco", hostname=f"sw-{serial}")]
        outer = "c"
        for depth in range(1, 5):
            rows.append((f"m{depth}", "module", {"position": "1"}, {"name": f"slot {depth}"}, outer))
            outer = f"m{depth}"
        return observed(rows, source="snmp:scan")

    one, two = (reconcile(graph, catalogue, chassis(s)) for s in ("FCW1929B68S", "FCW2000C11T"))
    assert len({r.ci for r in (*one.resolved, *two.resolved)}) == 10
    again = reconcile(graph, catalogue, chassis("FCW1929B68S"))
    assert {r.ref: r.ci for r in again.resolved} == {r.ref: r.ci for r in one.resolved}


def test_a_monitor_moves_from_desk_to_desk_and_stays_itself(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    def desk(serial: str, minute: int) -> str:
        rows = [
            thing("pc", "desktop", serial=f"{serial}@@Dell", hostname=serial),
            ("mon", "peripheral", {"serial": "CN0ABC12@@Dell Inc."}, {"kind": "monitor"}),
        ]
        changes = reconcile(graph, catalogue, observed(rows, [("goes_with", "mon", "pc")], source="agent:glpi", minute=minute))
        return next(r.ci for r in changes.resolved if r.ref == "mon")

    assert desk("AAAAAA1", 0) == desk("BBBBBB2", 1440)
    other = observed([("mon", "peripheral", {"serial": "CN0ABC12@@LG Electronics"}, {"kind": "monitor"})], source="agent:glpi", minute=2000)
    assert reconcile(graph, catalogue, other).resolved[0].ci != desk("AAAAAA1", 2880)


def test_an_address_in_another_vrf_is_another_address(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    rows = [
        ("a", "ip_address", {"ip": "10.0.0.1@@blue"}),
        ("b", "ip_address", {"ip": "10.0.0.1@@red"}),
        ("c", "ip_address", {"ip": "10.0.0.1@@blue"}),
    ]
    found = {r.ref: r.ci for r in reconcile(graph, catalogue, observed(rows, source="api:ipam")).resolved}
    assert found["a"] == found["c"] != found["b"]


def test_a_virtual_router_address_ties_no_two_routers(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    rows = [thing("r", "router", serial=f"NV01234567{n}@@Juniper", mac="00:00:5e:00:01:0a", hostname=f"rt{n}") for n in (1, 2)]
    found = [reconcile(graph, catalogue, observed([row], source="snmp:scan", minute=n)).resolved[0].ci for n, row in enumerate(rows)]
    assert found[0] != found[1]
    assert graph.read("MATCH (i:Identifier {kind: 'mac'}) RETURN count(i) AS n") == [{"n": 0}]


def test_a_guest_known_to_its_hypervisor_by_uuid_is_the_one_that_reports(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    host = thing("h", "hypervisor", serial="7XK2M13@@Dell", hostname="kvm1")
    seen = [
        host,
        ("g", "virtual_machine", {"uuid": U1}, {"name": "web (production)"}),
        ("o", "virtual_machine", {"uuid": U2}, {"name": "web (test)"}),
    ]
    by_host = reconcile(graph, catalogue, observed(seen, [("hosted_on", "g", "h"), ("hosted_on", "o", "h")], source="ssh:scan"))
    itself = reconcile(
        graph,
        catalogue,
        observed([thing("x", "virtual_machine", uuid=U1, mac="52:54:00:00:00:0a", hostname="web1")], source="agent:glpi", minute=1),
    )
    assert itself.resolved[0].ci == next(r.ci for r in by_host.resolved if r.ref == "g")
