"""Lines of the scan desk and the pool, on either engine."""

from __future__ import annotations

from cmdb.loans.lines import borrowers, line_in, line_out
from cmdb.loans.pool import accessories_out, pool
from tests.loans.conftest import CATALOGUE, Counter


def test_lines_and_pool(counter: Counter) -> None:
    """Out, twice, by another, back, twice; the pool shows what is out and how many chargers."""
    graph, terms = counter.graph, counter.terms(accessories=({"name": "charger", "quantity": 2},))
    assert [row["id"] for row in borrowers(graph, " ADA@example.org ")] == [counter.ada]

    def out(person: str) -> str:
        return line_out(graph, CATALOGUE, "it-0001", person, terms, actor="otto").outcome

    assert [out(counter.ada), out(counter.ada), out(counter.bob)] == ["ok", "already_scanned", "someone_else"]
    assert [(one.name, one.state, one.person_name) for one in pool(graph, CATALOGUE)] == [("Latitude 1", "on_loan", "Ada")]
    assert accessories_out(graph) == [("charger", 2)]
    asked = line_in(graph, CATALOGUE, "SER0001", actor="otto")
    assert (asked.outcome, asked.asks, asked.done) == ("accessory_missing", ("charger",), None)
    back = [line_in(graph, CATALOGUE, "IT-0001", actor=who, returned=["charger"]).outcome for who in ("otto", "otto", "olga")]
    assert back == ["ok", "already_scanned", "not_on_loan"]
    assert accessories_out(graph) == []
