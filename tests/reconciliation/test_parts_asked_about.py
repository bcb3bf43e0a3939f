"""A question about a part keeps what the part lies in: its page opens, each answer can be foreseen and given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cmdb.graph import reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import answer, reconcile
from reconciliation.answer_preview import choices, foreseen
from tests.cases import open_ids

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
HOST = Item("host", "server", (Identifier("serial", "PARTED01", "acme"),), {"name": "parted"})


def _seen(graph: Graph, catalogue: Catalogue, source: str, hour: int, serial: str = "") -> None:
    """What is in slot 3; without a serial number, the slot only."""
    known = [Identifier("position", "3"), *([Identifier("serial", serial, "acme")] if serial else [])]
    module = Item("host/module/3", "module", tuple(known), {"kind": "module"}, parent="host")
    reconcile(graph, catalogue, Observation(uuid7(), Source(source, "a"), START + timedelta(hours=hour), (HOST, module)))


def _modules(graph: Graph) -> int:
    return int(graph.read("MATCH (d:CI:Module) RETURN count(d) AS n")[0]["n"])


@pytest.mark.parametrize("choice", ["same", "different"])
def test_a_module_is_asked_about_and_answered(graph: Graph, catalogue: Catalogue, choice: str) -> None:
    _seen(graph, catalogue, "snmp", 1, "MODULE01")
    _seen(graph, catalogue, "snmp", 73, "MODULE02")  # replaced, and nobody looked for three days
    _seen(graph, catalogue, "ssh", 74)
    (asked,) = open_ids(graph)
    question = reviews.get(graph, asked)
    told = {option: foreseen(graph, catalogue, question, option, ci) for option, ci in choices(question)}
    assert [change.kind for change in told["different"]][:1] == ["ci_created"]
    ci = str(question["candidates"][0]["id"]) if choice == "same" else ""
    answer(graph, catalogue, asked, choice, ci, by="otto", reason="looked inside")
    assert open_ids(graph) == []
    assert _modules(graph) == (2 if choice == "same" else 3)
    inside = graph.read("MATCH (d:CI:Module)--(h:CI:Server) RETURN count(DISTINCT d) AS n")
    assert inside == [{"n": _modules(graph)}], "each module lies in the host"
