"""What nobody should send: each gets a clear answer, is bounded, and harms nothing else in the same batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cmdb.errors import Invalid
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from cmdb.model.observation_json import from_json
from reconciliation import reconcile
from reconciliation.evidence import MOST_OF_A_KIND, BlockList, evidence_of, shipped_blocklist
from reconciliation.normalise import uuid

Observed = Callable[..., Observation]
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
GOOD = ("good", "laptop", {"serial": "7XK2M13@@Dell"}, {"name": "good"})


def test_an_identifier_of_a_megabyte_is_refused_and_the_rest_counts(catalogue: Catalogue) -> None:
    laptop = catalogue.cls("laptop")
    found = {
        e.kind: e
        for e in evidence_of([Identifier("serial", "A" * 1_000_000), Identifier("uuid", "6ec9d286-63ca-428d-95f4-b3b2e4a1c001")], laptop)
    }
    assert (found["serial"].grade, found["serial"].refused) == ("none", "longer than 512 characters")
    assert len(found["serial"].raw) <= 80
    assert len(found["serial"].key) <= 120
    assert found["uuid"].grade == "strong"


def test_ten_thousand_addresses_identify_nothing_and_make_no_ten_thousand_nodes(
    graph: Graph, catalogue: Catalogue, observed: Observed
) -> None:
    told = observed([GOOD, ("flood", "laptop", {"serial": "PF0AB1CD@@LENOVO"}, {"name": "flood"})])
    flood = told.items[1]
    macs = tuple(Identifier("mac", f"98fa9b{n:06x}") for n in range(10_000))
    changes = reconcile(graph, catalogue, replace(told, items=(told.items[0], replace(flood, identifiers=(*flood.identifiers, *macs)))))
    assert all(r.ci for r in changes.resolved)
    assert graph.read("MATCH (i:Identifier {kind: 'mac'}) RETURN count(i) AS n") == [{"n": 0}]
    refused = evidence_of(macs, catalogue.cls("laptop"))
    assert [e.refused for e in refused] == [f"10,000 values of one kind; no single thing has more than {MOST_OF_A_KIND:,}"]


def test_an_observation_from_the_future_is_refused(catalogue: Catalogue) -> None:
    data = {
        "source": {"kind": "api", "name": "x"},
        "observed_at": "2031-01-01T00:00:00Z",
        "items": [{"ref": "a", "class": "laptop", "identifiers": [{"kind": "serial", "value": "7XK2M13"}]}],
    }
    with pytest.raises(Invalid, match="ahead of now"):
        from_json(data, catalogue, now=NOW)


def test_an_observation_from_1970_changes_nothing_that_was_said_since(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    first = reconcile(graph, catalogue, observed([GOOD])).resolved[0].ci
    old = replace(
        observed([("good", "laptop", {"serial": "7XK2M13@@Dell"}, {"name": "old"})]), observed_at=datetime(1970, 1, 1, tzinfo=UTC)
    )
    assert reconcile(graph, catalogue, old).resolved[0].ci == first
    row = graph.read("MATCH (c:CI {id: $id}) RETURN c.name AS name, c.last_seen_at AS seen", id=first)[0]
    assert row["name"] == "good"
    assert row["seen"].startswith("2026-11-01")


def test_one_thing_twice_with_different_values_is_one_ci(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    twice = [
        ("a", "laptop", {"serial": "7XK2M13@@Dell"}, {"name": "one"}),
        ("b", "laptop", {"serial": "7xk2m13"}, {"name": "two"}),
        ("c", "laptop", {"serial": "PF0AB1CD"}, {"name": "three"}),
    ]
    found = [r.ci for r in reconcile(graph, catalogue, observed(twice)).resolved]
    assert found[0] == found[1] != found[2]
    assert graph.read("MATCH (c:CI {id: $id}) RETURN c.name AS name", id=found[0])[0]["name"] in ("one", "two")


def test_one_ref_twice_is_refused_with_its_field(catalogue: Catalogue, graph: Graph, observed: Observed) -> None:
    told = observed([GOOD])
    with pytest.raises(Invalid, match="same ref") as refused:
        reconcile(graph, catalogue, replace(told, items=(*told.items, *told.items)))
    assert refused.value.field == "items"


def test_a_relation_to_itself_is_left_out_and_said_so(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    told = replace(observed([GOOD]), relations=(Relation("connected_to", "good", "good"),))
    changes = reconcile(graph, catalogue, told)
    assert changes.resolved[0].ci
    assert [c.reason for c in changes.changes if c.reason.startswith("refused")] == ["refused: it would relate a CI to itself"]
    assert graph.read("MATCH (:CI)-[r]->(:CI) RETURN count(r) AS n") == [{"n": 0}]


def test_a_circle_of_parents_is_refused(graph: Graph, catalogue: Catalogue, observed: Observed) -> None:
    told = observed([GOOD])
    circle = (
        Item("p", "module", (Identifier("position", "1"),), parent="q"),
        Item("q", "module", (Identifier("position", "2"),), parent="p"),
    )
    with pytest.raises(Invalid, match="parents of each other"):
        reconcile(graph, catalogue, replace(told, items=(*told.items, *circle)))
    assert graph.read("MATCH (c:CI) RETURN count(c) AS n") == [{"n": 0}]


def test_control_characters_in_a_sources_name_do_not_come_in(catalogue: Catalogue) -> None:
    data = {
        "source": {"kind": "api", "name": "x\x00\x1b[31m|y"},
        "observed_at": "2026-11-22T00:00:00Z",
        "items": [{"ref": "a", "class": "laptop", "identifiers": [{"kind": "serial", "value": "7XK2M13"}]}],
    }
    told = from_json(data, catalogue, now=NOW)
    assert told.source == Source("api", "x[31m|y")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"serial": {"patterns": [{"value": ".*", "source": "x"}]}}, "refuses every ordinary serial"),
        ({"hostname": {"patterns": [{"value": "[a-z0-9-]+", "source": "x"}]}}, "refuses every ordinary hostname"),
        ({"uuid": {"patterns": [{"value": "(", "source": "x"}]}}, "cannot be read"),
        ({"mac": {"refuse": [{"prefix": "", "source": "x"}]}}, "no start of an address"),
    ],
)
def test_a_block_list_that_matches_everything_is_refused(data: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        BlockList(data)
    assert shipped_blocklist().version >= 2


def test_every_entry_of_the_shipped_block_list_refuses_and_names_its_source() -> None:
    blocks = shipped_blocklist()
    for kind, value in (
        ("serial", "tobefilledbyoem"),
        ("uuid", str(uuid("03000200-0400-0500-0006-000700080009"))),
        ("hostname", "localhost"),
        ("name", "localhost"),
    ):
        assert blocks.refusal(kind, value).startswith("placeholder ("), kind
    assert "VRRP" in blocks.refusal("mac", "00005e00010a")
    assert blocks.refusal("mac", "d89ef3000001") == ""
