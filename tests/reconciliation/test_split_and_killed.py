"""However an observation is dealt into batches, and wherever the process dies in between: done once more, the graph is the same.

On the embedded engine, since both are decided above the engines; tests/runtime/test_killed_in_parts.py kills a process on each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import batches, reconcile
from tests.conftest import empty
from tests.reconciliation.dump import dump

Maker = Callable[..., Observation]
Row = tuple[int, tuple[str, ...], str, int]
_PORTS = st.lists(st.sampled_from(["eth0", "eth1", "wlan0"]), unique=True).map(tuple)
_LOOK = st.lists(
    st.tuples(st.integers(0, 4), _PORTS, st.sampled_from(["A", "B"]), st.integers(0, 4)), min_size=2, max_size=5, unique_by=lambda r: r[0]
)


class Died(BaseException):
    """Stands for kill -9: nothing catches it."""


def _observation(observed: Maker, rows: list[Row], minute: int) -> Observation:
    """Servers with their ports, and services that stand on them; all of both was looked at."""
    items: list[tuple[Any, ...]] = []
    relations: dict[tuple[str, str, str], None] = {}
    for n, ports, model, needs in rows:
        items.append((f"m{n}", "server", {"serial": f"SPLIT10{n}", "mac": f"00:1b:21:00:01:0{n}"}, {"model": model}))
        items += [(f"m{n}/{port}", "interface", {"if_name": port}, {"mtu": 1500}, f"m{n}") for port in ports]
        items.append((f"s{n}", "service", {"name": f"Service {n}"}, {"name": f"Service {n}"}))
        target = needs if any(row[0] == needs for row in rows) else n
        relations["depends_on", f"s{n}", f"m{target}"] = None
    looked = [(f"m{row[0]}", "interfaces", "complete") for row in rows] + [(f"s{row[0]}", "depends_on", "complete") for row in rows]
    return observed(items, list(relations), looked, source="import:all", minute=minute)


@contextmanager
def _killed_at(number: int) -> Iterator[None]:
    """Write `number` of what is done meanwhile does not come to be, nor anything after it."""
    left, writing = iter(range(number + 1)), Graph.writing

    def fatal(self: Graph, work: Callable[..., Any]) -> Any:
        if next(left, None) == number:
            raise Died
        return writing(self, work)

    with patch.object(Graph, "writing", fatal), suppress(Died):
        yield


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(first=_LOOK, second=_LOOK, size=st.integers(1, 6), dies=st.integers(0, 8))
def test_any_split_into_batches_and_any_crash_point(
    embedded_graph: Graph, catalogue: Catalogue, observed: Maker, first: list[Row], second: list[Row], size: int, dies: int
) -> None:
    told = [_observation(observed, rows, minute) for minute, rows in enumerate((first, second))]
    empty(embedded_graph)
    for one in told:
        reconcile(embedded_graph, catalogue, one)
    whole = dump(embedded_graph)
    empty(embedded_graph)
    with patch.object(batches, "LARGEST", size):
        for one in told:
            assert batches.is_large(one) or len(one.items) <= size
            with _killed_at(dies):
                reconcile(embedded_graph, catalogue, one)
            reconcile(embedded_graph, catalogue, one, again=True)
    assert dump(embedded_graph) == whole
