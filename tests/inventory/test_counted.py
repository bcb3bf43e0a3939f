"""Coverage and sources are counted by a chore; who asks reads what is kept, with its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cmdb.graph.door import Graph
from cmdb.inventory import counted, coverage, sources
from cmdb.inventory.coverage import ClassCover
from cmdb.model.catalogue import Catalogue
from cmdb.model.times import to_text
from cmdb.store import Ledger
from tests.ready import ready_ledger

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of its own."""
    with ready_ledger(tmp_path / "ledger.db") as opened:
        yield opened


def rows(*numbers: int) -> list[dict[str, Any]]:
    """What a count gives."""
    return [{"n": n} for n in numbers]


def test_who_asks_reads_what_is_kept(ledger: Ledger) -> None:
    """Counted when nothing is kept, then not again, until nobody has renewed it for hours."""
    assert counted.kept(ledger, "x") is None
    assert counted.read(ledger, "x", lambda: rows(1), NOW) == counted.Count("2026-11-22T12:00:00.000Z", rows(1))
    later = NOW + counted.FORGOTTEN - timedelta(seconds=1)
    assert counted.read(ledger, "x", lambda: rows(2), later).rows == rows(1)
    assert counted.read(ledger, "x", lambda: rows(3), later + timedelta(seconds=1)).rows == rows(3)


@pytest.mark.parametrize(("took_s", "wait"), [(0.0, timedelta(minutes=5)), (1.0, timedelta(minutes=5)), (30.0, timedelta(seconds=3000))])
def test_counting_takes_a_hundredth_of_the_time(ledger: Ledger, took_s: float, wait: timedelta) -> None:
    """Renewed every five minutes, and more seldom where one count takes long."""
    assert counted.renew(ledger, "x", lambda: rows(1), NOW)
    ledger.settings.put("x", {**dict(ledger.settings.get("x")), "took_s": took_s})
    assert not counted.renew(ledger, "x", lambda: rows(2), NOW + wait - timedelta(seconds=1))
    assert counted.renew(ledger, "x", lambda: rows(3), NOW + wait)
    assert counted.kept(ledger, "x") == counted.Count(to_text(NOW + wait), rows(3))


def test_coverage_and_sources_are_read_without_the_graph(graph: Graph, ledger: Ledger) -> None:
    """What each class has: seen lately, looked at by no source, known by one alone; new CIs show when it is counted again."""
    catalogue = Catalogue.load()
    add(graph, "a", "laptop", ["agent:glpi"], NOW - timedelta(days=1))
    add(graph, "b", "laptop", ["import:list", "agent:glpi"], NOW - timedelta(days=30))
    add(graph, "c", "laptop", ["import:list"], NOW - timedelta(days=2))
    add(graph, "gone", "laptop", ["import:list"], NOW, presence="absent")
    assert coverage.renew(graph, ledger, NOW)
    assert sources.renew(graph, ledger, NOW)
    add(graph, "d", "switch", ["snmp:core"], NOW)
    with graph.counting() as counter:
        found, at = coverage.coverage(graph, ledger, catalogue, NOW + timedelta(hours=1))
        told, told_at = sources.source_states(graph, ledger, NOW + timedelta(hours=1))
    assert (counter.queries, at, told_at) == (0, "2026-11-22T12:00:00.000Z", "2026-11-22T12:00:00.000Z")
    assert found == [ClassCover("laptop", "Laptops", 3, 2, 1, {"agent:glpi": 1, "import:list": 1})]
    assert {one.id: (one.cis, one.absent, one.stale) for one in told} == {"agent:glpi": (2, 0, False), "import:list": (3, 1, False)}
    assert not coverage.renew(graph, ledger, NOW + timedelta(minutes=4))
    assert coverage.renew(graph, ledger, NOW + timedelta(hours=2))
    again, _ = coverage.coverage(graph, ledger, catalogue, NOW + timedelta(hours=2))
    assert [(one.cls, one.cis, one.uncovered) for one in again] == [("laptop", 3, 1), ("switch", 1, 0)]


def add(graph: Graph, ci: str, cls: str, said_by: list[str], seen: datetime, presence: str = "present") -> None:
    """A CI and its source records, in the shape reconciliation writes."""
    at = to_text(seen)
    ci_row = {"id": ci, "class": cls, "presence": presence, "sources": said_by, "last_seen_at": at}
    graph.write("CREATE (c:CI) SET c = $row", row=ci_row)
    words = [
        {"key": f"{key}|{ci}", "ci": ci, "source": key, "observed_at": at, "absent_at": at if presence == "absent" else ""}
        for key in said_by
    ]
    graph.write("UNWIND $rows AS row CREATE (r:SourceRecord) SET r = row", rows=words)
