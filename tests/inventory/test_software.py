"""Who has a product or a range of versions, how many have which, who lacks it, and what changed on one endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.graph.door import Graph
from cmdb.inventory import software
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Coverage, CoverageState, Identifier, Item, Observation, Software, Source
from reconciliation import reconcile

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
ENDPOINTS = ("laptop", "desktop", "workstation", "phone", "tablet")
OPENSSL = ("3.0.2-0ubuntu1.9", "3.0.2-0ubuntu1.15", "3.0.13-1", "3.0.2-0ubuntu1.15")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


def tell(
    graph: Graph,
    catalogue: Catalogue,
    name: str,
    listed: list[tuple[str, str, str]] | None,
    *,
    day: int = 0,
    state: CoverageState = "complete",
    source: str = "glpi",
) -> str:
    """One report of a laptop with these (name, version, ecosystem); None: nothing is said of software. Returns the CI's id."""
    installed = tuple(Software(n, v, "", "", e) for n, v, e in listed) if listed is not None else None
    item = Item("pc", "laptop", (Identifier("serial", f"SN{name}", "dell"),), {"name": name, "serial": f"SN{name}"}, software=installed)
    looks = (Coverage("pc", "software", state),) if listed is not None else ()
    seen = Observation(f"{name}-{day}-{source}", Source("agent", source), START + timedelta(days=day), (item,), (), looks)
    return str(reconcile(graph, catalogue, seen).resolved[0].ci)


def fleet(graph: Graph, catalogue: Catalogue) -> dict[str, str]:
    """Four laptops with openssl, one of them told by two agents; one without, one known in part, one of which nobody told."""
    ids = {}
    for n, version in enumerate(OPENSSL):
        ids[f"pc{n}"] = tell(graph, catalogue, f"pc{n}", [("OpenSSL", version, "deb"), ("bash", "5.2", "deb"), (f"own{n}", "1", "deb")])
    tell(graph, catalogue, "pc1", [("OpenSSL", OPENSSL[1], "deb"), ("only-ocs", "2", "deb")], source="ocs")
    ids["bare"] = tell(graph, catalogue, "bare", [("bash", "5.2", "deb")])
    ids["part"] = tell(graph, catalogue, "part", [("bash", "5.2", "deb")], state="partial")
    ids["mute"] = tell(graph, catalogue, "mute", None)
    ids["odd"] = tell(graph, catalogue, "odd", [("OpenSSL", "not (a) version", "deb")])
    return ids


def test_versions_stand_in_their_order_with_how_many(graph: Graph, catalogue: Catalogue) -> None:
    """By dpkg's order and not as text; told twice is counted once; the one without an order stands first."""
    fleet(graph, catalogue)
    found = software.versions_of(graph, "openssl", "<3.0.13")
    assert [(one.version, one.n, one.inside) for one in found] == [
        ("not (a) version", 1, None),
        ("3.0.2-0ubuntu1.9", 1, True),
        ("3.0.2-0ubuntu1.15", 2, True),
        ("3.0.13-1", 1, False),
    ]
    assert software.versions_of(graph, "openssl", ecosystem="rpm") == []


def test_who_has_a_range(graph: Graph, catalogue: Catalogue) -> None:
    """By version from the oldest; each CI once with all who said so; pages of one give the same as one page."""
    ids = fleet(graph, catalogue)
    found = software.who_has(graph, "OPENSSL", ">=3.0.2, <3.0.13")
    assert found[0].ci == ids["pc0"]
    assert {one.ci for one in found[1:]} == {ids["pc1"], ids["pc3"]}
    assert {one.ci: one.sources for one in found}[ids["pc1"]] == ("agent:glpi", "agent:ocs")
    assert [one.version for one in found] == ["3.0.2-0ubuntu1.9", "3.0.2-0ubuntu1.15", "3.0.2-0ubuntu1.15"]
    paged, after = [], None
    while rows := software.who_has(graph, "openssl", ">=3.0.2, <3.0.13", after=after, limit=1):
        paged += rows
        after = rows[-1].place
    assert paged == found == list(software.everyone_with(graph, "openssl", ">=3.0.2, <3.0.13"))
    assert [one.ci for one in software.who_has(graph, "openssl", ">=3.0.13")] == [ids["pc2"]]


def test_a_page_costs_few_queries(graph: Graph, catalogue: Catalogue) -> None:
    """However many endpoints have it: the versions, and for each version its parts, their holders and what is shown of them."""
    fleet(graph, catalogue)
    with graph.counting() as counter:
        assert len(software.who_has(graph, "bash")) == 6
    assert counter.queries == 4


