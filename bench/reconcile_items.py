"""Reconciling small CIs (new, again, unchanged, changed) beside the raw driver's `UNWIND … MERGE`, on the same engine in the same run.

Two yardsticks. "node + relation": one MERGE of a node with the item's values and one of a relation to a node that is there, as a plain
importer would write it. "same content": MERGE of exactly what reconciliation stored (CI, Identifier, SourceRecord and their relations, all
their properties, under the same constraints and indexes), read back and written again under other keys. Neither identifies, merges,
decides by precedence, or keeps history.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile

_BATCH = 2000
_AT = datetime(2026, 11, 1, tzinfo=UTC)
_MARK, _COPY = "4711", "4712"
"""Digits in every name and serial, so that a copy is other words and not other letters' case"""
_GOAL = ">= 0.25x"
MODES = ("new", "same observation again", "newer, unchanged", "newer, one attribute changed")
Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Times:
    """Items a second and CPU milliseconds an item, of each round."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, bench: Bench, count: int, work: Callable[[], object]) -> None:
        """Do it once and note it."""
        engine, client, wall = bench.engine_cpu_s(), time.process_time(), time.perf_counter()
        work()
        self.rates.append(count / (time.perf_counter() - wall))
        self.cpu.append((time.process_time() - client + bench.engine_cpu_s() - engine) * 1000 / count)

    @property
    def rate(self) -> float:
        """The median."""
        return statistics.median(self.rates)

    @property
    def cpu_ms(self) -> float:
        """The median."""
        return statistics.median(self.cpu)


def observation(number: int, count: int, minute: int, model: str) -> Observation:
    """The items of one round, as an import tells of them at a minute."""
    items = tuple(
        Item(f"i{n}", "server", (Identifier("serial", key_of(number, n), "bench"),), {"name": f"srv-{key_of(number, n)}", "model": model})
        for n in range(count)
    )
    return Observation(f"round-{number}-{minute}", Source("import", "bench"), _AT + timedelta(minutes=minute), items)


def run(size: int) -> list[Figure]:
    """A tenth of `size` in each round, on every engine there is."""
    count, rounds = max(5, size // 10), 5 if size >= 1000 else 1
    return [figure for bench in graphs.all_engines() for figure in _on(bench, count, rounds)]


def _on(bench: Bench, count: int, rounds: int) -> list[Figure]:
    prepare(bench, count)
    ours, node, content = ({mode: Times() for mode in MODES} for _ in range(3))
    # One round more than is counted: the first one warms the engine, and its figures are dropped.
    for number in range(rounds + 1):
        one_round(bench, number, count, (ours, node, content))
    for several in (*ours.values(), *node.values(), *content.values()):
        del several.rates[0], several.cpu[0]
    return [figure for mode in MODES for figure in _figures(bench.name, mode, (ours[mode], node[mode], content[mode]))]


def prepare(bench: Bench, count: int) -> None:
    """What the rounds of so many items need to be there."""
    bench.graph.write("CREATE CONSTRAINT bench_raw IF NOT EXISTS FOR (n:BenchItem) REQUIRE n.key IS UNIQUE")
    bench.graph.write("CREATE CONSTRAINT bench_place IF NOT EXISTS FOR (n:BenchPlace) REQUIRE n.key IS UNIQUE")
    places = [f"p{n}" for n in range(max(1, count // 10))]
    bench.graph.write("UNWIND $keys AS key MERGE (p:BenchPlace {key: key})", keys=places)


def one_round(bench: Bench, number: int, count: int, times: Sequence[dict[str, Times]]) -> None:
    """New, again, unchanged and changed, each beside its yardsticks. `times`: ours, node and relation, same content; by mode."""
    ours, node, content = times
    told = [(0, "M1"), (0, "M1"), (1, "M1"), (2, "M2")]
    rows: Rows = []
    for mode, (minute, model) in zip(MODES, told, strict=True):
        seen = observation(number, count, minute, model)
        raw = _raw(number, count, model)
        ours[mode].take(bench, count, lambda seen=seen: reconcile(bench.graph, bench.catalogue, seen))  # type: ignore[misc]
        rows = stored(bench, number)
        assert len(rows) == count, f"{len(rows)} stored of {count}"
        node[mode].take(bench, count, lambda raw=raw: _merge_nodes(bench, raw))  # type: ignore[misc]
        content[mode].take(bench, count, lambda rows=rows: _merge_content(bench, rows))  # type: ignore[misc]


def _figures(engine: str, mode: str, times: tuple[Times, Times, Times]) -> list[Figure]:
    ours, node, content = times
    name = f"reconcile, {engine}, {mode}"
    found = [
        Figure(name, ours.rate, "/s", "raw MERGE, node + relation", node.rate, _GOAL),
        Figure(name, ours.rate, "/s", "raw MERGE, same content", content.rate, _GOAL),
    ]
    whose = "client and engine" if engine == "embedded" else "client"
    return [*found, Figure(f"{name}: CPU per CI, {whose}", ours.cpu_ms, "ms", "raw MERGE, same content", content.cpu_ms)]


def key_of(number: int, n: int) -> str:
    return f"{_MARK}{number:03d}{n:08d}"


def _raw(number: int, count: int, model: str) -> Rows:
    places = max(1, count // 10)
    return [{"key": key_of(number, n), "name": f"srv-{key_of(number, n)}", "model": model, "place": f"p{n % places}"} for n in range(count)]


def _merge_nodes(bench: Bench, rows: Rows) -> None:
    for at in range(0, len(rows), _BATCH):
        bench.graph.write(
            "UNWIND $rows AS row MATCH (p:BenchPlace {key: row.place}) MERGE (n:BenchItem {key: row.key}) "
            "SET n.name = row.name, n.model = row.model MERGE (n)-[:BENCH_IN]->(p)",
            rows=rows[at : at + _BATCH],
        )


def _merge_content(bench: Bench, rows: Rows) -> None:
    for at in range(0, len(rows), _BATCH):
        bench.graph.write(
            "UNWIND $rows AS row MERGE (c:CI {id: row.ci.id}) SET c += row.ci MERGE (i:Identifier {key: row.by.key}) SET i += row.by "
            "MERGE (i)-[:IDENTIFIES]->(c) MERGE (s:SourceRecord {key: row.record.key}) SET s += row.record MERGE (s)-[:RECORD_OF]->(c)",
            rows=rows[at : at + _BATCH],
        )


def stored(bench: Bench, number: int) -> Rows:
    """What reconciliation stored of a round, under other keys."""
    return [{name: {key: _copied(key, value) for key, value in node.items()} for name, node in row.items()} for row in kept(bench, number)]


def kept(bench: Bench, number: int) -> Rows:
    """What reconciliation stored of a round: `ci`, `by` (its identifier) and `record`."""
    return bench.graph.read(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(c:CI) WHERE i.value >= $low AND i.value <= $high "
        "MATCH (s:SourceRecord)-[:RECORD_OF]->(c) RETURN c AS ci, i AS by, s AS record",
        low=key_of(number, 0),
        high=key_of(number, 99_999_999),
    )


def _copied(key: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value + "~" if key in ("id", "ci") or (key == "key" and _MARK not in value) else value.replace(_MARK, _COPY)
