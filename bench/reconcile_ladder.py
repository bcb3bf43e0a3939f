"""Reconciling small CIs in a graph of 10,000, 100,000, … CIs, up to `size`: the cost of one must not grow with them.

The graph is filled by plain writes of exactly what reconciliation stores for one item (CI, identifier, source record), under other keys;
then some rounds are measured as in `reconcile_items`, beside MERGE of the same content at the same size. CPU of client and engine together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench import graphs
from bench.figures import Figure
from bench.graphs import Bench
from bench.reconcile_items import MODES, Times, kept, one_round, prepare

_GOAL = "<= 4x, and no more in a larger graph"
_MOST = 500
_BATCH = 2_500
_START = 10_000
_LARGE = 500_000
_HEAP_MB = 4_096
"""For a graph of that size and more; smaller ones have what an installation has"""


def run(size: int) -> list[Figure]:
    """The ladder on a new embedded engine."""
    with graphs.embedded(heap_mb=_HEAP_MB, large=True) if size >= _LARGE else graphs.embedded() as bench:
        return list(ladder(bench, size))


def ladder(bench: Bench, size: int) -> Iterator[Figure]:
    """The figures, rung by rung as they come."""
    count, rounds = max(5, min(_MOST, size // 10)), 6 if size >= 1_000 else 2
    prepare(bench, count)
    _rounds(bench, 0, 1, count)  # warms the engine; not told
    model = kept(bench, 0)[0]
    number, there, rung = 1, count, min(_START, size)
    while True:
        _fill(bench, model, there, rung)
        yield from _told(rung, _rounds(bench, number, rounds, count))
        if rung >= size:
            return
        number, there, rung = number + rounds, max(there, rung) + rounds * count, min(rung * 10, size)


def _rounds(bench: Bench, number: int, rounds: int, count: int) -> list[dict[str, Times]]:
    times = [{mode: Times() for mode in MODES} for _ in range(3)]
    for n in range(number, number + rounds):
        one_round(bench, n, count, times)
    return times


def _told(rung: int, times: list[dict[str, Times]]) -> Iterator[Figure]:
    ours, _, content = times
    for mode in MODES:
        for several in (ours[mode], content[mode]):
            del several.rates[0], several.cpu[0]
        name = f"reconcile in {rung:,} CIs, {mode}: CPU per CI"
        yield Figure(name, ours[mode].cpu_ms, "ms", "raw MERGE, same content", content[mode].cpu_ms, _GOAL)


def _fill(bench: Bench, model: dict[str, Any], there: int, wanted: int) -> None:
    """Plain writes of the shape that reconciliation leaves, until there are so many CIs."""
    ci, serial = str(model["ci"]["id"]), str(model["by"]["value"])
    for at in range(there, wanted, _BATCH):
        rows = [_copy(model, (ci, f"filled-{n:012d}"), (serial, f"4799{n:011d}")) for n in range(at, min(at + _BATCH, wanted))]
        bench.graph.write(
            "UNWIND $rows AS row CREATE (c:CI:Server) SET c = row.ci CREATE (i:Identifier) SET i = row.by "
            "CREATE (i)-[:IDENTIFIES {grade: 'strong', scope: 'bench'}]->(c) CREATE (s:SourceRecord) SET s = row.record "
            "CREATE (s)-[:RECORD_OF]->(c)",
            rows=rows,
        )


def _copy(model: dict[str, Any], *changed: tuple[str, str]) -> dict[str, Any]:
    def new(value: Any) -> Any:
        for old, fresh in changed if isinstance(value, str) else ():
            value = value.replace(old, fresh)
        return value

    return {name: {key: new(value) for key, value in node.items()} for name, node in model.items()}
