"""What a person told apart is not joined again by the evidence that had joined it."""

from __future__ import annotations

from collections.abc import Callable

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from reconciliation import reconcile
from reconciliation.apart import kept_apart
from reconciliation.splitting import undo_join
from reconciliation.verdict import Candidate, Verdict

Maker = Callable[..., Observation]


def test_an_undone_join_stays_undone(graph: Graph, catalogue: Catalogue, observed: Maker) -> None:
    """A report that shows the serial of one and the card of the other joined them; after the undo the same report does not."""
    reconcile(graph, catalogue, observed([("a", "server", {"serial": "S7654321"}, {"name": "a"})], source="import:list"))
    reconcile(graph, catalogue, observed([("b", "device", {"mac": "00:1b:21:00:00:01"}, {"vendor": "Intel"})], source="snmp:sw"))
    both = observed([("c", "server", {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}, {"os_name": "Debian"})], minute=9)
    reconcile(graph, catalogue, both)
    gone = str(graph.read("MATCH (r:Redirect) RETURN r.id AS id")[0]["id"])
    undo_join(graph, catalogue, gone, by="ada", reason="the card is in another machine now")
    again = observed([("c", "server", {"serial": "S7654321", "mac": "00:1b:21:00:00:01"}, {"os_name": "Debian 13"})], minute=10)
    changes = reconcile(graph, catalogue, again)
    assert "joined" not in {c.kind for c in changes.changes}
    rows = graph.read("MATCH (c:CI) WHERE c.class IN ['server', 'device'] RETURN c.id AS id, c.os_name AS os ORDER BY id")
    assert [row["os"] for row in rows] == ["Debian 13", None]


def test_the_better_one_or_a_question() -> None:
    def verdict(first: tuple[str, ...], second: tuple[str, ...]) -> Verdict:
        return Verdict(
            "join", "same serial; several", "a", ("b",), candidates=(Candidate("a", "server", first), Candidate("b", "server", second))
        )

    apart = {frozenset(("a", "b"))}
    assert kept_apart(verdict(("serial",), ()), apart).outcome == "match"
    assert kept_apart(verdict(("serial",), ()), set()).outcome == "join"
    told = kept_apart(verdict(("serial",), ("uuid",)), apart)
    assert (told.outcome, told.ci, told.others) == ("ambiguous", "", ("a", "b"))
