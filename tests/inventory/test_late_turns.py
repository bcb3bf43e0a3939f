"""What is told late of relations and presence: an older look that arrives after a newer one is a part of the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations

import pytest

from cmdb.errors import NotFound
from cmdb.graph.door import Graph
from cmdb.inventory.look_back import ci_at, relations_at
from cmdb.inventory.moment import Moment
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import preview, reconcile
from tests.conftest import empty
from tests.reconciliation.conftest import START, catalogue, observed

__all__ = ["catalogue", "observed"]

Maker = Callable[..., Observation]
SERVER = {"serial": "SRV10001", "hostname": "web1"}


def at(minute: int) -> str:
    return times.to_text(START + timedelta(minutes=minute))


def _look(observed: Maker, minute: int, *ports: str) -> Observation:
    items = [("s", "server", SERVER), *((p, "interface", {"if_name": p}, {}, "s") for p in ports)]
    return observed(items, coverage=[("s", "interfaces", "complete")], minute=minute)


def _id(graph: Graph, name: str) -> str:
    rows = graph.read("MATCH (c:CI {display_lower: $name}) RETURN c.id AS id", name=name)
    return str(rows[0]["id"]) if rows else ""


def _line(graph: Graph, minutes: tuple[int, ...]) -> list[tuple[str, list[str]]]:
    """At each minute: the presence of eth1 ("" where it was not known) and what lay in the server."""
    server, port = _id(graph, "web1"), _id(graph, "eth1")
    line = []
    for minute in minutes:
        moment = Moment(at(minute))
        try:
            presence = str(ci_at(graph, port, moment)["presence"]) if port else ""
        except NotFound:
            presence = ""
        try:
            inside = sorted(str(r["other_name"]) for r in relations_at(graph, server, moment))
        except NotFound:
            inside = []
        line.append((presence, inside))
    return line


LOOKS = {
    "there, gone": [(10, ("eth0", "eth1")), (20, ("eth0",))],
    "there, there": [(10, ("eth0", "eth1")), (20, ("eth0", "eth1"))],
    "not yet, there": [(10, ("eth0",)), (20, ("eth0", "eth1"))],
    "there, gone, back": [(10, ("eth0", "eth1")), (20, ("eth0",)), (30, ("eth0", "eth1"))],
    "not yet, there, gone": [(10, ("eth0",)), (20, ("eth0", "eth1")), (30, ("eth0",))],
}


@pytest.mark.parametrize("looks", LOOKS.values(), ids=LOOKS.keys())
def test_any_order_tells_the_same_past(
    graph: Graph, catalogue: Catalogue, observed: Maker, looks: list[tuple[int, tuple[str, ...]]]
) -> None:
    """Every order of arrival gives the answers of the right order, at each minute; and the same again promises nothing."""
    asked = (5, 10, 15, 20, 25, 35)
    expected = None
    wrong: list[tuple[list[int], list[object]]] = []
    for order in permutations(looks):
        empty(graph)
        made = [_look(observed, minute, *ports) for minute, ports in order]
        for one in made:
            reconcile(graph, catalogue, one)
        told = _line(graph, asked)
        expected = expected or told
        if told != expected:
            wrong.append(([m for m, _ in order], [(m, a, b) for m, a, b in zip(asked, told, expected, strict=True) if a != b]))
        if any(preview(graph, catalogue, one).changes for one in made):
            wrong.append(([m for m, _ in order], []))
    assert wrong == []


def test_what_was_known_then_stays(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A late look changes what was so, not what was known; one source that did not see it says nothing against another that did."""
    reconcile(graph, catalogue, _look(observed, 20, "eth0", "eth1"))
    server = _id(graph, "web1")
    before = times.to_text(times.now())
    reconcile(graph, catalogue, _look(observed, 10, "eth0", "eth1"))
    assert len(relations_at(graph, server, Moment(at(15)))) == 2
    with pytest.raises(NotFound):
        ci_at(graph, _id(graph, "eth1"), Moment(at(15), before))
    other = [("s", "server", SERVER), ("e", "interface", {"if_name": "eth1"}, {}, "s")]
    reconcile(graph, catalogue, observed(other, source="ssh:scan", minute=12))
    reconcile(graph, catalogue, _look(observed, 14, "eth0"))
    assert ci_at(graph, _id(graph, "eth1"), Moment(at(16)))["presence"] == "present"


OWNERS = {
    "another, the first again": [(10, "Ada"), (20, "Bo"), (30, "Ada")],
    "one after another": [(10, "Ada"), (20, "Bo"), (30, "Cy")],
    "one after another, and gone": [(10, "Ada"), (20, "Bo"), (30, "Cy"), (40, "")],
}


@pytest.mark.parametrize("words", OWNERS.values(), ids=OWNERS.keys())
def test_who_owned_it_is_told_in_any_order(graph: Graph, catalogue: Catalogue, observed: Maker, words: list[tuple[int, str]]) -> None:
    """Of an owner there is one at most: whichever list arrives first, at each minute it is the one of the list before."""
    asked = (10, 15, 20, 25, 30, 35, 40, 45)
    expected = [next((name for minute, name in reversed(words) if minute <= when), "") for when in asked]
    wrong: list[tuple[list[int], list[str]]] = []
    for order in permutations(words):
        empty(graph)
        for minute, name in order:
            person = [("p", "person", {"email": f"{name.lower()}@example.org"}, {"name": name})] if name else []
            said = [("owned_by", "d", "p")] if name else []
            items = [("d", "laptop", {"serial": "LAP10001"}, {"name": "lap"}), *person]
            list_ = observed(items, said, [("d", "owned_by", "complete")], source="import:list", minute=minute)
            reconcile(graph, catalogue, list_)
            assert preview(graph, catalogue, list_).changes == ()
        device, born = _id(graph, "lap"), min(minute for minute, _ in order)
        assert born == 10
        told = [",".join(str(r["other_name"]) for r in _owners(graph, device, when)) for when in asked]
        if told != expected:
            wrong.append(([minute for minute, _ in order], told))
    assert wrong == []


def _owners(graph: Graph, device: str, minute: int) -> list[dict[str, object]]:
    return [row for row in relations_at(graph, device, Moment(at(minute))) if str(row["key"]).startswith("owned_by")]


WORDS = {
    "another, the first again": "ABA",
    "one after another": "ABC",
    "the same, another": "AAB",
    "another, and that again": "ABB",
    "none, one, none": ["", "A", ""],
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_what_it_was_is_told_in_any_order(graph: Graph, catalogue: Catalogue, observed: Maker, words: list[str]) -> None:
    """Whichever word arrives first, also where the newest says what the oldest said: at each minute it is what was said last before."""
    asked = (10, 15, 20, 25, 30, 35, 40)
    expected = [words[min(minute // 10, 3) - 1] or None for minute in asked]
    wrong: list[tuple[tuple[int, ...], list[object]]] = []
    for order in permutations((1, 2, 3)):
        empty(graph)
        for number in order:
            said = {"os_version": words[number - 1] or None}
            reconcile(graph, catalogue, observed([("s", "server", SERVER, said)], minute=10 * number))
        server = _id(graph, "web1")
        told = [ci_at(graph, server, Moment(at(minute))).get("os_version") for minute in asked]
        if told != expected or graph.read("MATCH (c:Server) RETURN c.os_version AS os")[0]["os"] != expected[-1]:
            wrong.append((order, told))
    assert wrong == []
