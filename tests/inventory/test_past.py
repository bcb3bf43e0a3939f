"""The past of a CI: both times, values, presence, relations; and that today's answer is never changed by asking for the present."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis
from cmdb.graph.door import Graph
from cmdb.inventory import edit
from cmdb.inventory.difference import difference
from cmdb.inventory.list_back import listed_at
from cmdb.inventory.listing import listed, place_of
from cmdb.inventory.look_back import Past, ci_at, relations_at, states_at
from cmdb.inventory.moment import Moment, moment_of
from cmdb.inventory.query import Filter, Query
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from tests.reconciliation.conftest import START, catalogue, observed

__all__ = ["catalogue", "observed"]

Maker = Callable[..., Observation]
SERVER = {"serial": "SRV10001", "hostname": "web1"}


def at(minute: int) -> str:
    return times.to_text(START + timedelta(minutes=minute))


def _server(observed: Maker, minute: int, attributes: dict[str, Any], source: str = "agent:ocs", **more: Any) -> Observation:
    return observed([("s", "server", SERVER, attributes)], source=source, minute=minute, **more)


def _id(graph: Graph, name: str) -> str:
    return str(graph.read("MATCH (c:CI {display_lower: $name}) RETURN c.id AS id", name=name)[0]["id"])


def test_values_of_the_past(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Each look back gives what was so then; before the first word there is nothing."""
    for minute, version in ((0, "11"), (10, "12"), (20, "13")):
        reconcile(graph, catalogue, _server(observed, minute, {"os_version": version}))
    ci = _id(graph, "web1")
    said = [ci_at(graph, ci, Moment(at(minute)))["os_version"] for minute in (0, 9, 10, 19, 20, 25)]
    assert said == ["11", "11", "12", "12", "13", "13"]
    assert ci_at(graph, ci, None) == cis.get(graph, ci)
    with pytest.raises(NotFound, match="is not known as of"):
        ci_at(graph, ci, Moment(at(-1)))


