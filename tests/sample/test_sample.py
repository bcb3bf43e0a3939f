"""The sample organisation: the same from the same seed, and every entry accepted at its door."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson

from cmdb.graph import reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.sample import Entry, entries
from discovery.reports.intake import observation_from_entry
from discovery.reports.message import read_message
from discovery.reports.privacy import clean
from discovery.tables import read_table
from reconciliation import reconcile
from reconciliation.settling import solution
from web.agent.native import read_native

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CATALOGUE = Catalogue.load()


def test_the_same_seed_the_same_organisation() -> None:
    """Tables and reports equal to the byte; another seed another one."""

    def bodies(seed: int) -> list[tuple[str, bytes]]:
        return [(e.name, e.body) for e in entries(seed, 300, NOW)]

    assert bodies(1) == bodies(1)
    assert bodies(1) != bodies(2)


def test_every_table_is_read_without_an_error() -> None:
    """At the default size; people, services, phones and the pool are there."""
    made = list(entries(7, 2_500, NOW))
    tables = [e for e in made if e.door == "table"]
    results = {e.name: read_table(e.body, CATALOGUE, source_name=e.name, now=NOW) for e in tables}
    assert {name: list(map(str, r.errors)) for name, r in results.items() if r.errors} == {}
    people = results["people.csv"].observation
    assert people is not None
    assert sum(item.cls == "person" for item in people.items) == 120
    assert sum(e.door == "loan" for e in made) > 30
    assert sum(e.door == "report" for e in made) > 300
    told = [orjson.loads(e.body)["security"]["firewall_enabled"] for e in made if e.door == "script"]
    assert told.count(True) > 50
    assert told.count(False) > 3, "an agent that cannot tell is not all that speaks of firewalls"


def test_a_small_one_becomes_a_graph(embedded_graph: Graph) -> None:
    """Files, scans and reports of one organisation: the one question that is meant is left open, every machine is one CI."""
    for entry in entries(7, 250, NOW):
        _bring(embedded_graph, entry)
    (asked,) = reviews.listed(embedded_graph)
    assert (asked["kind"], asked["class"], asked["source"], len(asked["names"])) == ("who", "laptop", "import:repairs.csv", 2)
    whole = reviews.get(embedded_graph, asked["id"])
    assert solution(embedded_graph, CATALOGUE, whole) is None, "it does not settle itself before somebody has seen it"
    tags = embedded_graph.read("MATCH (c:CI) WHERE c.class IN ['laptop', 'desktop'] RETURN c.serial AS serial")
    serials = [row["serial"] for row in tags if row["serial"]]
    assert len(serials) == len(set(serials))
    assert embedded_graph.read("MATCH (c:Service) RETURN count(c) AS n")[0]["n"] == 25


def _bring(graph: Graph, entry: Entry) -> None:
    if entry.door == "table":
        read = read_table(entry.body, CATALOGUE, source_name=entry.name, now=NOW)
        assert read.observation is not None
        reconcile(graph, CATALOGUE, read.observation)
    elif entry.observation is not None:
        reconcile(graph, CATALOGUE, entry.observation)
    elif entry.door in ("report", "script") and entry.at is not None:
        message = read_message(entry.body)
        message = read_native(message)[0] if entry.door == "script" else message
        body = clean(message, entry.ownership, b"k" * 32).to_bytes()
        meta = {"received_at": entry.at, "site": entry.site, "ownership": entry.ownership, "id": entry.name}
        reconcile(graph, CATALOGUE, observation_from_entry("agent-report", body, meta))
