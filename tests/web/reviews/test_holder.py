"""A device that two people hold by the books, after a join: who has it is answered in the queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from cmdb.graph import reviews
from cmdb.loans.desk import Desk, Terms
from cmdb.model import times
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile
from reconciliation.joining import join
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]
Program = Callable[[str], FlaskClient]


@pytest.fixture
def twice(services: Services) -> tuple[str, str, dict[str, str]]:
    """(the question, the device, name of the holder → loan) of a laptop that is on loan twice."""
    graph, catalogue = services.graph, services.catalogue
    items = (
        Item("a", "laptop", (Identifier("serial", "TWICE001"),), {"name": "one"}),
        Item("b", "laptop", (Identifier("serial", "TWICE002"),), {"name": "two"}),
        Item("p", "person", (Identifier("email", "pia@example.org"),), {"name": "Pia"}),
        Item("q", "person", (Identifier("email", "quin@example.org"),), {"name": "Quin"}),
    )
    told = reconcile(graph, catalogue, Observation(uuid7(), Source("import", "twice"), times.now(), items))
    ids = {one.ref: one.ci for one in told.resolved}
    desk = Desk(graph, catalogue)
    lent = {
        name: desk.check_out(ids[d], ids[p], Terms("2030-01-01"), actor="otto").id for name, d, p in (("Pia", "a", "p"), ("Quin", "b", "q"))
    }
    keep, gone = sorted((ids["a"], ids["b"]))
    join(graph, catalogue, keep, gone, reason="registered twice")
    question = next(str(row["id"]) for row in reviews.listed(graph) if row["kind"] == "two-loans")
    return question, keep, lent


def test_the_page_ends_the_other_loan(visit: Visit, services: Services, twice: tuple[str, str, dict[str, str]]) -> None:
    """The one who has it keeps it and uses it; the other loan is ended with the reason; the question is closed."""
    question, device, lent = twice
    otto = visit("otto")
    page = otto.get(f"/reviews/{question}").text
    assert all(f'value="{loan}"' in page for loan in lent.values())
    assert otto.post(f"/reviews/{question}/holder", {"loan": "nothing"}).status_code == 400
    assert otto.post(f"/reviews/{question}/holder", {"loan": lent["Quin"], "reason": "seen on the desk"}).status_code == 303
    desk = Desk(services.graph, services.catalogue)
    assert [desk.loan(lent[name]).state for name in ("Pia", "Quin")] == ["returned", "open"]
    assert "Quin has it. seen on the desk" in desk.loan(lent["Pia"]).note_in
    held = services.graph.read("MATCH (c:CI {id: $id}) OPTIONAL MATCH (c)-[:USED_BY]->(p) RETURN c.status AS s, p.name AS n", id=device)
    assert held == [{"s": "in_use", "n": "Quin"}]
    assert reviews.get(services.graph, question)["state"] == "solved"
    assert otto.post(f"/reviews/{question}/holder", {"loan": lent["Quin"]}).status_code == 409
    assert visit("vera").post(f"/reviews/{question}/holder", {"loan": lent["Quin"]}).status_code == 403


def test_a_return_at_the_counter_leaves_it_with_the_other(
    program: Program, visit: Visit, services: Services, twice: tuple[str, str, dict[str, str]]
) -> None:
    """What is still lent is not in stock; and the API answers the question as well."""
    question, device, lent = twice
    assert visit("otto").post(f"/loans/{lent['Pia']}", {"do": "return"}).status_code == 303
    held = services.graph.read("MATCH (c:CI {id: $id}) OPTIONAL MATCH (c)-[:USED_BY]->(p) RETURN c.status AS s, p.name AS n", id=device)
    assert held == [{"s": "in_use", "n": "Quin"}]
    late = program("operator").post(f"/api/v1/reviews/{question}/holder", json={"loan": lent["Quin"]})
    assert late.status_code == 409


def test_the_api_answers(program: Program, services: Services, twice: tuple[str, str, dict[str, str]]) -> None:
    question, _, lent = twice
    told = program("operator").post(f"/api/v1/reviews/{question}/holder", json={"loan": lent["Pia"], "reason": "asked her"})
    assert (told.status_code, told.get_json()["state"]) == (200, "solved")
    assert Desk(services.graph, services.catalogue).loan(lent["Quin"]).state == "returned"
