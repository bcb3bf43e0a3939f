"""The walking skeleton: one observation reaches the graph, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.model.observation_json import from_json
from reconciliation import reconcile

Maker = Callable[..., Observation]


def test_a_laptop_and_its_interface_arrive(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Class, golden attributes, identifiers and the inner CI are there."""
    seen = observed(
        [
            ("pc", "laptop", {"serial": "7XK-2M13", "hostname": "ada-pc"}, {"vendor": "Dell Inc.", "model": "Latitude 5420"}),
            ("pc/eth0", "interface", {"if_name": "eth0"}, {"mac": "00:1b:21:aa:bb:cc"}, "pc"),
        ],
        coverage=[("pc", "interfaces", "complete")],
    )
    changes = reconcile(graph, catalogue, seen)
    assert [r.outcome for r in changes.resolved] == ["new", "new"]
    rows = graph.read(
        "MATCH (c:Laptop) RETURN c.id AS id, c.display_name AS name, c.vendor AS vendor, c.serial AS serial, c.presence AS presence"
    )
    assert [(r["name"], r["vendor"], r["serial"], r["presence"]) for r in rows] == [("ada-pc", "Dell Inc.", "7XK-2M13", "present")]
    inner = graph.read("MATCH (i:Interface)-[:PART_OF]->(c:Laptop) RETURN i.display_name AS name, c.id AS host")
    assert inner == [{"name": "eth0", "host": rows[0]["id"]}]
    keys = graph.read("MATCH (i:Identifier)-[:IDENTIFIES]->(:Laptop) RETURN i.key AS key ORDER BY key")
    assert [k["key"] for k in keys] == ["hostname||ada-pc", "serial||7xk2m13"]


