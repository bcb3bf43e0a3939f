"""Every measurement runs at a tiny size and gives figures. How fast anything is, is never tested."""

from __future__ import annotations

import contextlib
import importlib
import json
import math

import pytest
from click.testing import CliRunner

from bench.figures import Figure, PartMissing
from bench.graphs import Bench
from bench.one import measured
from cmdb.cli.bench import _measurements, _row
from cmdb.cli.bench import bench as command
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.model.catalogue import Catalogue
from tests.real_parts import real_part_missing

TINY = 10
EXPECTED = {
    "compliance_scale": 28,
    "endpoint_answers": 15,
    "endpoint_reports": 27,
    "impact_closure": 1,
    "ledger": 12,
    "pages": 44,
    "reconcile_items": 12,
    "reconcile_ladder": 4,
    "policies": 2,
    "policy_change": 12,
    "replay": 2,
    "report_parse": 12,
    "reviews": 10,
    "snmp_walk": 3,
    "ssh_hosts": 3,
    "software_scale": 10,
    "starting": 6,
}
"""Measurement → how many figures it gives at the least"""


def test_the_list_is_whole() -> None:
    """A measurement that is added is added here, too; each says what it measures."""
    assert set(_measurements()) == set(EXPECTED)
    assert all(_measurements().values())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", EXPECTED)
def test_gives_figures(name: str, monkeypatch: pytest.MonkeyPatch, embedded_engine: Engine, embedded_graph: Graph) -> None:
    """Each has a name, a unit and a value; each measurement but the ledger's shows a yardstick wherever there is one."""
    monkeypatch.delenv("MOORINGS_GRAPH", raising=False)
    # The engine of the tests, already there and empty: starting one for each measurement would take longer than all of them.
    bench = Bench("embedded", embedded_graph, Catalogue.load(), embedded_engine.pid)
    monkeypatch.setattr("bench.graphs.embedded", lambda: contextlib.nullcontext(bench))
    try:
        figures = importlib.import_module(f"bench.{name}").run(TINY)
    except PartMissing as missing:
        real_part_missing(str(missing))
    assert len(figures) >= EXPECTED[name]
    for figure in figures:
        assert figure.name
        assert figure.unit
        assert math.isfinite(figure.value)
        assert figure.value > 0 or "over the bare" in figure.name
    assert any(figure.ratio for figure in figures)


def test_a_missing_part_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and it is no failure."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    told = measured("ssh_hosts", TINY)
    assert told == {"bench": "ssh_hosts", "figures": [], "missing": "there is no SSH server here (Debian: openssh-server)"}


def test_a_figure_and_its_row() -> None:
    """The ratio is the figure by its yardstick; without one there is none."""
    figure = Figure("new", 1500.0, "/s", "raw", 6000.0, ">= 0.25x")
    assert figure.ratio == 0.25
    row = _row(figure.told())
    assert row == {
        "name": "new",
        "value": "1,500 /s",
        "yardstick": "6,000 /s",
        "yardstick_name": "raw",
        "ratio": "0.25x",
        "goal": ">= 0.25x",
    }
    alone = Figure("memory", 12.345, "MB")
    assert alone.ratio is None
    assert _row(alone.told())["yardstick"] == ""


def test_the_command() -> None:
    """One process a measurement, one JSON for all; an unknown name is refused."""
    done = CliRunner().invoke(command, ["--only", "report_parse", "--size", "10", "--json"])
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.stdout)
    assert (told["bench"], told["failed"], told["missing"]) == ("report_parse", False, "")
    assert len(told["figures"]) == 12
    assert "no measurement" in str(CliRunner().invoke(command, ["--only", "nothing"]).exception)
