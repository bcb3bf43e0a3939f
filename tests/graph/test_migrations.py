"""Migrations on both engines: numbered, checked, one at a time, resumable, dry, and never backwards."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cmdb.errors import Busy, CmdbError, Conflict, GraphError
from cmdb.graph.door import Graph
from cmdb.graph.migrations import Step, migrate, read_steps, status
from cmdb.graph.migrations import lock as migration_lock
from cmdb.model.catalogue import Catalogue

CATALOGUE = Catalogue.load()


def folder_of(folder: Path, **files: str) -> tuple[Step, ...]:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return read_steps(folder)


TWO = {
    "m0001_first__cypher": "// a comment; with a semicolon\nCREATE (:Probe {n: 1});\nMATCH (p:Probe) SET p.text = 'a;b';\n",
    "m0002_second__py": "def run(step):\n    step.graph.write('CREATE (:Probe {n: 2})')\n",
}


def names(steps: object) -> list[str]:
    return [step.title for step in steps]  # type: ignore[attr-defined]


def test_the_shipped_steps_bring_a_new_graph_up_to_date_once(graph: Graph) -> None:
    assert status(graph).version == 0
    done = migrate(graph, CATALOGUE)
    steps = ["0001 identity", "0002 records per subject", "0003 open questions", "0004 compliance sums", "0005 endpoints by name"]
    steps += ["0006 endpoints by weight", "0007 who serves"]
    assert names(done) == [*steps, "constraints and indexes of the catalogue"]
    assert all(step.applied_at for step in done)
    identity = graph.read("MATCH (m:Meta {key: 'graph'}) RETURN m.id AS id")
    with graph.counting() as counter:
        assert migrate(graph, CATALOGUE) == []
    assert counter.queries == 1  # so that every start may ask
    assert graph.read("MATCH (m:Meta {key: 'graph'}) RETURN m.id AS id") == identity
    told = status(graph, CATALOGUE)
    assert (told.version, told.newest, told.pending, told.holder, told.newer) == (7, 7, (), "", False)


def test_a_dry_run_says_what_it_would_do_and_does_nothing(graph: Graph, tmp_path: Path) -> None:
    steps = folder_of(tmp_path, **TWO)
    would = migrate(graph, CATALOGUE, dry_run=True, steps=steps)
    assert names(would) == ["0001 first", "0002 second", "constraints and indexes of the catalogue"]
    assert would[0].statements == ("CREATE (:Probe {n: 1})", "MATCH (p:Probe) SET p.text = 'a;b'")
    assert any("moorings_unique_ci_id" in statement for statement in would[2].statements)
    assert graph.read("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


def test_steps_run_in_order_and_only_the_new_ones_later(graph: Graph, tmp_path: Path) -> None:
    steps = folder_of(tmp_path, **TWO)
    migrate(graph, CATALOGUE, steps=steps[:1])
    assert names(migrate(graph, CATALOGUE, steps=steps)) == ["0002 second"]
    rows = graph.read("MATCH (p:Probe) RETURN p.n AS n, p.text AS text ORDER BY n")
    assert rows == [{"n": 1, "text": "a;b"}, {"n": 2, "text": None}]


def test_a_changed_step_is_refused(graph: Graph, tmp_path: Path) -> None:
    migrate(graph, CATALOGUE, steps=folder_of(tmp_path, **TWO))
    changed = folder_of(tmp_path, m0001_first__cypher="CREATE (:Probe {n: 3});\n")
    with pytest.raises(Conflict, match="0001 first was changed after it was applied"):
        migrate(graph, CATALOGUE, steps=changed)


def test_a_newer_graph_is_refused_and_still_described(graph: Graph, tmp_path: Path) -> None:
    steps = folder_of(tmp_path, **TWO)
    migrate(graph, CATALOGUE, steps=steps)
    with pytest.raises(Conflict, match=r"newer Moorings wrote this graph \(its schema is 2, this one knows 1\)"):
        migrate(graph, CATALOGUE, dry_run=True, steps=steps[:1])
    told = status(graph, steps=steps[:1])
    assert (told.version, told.newest, told.newer) == (2, 1, True)


def test_an_interrupted_cypher_step_goes_on_where_it_stopped(graph: Graph, tmp_path: Path) -> None:
    text = "CREATE (:Probe {n: 1});\nMATCH (g:Gate) SET g.passed = 1/g.open;\nCREATE (:Probe {n: 3});\n"
    steps = folder_of(tmp_path, m0001_three__cypher=text)
    graph.write("CREATE (:Gate {open: 0})")
    with pytest.raises(CmdbError, match="0001 three stopped"):
        migrate(graph, CATALOGUE, steps=steps)
    assert status(graph, steps=steps).version == 0
    assert status(graph, steps=steps).holder == ""
    graph.write("MATCH (g:Gate) SET g.open = 1")
    migrate(graph, CATALOGUE, steps=steps)
    assert [row["n"] for row in graph.read("MATCH (p:Probe) RETURN p.n AS n ORDER BY n")] == [1, 3]


def test_an_interrupted_python_step_gets_its_place_back(graph: Graph, tmp_path: Path) -> None:
    text = """