def test_the_same_again_changes_nothing(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A second application writes no event, no node, no revision."""
    seen = observed([("pc", "laptop", {"serial": "7XK2M13"}, {"model": "Latitude"})], software={"pc": [("bash", "5.2"), ("vim", "9.0")]})
    reconcile(graph, catalogue, seen)
    before = graph.read("MATCH (n) RETURN count(n) AS n")[0]["n"], graph.read("MATCH (c:CI) RETURN c.rev AS rev")
    again = reconcile(graph, catalogue, seen)
    assert again.changes == ()
    assert (graph.read("MATCH (n) RETURN count(n) AS n")[0]["n"], graph.read("MATCH (c:CI) RETURN c.rev AS rev")) == before


def test_two_sources_one_machine(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """SSH and an agent agree on the serial: one CI, two records, the machine's own word before the agent's."""
    reconcile(graph, catalogue, observed([("a", "workstation", {"serial": "ABC1234"}, {"os_version": "12 (bookworm)", "name": "web"})]))
    ssh = observed([("h", "server", {"serial": "abc-1234", "hostname": "web1"}, {"os_version": "12.5"})], source="ssh:scan", minute=5)
    changes = reconcile(graph, catalogue, ssh)
    assert [r.outcome for r in changes.resolved] == ["match"]
    rows = graph.read("MATCH (c:CI) RETURN c.class AS class, c.os_version AS os, labels(c) AS labels, c.sources AS sources")
    assert len(rows) == 1
    assert (rows[0]["class"], rows[0]["os"], rows[0]["sources"]) == ("server", "12.5", ["agent:ocs", "ssh:scan"])
    assert sorted(rows[0]["labels"]) == ["CI", "Server"]


def test_only_a_complete_look_removes(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A partial look at the interfaces removes none; a complete one makes the missing one absent."""
    two = [
        ("pc", "laptop", {"serial": "S123456"}),
        ("a", "interface", {"if_name": "a"}, {}, "pc"),
        ("b", "interface", {"if_name": "b"}, {}, "pc"),
    ]
    reconcile(graph, catalogue, observed(two, coverage=[("pc", "interfaces", "complete")]))
    reconcile(graph, catalogue, observed(two[:2], coverage=[("pc", "interfaces", "partial")], minute=1))
    assert graph.read("MATCH (i:Interface {presence: 'absent'}) RETURN count(i) AS n")[0]["n"] == 0
    reconcile(graph, catalogue, observed(two[:2], coverage=[("pc", "interfaces", "complete")], minute=2))
    gone = graph.read("MATCH (i:Interface {presence: 'absent'}) RETURN i.display_name AS name")
    assert gone == [{"name": "b"}]
    assert graph.read("MATCH (i:Interface)-[:PART_OF]->(:Laptop) RETURN i.display_name AS name") == [{"name": "a"}]
    back = reconcile(graph, catalogue, observed(two, coverage=[("pc", "interfaces", "complete")], minute=3))
    assert "came_back" in {c.kind for c in back.changes}


def test_a_connection_waits_for_its_listener(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A connection to a program nobody has seen yet is parked and joins when the program's host is scanned."""
    web = observed(
        [
            ("web", "server", {"serial": "WEB00001"}),
            ("nginx", "software_instance", {"process_name": "nginx:443"}, {"process": "nginx"}, "web"),
            ("far", "software_instance", {"listens_at": "tcp/10.0.0.5/5432"}),
        ],
        [("depends_on", "nginx", "far")],
        [("web", "connections", "complete")],
        source="ssh:scan",
    )
    changes = reconcile(graph, catalogue, web)
    assert "parked" in {c.kind for c in changes.changes}
    db = observed(
        [
            ("db", "server", {"serial": "DB000001"}),
            (
                "pg",
                "software_instance",
                {"process_name": "postgres:5432", "listens_at": "tcp/10.0.0.5/5432"},
                {"process": "postgres"},
                "db",
            ),
        ],
        coverage=[("db", "processes", "complete")],
        source="ssh:scan",
        minute=1,
    )
    reconcile(graph, catalogue, db)
    rows = graph.read("MATCH (a:SoftwareInstance)-[:DEPENDS_ON]->(b:SoftwareInstance) RETURN a.display_name AS a, b.display_name AS b")
    assert rows == [{"a": "nginx:443", "b": "postgres:5432"}]
    assert graph.read("MATCH (p:Pending) RETURN count(p) AS n")[0]["n"] == 0


def test_a_later_proof_joins_two(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """One seen by serial, one by MAC; a report that shows both proves them one. The older id stays, the other redirects."""
    reconcile(graph, catalogue, observed([("a", "server", {"serial": "S7654321"}, {"name": "a"})], source="import:list"))
    reconcile(graph, catalogue, observed([("b", "device", {"mac": "00:1b:21:00:00:01"}, {"vendor": "Intel"})], source="snmp:sw"))
    both = observed([("c", "server", {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}, {"os_name": "Debian"})], minute=9)
    changes = reconcile(graph, catalogue, both)
    assert "joined" in {c.kind for c in changes.changes}
    rows = graph.read("MATCH (c:CI) RETURN c.id AS id, c.sources AS sources, c.vendor AS vendor")
    assert [(r["sources"], r["vendor"]) for r in rows] == [(["agent:ocs", "import:list", "snmp:sw"], "Intel")]
    assert graph.read("MATCH (r:Redirect) RETURN r.to AS to") == [{"to": rows[0]["id"]}]


def test_another_serial_is_another_laptop(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """The replacement carries the old one's name, agent id and image: still two devices, and the agent id decides nothing any more."""
    reconcile(
        graph,
        catalogue,
        observed([("a", "laptop", {"serial": "OLD00001", "hostname": "ada-pc", "agent_id": "agent-1"}, {"name": "ada-pc"})]),
    )
    new = observed([("a", "laptop", {"serial": "NEW00001", "hostname": "ada-pc", "agent_id": "agent-1"}, {"name": "ada-pc"})], minute=1)
    changes = reconcile(graph, catalogue, new)
    assert [r.outcome for r in changes.resolved] == ["new"]
    assert graph.read("MATCH (c:Laptop) RETURN count(c) AS n")[0]["n"] == 2
    assert graph.read("MATCH (i:Identifier {shared: true}) RETURN i.key AS key") == [{"key": "agent_id||agent-1"}]


def test_a_person_decides_the_owner(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """One owner at a time: the import's until a person says otherwise."""
    rows = [
        ("pc", "laptop", {"serial": "S1111111"}),
        ("ada", "person", {"email": "ada@example.org"}),
        ("bob", "person", {"email": "bob@example.org"}),
    ]
    reconcile(graph, catalogue, observed(rows, [("owned_by", "pc", "ada")], source="import:people.csv"))
    reconcile(graph, catalogue, observed(rows, [("owned_by", "pc", "bob")], source="person:edit", minute=1))
    reconcile(graph, catalogue, observed(rows, [("owned_by", "pc", "ada")], source="import:people.csv", minute=2))
    assert graph.read("MATCH (:Laptop)-[:OWNED_BY]->(p:Person) RETURN p.email AS email") == [{"email": "bob@example.org"}]


def test_a_join_takes_everything_along(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Inner CIs, relations of both directions and history of the younger move to the older; equal inner CIs become one."""
    ports: list[tuple[Any, ...]] = [("e0", "interface", {"if_name": "eth0"}, {}, "a"), ("e1", "interface", {"if_name": "eth1"}, {}, "a")]
    reconcile(graph, catalogue, observed([("a", "server", {"serial": "S7654321"}, {"name": "a"}), ports[0]], source="import:list"))
    younger = [("a", "device", {"mac": "00:1b:21:00:00:01"}, {"vendor": "Intel"}), *ports, ("s", "service", {"name": "Mail"})]
    reconcile(graph, catalogue, observed(younger, [("depends_on", "s", "a")], source="snmp:sw"))
    both = observed([("c", "server", {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}, {"os_name": "Debian"})], minute=9)
    reconcile(graph, catalogue, both)
    inner = graph.read("MATCH (i:Interface)-[:PART_OF]->(c:Server) RETURN i.display_name AS name ORDER BY name")
    assert [row["name"] for row in inner] == ["eth0", "eth1"]
    assert graph.read("MATCH (:Service)-[r:DEPENDS_ON]->(c:Server) RETURN c.name AS name") == [{"name": "a"}]
    keys = {row["key"].split("|")[2] for row in graph.read("MATCH ()-[r:DEPENDS_ON]->() RETURN r.key AS key")}
    assert keys == {row["id"] for row in graph.read("MATCH (c:Server) RETURN c.id AS id")}
    again = reconcile(graph, catalogue, both)
    assert again.changes == ()


def test_a_site_kind_of_identifier(graph: Graph, observed: Maker, tmp_path: Path) -> None:
    """A class of the site's own, identified by a kind of its own, is recognised by it."""
    file = tmp_path / "site.yaml"
    file.write_text(
        "classes:\n  forklift:\n    title: Forklift\n    plural: Forklifts\n    parent: hardware\n    description: Lifts.\n"
        "    identifiers: {chassis_number: strong}\n"
        "    attributes:\n      chassis_number: {type: text, title: Chassis number, description: On the frame.}\n"
    )
    site = Catalogue.load([file])
    seen = {"source": {"kind": "import", "name": "x"}, "observed_at": "2026-11-01T08:00:00Z"}
    item = {"ref": "f", "class": "forklift", "identifiers": [{"kind": "chassis_number", "value": "F-1"}], "attributes": {"name": "One"}}
    now = datetime(2026, 11, 2, tzinfo=UTC)
    outcomes = [reconcile(graph, site, from_json({**seen, "items": [item]}, site, now=now)).resolved[0].outcome for _ in range(2)]
    assert outcomes == ["new", "match"]
