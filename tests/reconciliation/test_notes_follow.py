"""Notes go with a join and come back with its undoing; what was noted since stays with the survivor; a split leaves them where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cmdb.errors import Conflict
from cmdb.graph import cis
from cmdb.graph import notes as store
from cmdb.graph.door import Graph
from cmdb.inventory import notes
from cmdb.inventory.notes import Upload
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.store import Ledger
from reconciliation import reconcile
from reconciliation.joining import join
from reconciliation.splitting import split, undo_join
from tests.conftest import empty
from tests.reconciliation.dump import dump
from tests.reconciliation.test_splitting import LOOKED, TOLD, machine

Maker = Callable[..., Observation]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger(tmp_path / "ledger.db") as opened:
        yield opened


def _machines(graph: Graph, catalogue: Catalogue, observed: Maker, count: int) -> list[str]:
    """Ids of so many servers."""
    found = []
    for n in range(1, count + 1):
        done = reconcile(graph, catalogue, observed(machine(n), coverage=LOOKED, minute=n))
        found.append(next(one.ci for one in done.resolved if one.ref == "pc"))
    return found


def _note(graph: Graph, ledger: Ledger, ci: str, text: str) -> None:
    notes.add(graph, ledger, cis.get(graph, ci), text, Upload(f"{text}.txt", text.encode()), by="otto")


def _texts(graph: Graph, ci: str) -> list[str]:
    return [note.text for note in notes.listed(graph, ci)]


def _hanging(graph: Graph) -> dict[str, list[str]]:
    """CI → texts of its notes, of all."""
    rows = graph.read("MATCH (n:Note)-[:NOTE_OF]->(c:CI) RETURN c.id AS ci, n.text AS text ORDER BY text")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(str(row["ci"]), []).append(str(row["text"]))
    assert sum(map(len, found.values())) == graph.read("MATCH (n:Note) RETURN count(n) AS n")[0]["n"], "each hangs on one CI"
    return found


def test_notes_follow_a_join_and_come_back(graph: Graph, catalogue: Catalogue, observed: Maker, ledger: Ledger) -> None:
    one, two = _machines(graph, catalogue, observed, 2)
    for ci, text in ((one, "first of one"), (two, "first of two"), (two, "second of two")):
        _note(graph, ledger, ci, text)
    port = str(graph.read("MATCH (i:Interface)-[:PART_OF]->(:CI {id: $ci}) RETURN i.id AS id ORDER BY i.display_name", ci=two)[0]["id"])
    _note(graph, ledger, port, "of a port")
    graph_before, notes_before = dump(graph), _hanging(graph)
    join(graph, catalogue, one, two, reason="mistaken", by="bob")
    assert _texts(graph, one) == ["second of two", "first of two", "first of one"]
    assert sorted(text for texts in _hanging(graph).values() for text in texts) == [
        "first of one",
        "first of two",
        "of a port",
        "second of two",
    ]
    undo_join(graph, catalogue, two, **TOLD)
    assert dump(graph) == graph_before
    assert _hanging(graph) == notes_before
    held = notes.listed(graph, two)[0]
    assert ledger.attachments.read(held.id) == b"second of two"


def test_what_was_noted_since_stays_with_the_survivor_and_what_was_removed_is_gone(
    graph: Graph, catalogue: Catalogue, observed: Maker, ledger: Ledger
) -> None:
    one, two = _machines(graph, catalogue, observed, 2)
    for text in ("stays", "goes"):
        _note(graph, ledger, two, text)
    join(graph, catalogue, one, two, reason="mistaken", by="bob")
    _note(graph, ledger, one, "since")
    goes = next(note for note in notes.listed(graph, one) if note.text == "goes")
    notes.remove(graph, ledger, cis.get(graph, one), goes, by="otto", rules=False)
    undo_join(graph, catalogue, two, **TOLD)
    assert (_texts(graph, one), _texts(graph, two)) == (["since"], ["stays"])


def test_a_note_that_moved_meanwhile_is_not_removed_by_its_old_place(
    graph: Graph, catalogue: Catalogue, observed: Maker, ledger: Ledger
) -> None:
    one, two = _machines(graph, catalogue, observed, 2)
    _note(graph, ledger, two, "moves")
    (note,) = notes.listed(graph, two)
    row = cis.get(graph, two)
    join(graph, catalogue, one, two, reason="mistaken", by="bob")
    with pytest.raises(Conflict):
        notes.remove(graph, ledger, row, note, by="otto", rules=False)
    with pytest.raises(Conflict):
        notes.add(graph, ledger, row, "too late", None, by="otto")
    assert _texts(graph, one) == ["moves"]
    assert notes.settle(graph, ledger, [note.id]) == 0
    assert ledger.attachments.read(note.id) == b"moves"


def test_a_split_leaves_notes_with_the_older(graph: Graph, catalogue: Catalogue, observed: Maker, ledger: Ledger) -> None:
    for minute, n in enumerate("12"):
        shows = {"serial": "NOTSET99", "agent_id": f"agent-{n}", "hostname": "pc"}
        reconcile(graph, catalogue, observed([("pc", "laptop", shows, {"model": n})], minute=minute))
    ci = str(graph.read("MATCH (c:Laptop) RETURN c.id AS id")[0]["id"])
    _note(graph, ledger, ci, "of the pc")
    subjects = graph.read("MATCH (s:SourceRecord {ci: $ci}) RETURN s.subject AS s, s.data AS data ORDER BY s", ci=ci)
    second = next(str(row["s"]) for row in subjects if '"model":["2"' in row["data"])
    split(graph, catalogue, ci, [second], **TOLD)
    assert graph.read("MATCH (c:Laptop) RETURN count(c) AS n") == [{"n": 2}]
    assert _hanging(graph) == {ci: ["of the pc"]}


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(where=st.lists(st.integers(0, 2), max_size=6), back=st.booleans())
def test_however_many_joins_one_after_another(
    embedded_graph: Graph, catalogue: Catalogue, observed: Maker, ledger: Ledger, where: list[int], *, back: bool
) -> None:
    """Three machines with notes anywhere become one and are parted again, last join first: every note is where it was."""
    graph = embedded_graph
    empty(graph)
    ids = _machines(graph, catalogue, observed, 3)
    for n, place in enumerate(where):
        at = {"id": f"n{n}", "text": f"note {n}"}
        store.add(graph, ids[place], at, {"id": f"e{n}", "ci": ids[place], "at": "", "kind": "note_added", "changes": "[]"})
    before = _hanging(graph)
    first, second, third = ids if back else (ids[0], ids[2], ids[1])
    join(graph, catalogue, second, third, reason="mistaken")
    join(graph, catalogue, first, second, reason="mistaken")
    assert _hanging(graph) == ({first: [f"note {n}" for n in range(len(where))]} if where else {})
    undo_join(graph, catalogue, second, **TOLD)
    undo_join(graph, catalogue, third, **TOLD)
    assert _hanging(graph) == before