def test_what_was_learned_late(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A look of ten minutes ago that arrives now changes what was so then, not what was known then, nor what is so now."""
    reconcile(graph, catalogue, _server(observed, 0, {"os_version": "11"}))
    reconcile(graph, catalogue, _server(observed, 20, {"os_version": "13"}))
    before = times.to_text(times.now())
    late = _server(observed, 10, {"os_version": "12"})
    reconcile(graph, catalogue, late)
    ci = _id(graph, "web1")
    assert ci_at(graph, ci, Moment(at(15)))["os_version"] == "12"
    assert ci_at(graph, ci, Moment(at(15), before))["os_version"] == "11"
    assert ci_at(graph, ci, Moment(at(9)))["os_version"] == "11"
    assert ci_at(graph, ci, Moment(at(25)))["os_version"] == "13" == cis.get(graph, ci)["os_version"]
    assert reconcile(graph, catalogue, late).changes == ()
    reconcile(graph, catalogue, _server(observed, -5, {"os_version": "10"}))
    assert ci_at(graph, ci, Moment(at(-3)))["os_version"] == "10"


def test_presence_relations_and_their_attributes(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A port that goes and comes back; a relation whose need changes and that ends; edges as impact reads them."""
    ports = [("s", "server", SERVER), ("e0", "interface", {"if_name": "eth0"}, {}, "s"), ("e1", "interface", {"if_name": "eth1"}, {}, "s")]
    cover = [("s", "interfaces", "complete")]
    reconcile(graph, catalogue, observed(ports, coverage=cover, minute=0))
    reconcile(graph, catalogue, observed(ports[:2], coverage=cover, minute=10))
    reconcile(graph, catalogue, observed(ports, coverage=cover, minute=20))
    server, port = _id(graph, "web1"), _id(graph, "eth1")
    assert [ci_at(graph, port, Moment(at(m)))["presence"] for m in (5, 15, 25)] == ["present", "absent", "present"]
    lying = [{r["other_name"] for r in relations_at(graph, server, Moment(at(m)))} for m in (5, 15, 25)]
    assert lying == [{"eth0", "eth1"}, {"eth0"}, {"eth0", "eth1"}]
    edges = Past(graph, Moment(at(15))).edges_of([server], ["PART_OF"])
    assert [(e.name, e.outward, e.presence) for e in edges] == [("eth0", False, "present")]
    assert states_at(graph, [server, port], Moment(at(-1))) == {}


def test_attributes_of_relations(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """What a requirement group asked for then."""
    reconcile(graph, catalogue, observed([("s", "server", SERVER), ("p", "service", {"name": "Payroll"}, {"name": "Payroll"})]))
    server, service = _id(graph, "web1"), _id(graph, "payroll")
    moments = []
    for need in ("1", "2"):
        seen = edit.related(graph, catalogue, "depends_on", service, server, attributes={"need": need}, actor="vera", reason="")
        reconcile(graph, catalogue, seen)
        moments.append(Moment(known_at=times.to_text(times.now())))
    reconcile(graph, catalogue, edit.unrelated(graph, catalogue, "depends_on", service, server, actor="vera", reason=""))
    assert relations_at(graph, service, None) == []
    assert [[(r["other"], r["need"]) for r in relations_at(graph, service, m)] for m in moments] == [[(server, "1")], [(server, "2")]]


def test_moments() -> None:
    """Days, times without a zone, and what is refused."""
    now = datetime.fromisoformat("2026-11-23T10:00:00+00:00")
    assert moment_of("", None) is None
    assert moment_of("2026-11-01", None, now=now) == Moment("2026-11-01T23:59:59.999Z")
    assert moment_of("2026-11-23", None, now=now) == Moment("2026-11-23T10:00:00.000Z")
    assert moment_of("2026-11-01T10:00", "2026-11-02T10:00:00+01:00", now=now) == Moment(
        "2026-11-01T10:00:00.000Z", "2026-11-02T09:00:00.000Z"
    )
    for bad, field in ((("soon", None), "as_of"), (("2026-02-30", None), "as_of"), ((None, "2027-01-01"), "known_at")):
        with pytest.raises(Invalid) as refused:
            moment_of(*bad, now=now)
        assert refused.value.field == field


def test_a_list_of_the_past(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Filtered, sorted and paged by what was so; what was not there yet is not listed."""
    for n in range(5):
        reconcile(graph, catalogue, observed([(f"m{n}", "server", {"serial": f"SER1000{n}"}, {"name": f"m{n}", "model": "A"})], minute=n))
    for n in range(5):
        reconcile(
            graph, catalogue, observed([(f"m{n}", "server", {"serial": f"SER1000{n}"}, {"name": f"x{n}", "model": "B"})], minute=10 + n)
        )

    def names(moment: Moment, **query: Any) -> list[str]:
        return [str(row["display_name"]) for row in listed_at(graph, catalogue, Query(**query), moment)]

    assert names(Moment(at(2))) == ["m0", "m1", "m2"]
    assert names(Moment(at(11)), filters=(Filter("model", "equals", "a"),)) == ["m2", "m3", "m4"]
    assert names(Moment(at(30)), sort="display_name", descending=True, limit=2) == ["x4", "x3"]
    page = listed_at(graph, catalogue, Query(limit=2), Moment(at(11)))
    assert names(Moment(at(11)), limit=9, after=place_of(page[-1], "display_name")) == ["m4", "x0", "x1"]
    present = [row["id"] for row in listed(graph, catalogue, Query(classes=("server",)))]
    assert [row["id"] for row in listed_at(graph, catalogue, Query(classes=("server",)), Moment(at(60)))] == present


def test_the_difference_of_two_days(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """Of a site: who came, who left, who changed."""
    site = ("lyon", "site", {"name": "Lyon"}, {"name": "Lyon"})
    old = [
        site,
        ("a", "server", {"serial": "SRVA0001"}, {"name": "a", "model": "A"}),
        ("b", "server", {"serial": "SRVB0001"}, {"name": "b"}),
    ]
    reconcile(graph, catalogue, observed(old, [("located_in", "a", "lyon"), ("located_in", "b", "lyon")], source="import:list"))
    new = [site, ("a", "server", {"serial": "SRVA0001"}, {"model": "B"}), ("b", "server", {"serial": "SRVB0001"}, {"model": "B2"}), (
        "c", "server", {"serial": "SRVC0001"}, {"name": "c"})]  # fmt: skip
    ended = [("b", "located_in", "complete")]
    reconcile(
        graph, catalogue, observed(new, [("located_in", "a", "lyon"), ("located_in", "c", "lyon")], ended, source="import:list", minute=20)
    )
    found = difference(graph, catalogue, _id(graph, "lyon"), Moment(at(10)), Moment(at(30)))
    assert {(r["what"], r["name"]) for r in found["relations"]} == {("ended", "b"), ("added", "c")}
    assert [(m["name"], m["attributes"]) for m in found["members"]] == [
        ("a", [{"attribute": "model", "before": "A", "after": "B"}]),
        ("b", [{"attribute": "model", "before": None, "after": "B2"}]),  # it left, and is told of all the same
    ]
    with pytest.raises(Invalid, match="from must be before to"):
        difference(graph, catalogue, _id(graph, "lyon"), Moment(at(30)), Moment(at(10)))