def test_who_lacks_it(graph: Graph, catalogue: Catalogue) -> None:
    """Only a complete list without it says that it is not there; all others are unknown, each with its reason."""
    ids = fleet(graph, catalogue)
    found = {one.ci: (one.state, one.reason) for one in software.lacking(graph, ENDPOINTS, "openssl", ">=3.0.13")}
    assert found == {
        ids["pc0"]: ("lacks", ""),
        ids["pc1"]: ("lacks", ""),
        ids["pc3"]: ("lacks", ""),
        ids["bare"]: ("lacks", ""),
        ids["part"]: ("unknown", "its list is known in part only"),
        ids["mute"]: ("unknown", "no source has told what is installed on it"),
        ids["odd"]: ("unknown", "it has a version that cannot be compared"),
    }
    assert {one.ci for one in software.lacking(graph, ENDPOINTS, "openssl", state="unknown")} == {ids["part"], ids["mute"]}
    first = software.lacking(graph, ENDPOINTS, "openssl", limit=1)
    assert [one.ci for one in software.lacking(graph, ENDPOINTS, "openssl", after=first[0].ci)] == sorted(
        {ids["bare"], ids["part"], ids["mute"]} - {first[0].ci}
    )
    assert software.lacking(graph, ("server",), "openssl") == []
    assert len(software.lacking(graph, ENDPOINTS, "nobody has this")) == 8


def test_what_changed_since(graph: Graph, catalogue: Catalogue) -> None:
    """Installed, updated and removed, the newest first, from the day asked for; the first list is no change."""
    ci = tell(graph, catalogue, "pc", [("bash", "5.1", "deb"), ("Foxit Reader", "9.0", "deb"), ("same", "1", "deb")])
    tell(graph, catalogue, "pc", [("bash", "5.2", "deb"), ("Foxit Reader", "9.0", "deb"), ("same", "1", "deb")], day=1)
    tell(graph, catalogue, "pc", [("bash", "5.2", "deb"), ("same", "1", "deb"), ("My Tool", "", "deb")], day=5)
    found, short = software.changed(graph, ci, START)
    assert [(one.kind, one.name, one.before, one.after, one.at[:10]) for one in found] == [
        ("installed", "My Tool", "", "My Tool", "2026-11-06"),
        ("removed", "Foxit Reader", "Foxit Reader 9.0", "", "2026-11-06"),
        ("updated", "bash", "bash 5.1", "bash 5.2", "2026-11-02"),
    ]
    assert not short
    assert [one.kind for one in software.changed(graph, ci, software.since_of("2026-11-03"))[0]] == ["installed", "removed"]


def test_products_by_how_they_begin(graph: Graph, catalogue: Catalogue) -> None:
    """By name without case, each once, page after page."""
    fleet(graph, catalogue)
    rows = software.products(graph, "O")
    assert [(row["name"], row["versions"]) for row in rows] == [
        ("only-ocs", 1),
        ("OpenSSL", 4),
        ("own0", 1),
        ("own1", 1),
        ("own2", 1),
        ("own3", 1),
    ]
    assert [row["name"] for row in software.products(graph, "o", after="openssl", limit=2)] == ["own0", "own1"]


def test_many_holders_are_counted_anew_only_after_a_while(graph: Graph, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above HEAVY the counts stay for five minutes; below, each answer is counted."""
    fleet(graph, catalogue)
    monkeypatch.setattr(software, "HEAVY", 3)
    monkeypatch.setattr(software, "_kept", WeakKeyDictionary())  # the graph outlives the test, and what is kept with it
    assert sum(one.n for one in software.versions_of(graph, "openssl")) == 5
    tell(graph, catalogue, "late", [("OpenSSL", "3.0.13-1", "deb")])
    assert sum(one.n for one in software.versions_of(graph, "openssl")) == 5
    monkeypatch.setattr(software, "KEEP_S", 0.0)
    assert sum(one.n for one in software.versions_of(graph, "openssl")) == 6


def test_refusals(graph: Graph) -> None:
    """A product nobody has, a range that is none, a day that is none: each is told."""
    with pytest.raises(NotFound):
        software.who_has(graph, "nobody has this")
    with pytest.raises(Invalid, match="range"):
        software.who_has(graph, "x", ">=")
    with pytest.raises(Invalid, match="since"):
        software.since_of("yesterday")