def run(step):
    for n in range(int(step.place or 0), 4):
        if n == 2 and not step.graph.read("MATCH (g:Gate) RETURN g"):
            from cmdb.errors import GraphUnavailable
            raise GraphUnavailable("Gone.")
        step.graph.write("CREATE (:Probe {n: $n})", n=n)
        step.keep(str(n + 1))
"""
    steps = folder_of(tmp_path, m0001_batches__py=text)
    with pytest.raises(CmdbError, match="Gone"):
        migrate(graph, CATALOGUE, steps=steps)
    graph.write("CREATE (:Gate)")
    migrate(graph, CATALOGUE, steps=steps)
    assert [row["n"] for row in graph.read("MATCH (p:Probe) RETURN p.n AS n ORDER BY n")] == [0, 1, 2, 3]


def test_of_several_at_once_one_runs_and_the_others_wait(graph: Graph, tmp_path: Path) -> None:
    text = "import time\ndef run(step):\n    time.sleep(0.5)\n    step.graph.write('CREATE (:Probe)')\n"
    steps = folder_of(tmp_path, m0001_slow__py=text)
    results: list[int] = []
    errors: list[Exception] = []
    together = threading.Barrier(4)

    def run() -> None:
        together.wait()
        try:
            results.append(len(migrate(graph, CATALOGUE, steps=steps)))
        except CmdbError as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert sorted(results) == [0, 0, 0, 2]
    assert graph.read("MATCH (p:Probe) RETURN count(p) AS n") == [{"n": 1}]


def test_who_waits_too_long_is_told_for_whom(graph: Graph, tmp_path: Path) -> None:
    steps = folder_of(tmp_path, **TWO)
    with migration_lock.held(graph):
        assert status(graph).holder.endswith(f":{os.getpid()}")
        with pytest.raises(Busy, match=f":{os.getpid()}\\) is migrating"):
            migrate(graph, CATALOGUE, steps=steps, wait_s=0.2)


def test_the_lock_of_a_killed_process_is_taken_over_at_once(graph: Graph, tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with migration_lock.held(graph):
        graph.write(
            "MATCH (l:MigrationLock) SET l.holder = $who, l.until = '2999-01-01T00:00:00.000Z'",
            who=f"{os.uname().nodename}:{child}:token",
        )
        assert names(migrate(graph, CATALOGUE, steps=folder_of(tmp_path, **TWO), wait_s=1))[0] == "0001 first"


def test_an_expired_lease_is_taken_over(graph: Graph, tmp_path: Path) -> None:
    with migration_lock.held(graph):
        graph.write("MATCH (l:MigrationLock) SET l.holder = 'elsewhere:1:token', l.until = '2020-01-01T00:00:00.000Z'")
        assert len(migrate(graph, CATALOGUE, steps=folder_of(tmp_path, **TWO), wait_s=1)) == 3


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CmdbError, match="0003 third stands where 0002 is expected"):
        folder_of(tmp_path, m0001_first__cypher="RETURN 1;", m0003_third__cypher="RETURN 1;")


def test_a_statement_that_fails_names_its_step(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(CmdbError, match="0001 wrong stopped") as caught:
        migrate(graph, CATALOGUE, steps=folder_of(tmp_path, m0001_wrong__cypher="NOT CYPHER;\n"))
    assert isinstance(caught.value.__cause__, GraphError)


def test_records_from_before_get_a_subject(graph: Graph) -> None:
    """What an older release wrote keeps its words; done twice it is the same."""
    graph.write(
        "CREATE (c:CI:Server {id: 'c1', class: 'server'}) "
        "CREATE (:SourceRecord {key: 'c1|agent:ocs', ci: 'c1', source: 'agent:ocs'})-[:RECORD_OF]->(c)"
    )
    migrate(graph, CATALOGUE)
    expected = [{"key": "c1|agent:ocs|before", "subject": "before", "distrusted": ""}]
    assert graph.read("MATCH (s:SourceRecord) RETURN s.key AS key, s.subject AS subject, s.distrusted AS distrusted") == expected
