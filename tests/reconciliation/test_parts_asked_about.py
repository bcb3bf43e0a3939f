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


def _seen(graph: Graph, catalogue: Catalogue, source: str, hour: int) -> None:
    disk = Item("host/disk/vda", "disk", (Identifier("disk_name", "vda"),), {"name": "vda"}, parent="host")
    reconcile(graph, catalogue, Observation(uuid7(), Source(source, "a"), START + timedelta(hours=hour), (HOST, disk)))


def _disks(graph: Graph) -> int:
    return int(graph.read("MATCH (d:CI:Disk) RETURN count(d) AS n")[0]["n"])


@pytest.mark.parametrize("choice", ["same", "different"])
def test_a_disk_is_asked_about_and_answered(graph: Graph, catalogue: Catalogue, choice: str) -> None:
    _seen(graph, catalogue, "local", 1)
    _seen(graph, catalogue, "ssh", 2)
    (asked,) = open_ids(graph)
    question = reviews.get(graph, asked)
    told = {option: foreseen(graph, catalogue, question, option, ci) for option, ci in choices(question)}
    assert [change.kind for change in told["different"]][:1] == ["ci_created"]
    ci = str(question["candidates"][0]["id"]) if choice == "same" else ""
    answer(graph, catalogue, asked, choice, ci, by="otto", reason="looked inside")
    assert open_ids(graph) == []
    assert _disks(graph) == (1 if choice == "same" else 2)
    inside = graph.read("MATCH (d:CI:Disk)--(h:CI:Server) RETURN count(DISTINCT d) AS n")
    assert inside == [{"n": _disks(graph)}], "each disk lies in the host"
