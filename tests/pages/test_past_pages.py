"""Looking back: pages and API tell what was, in both times, to whom may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from cmdb.model.observation import Identifier, Item, Relation, Source
from reconciliation import reconcile
from tests.api.conftest import program
from tests.pages.conftest import HOSTILE, seen
from tests.web.visitor import Visitor
from web import Services

__all__ = ["program"]
Visit = Callable[[str], Visitor]
THEN, LATER = "2026-11-01T08:30:00Z", "2026-11-01T11:00:00Z"


def _change(services: Services) -> None:
    server = (Identifier("serial", "SRV0001", "dell"),)
    reconcile(
        services.graph, services.catalogue, seen(Item("a", "server", server, {"os_name": HOSTILE}), source=Source("ssh", "lyon"), hour=10)
    )
    reconcile(services.graph, services.catalogue, seen(Item("s1", "server", server, {"name": "web1b"}), hour=10))


def test_a_page_of_the_past(visit: Visit, services: Services, ids: dict[str, str]) -> None:
    """Facts and relations as they were, the future and nonsense refused in words, hostile values as text."""
    _change(services)
    vera, ci = visit("vera"), ids["web1"]
    assert vera.get(f"/cis/{ci}?as_of={THEN}").status_code == 303
    then = vera.get(f"/cis/{ci}/past?as_of={THEN}").text
    assert "<b>web1</b>" in then
    assert "Lyon" in then
    assert "Debian" not in then
    assert "Debian" in vera.get(f"/cis/{ci}/past?as_of=2026-11-01T09:30").text
    assert "alert" in vera.get(f"/cis/{ci}/past?as_of={LATER}").text
    assert HOSTILE not in vera.get(f"/cis/{ci}/past?as_of={LATER}").text
    assert "not known as of" in vera.get(f"/cis/{ci}/past?as_of=2026-10-01").text
    assert "as_of is not a time" in vera.get(f"/cis/{ci}/past?as_of=soon").text
    assert vera.get(f"/cis/{ci}/past").status_code == 200
    assert vera.get("/cis/nothing/past").status_code == 404


def test_comparing_two_times(visit: Visit, services: Services, ids: dict[str, str]) -> None:
    """Before and after side by side; a service tells what its members became."""
    _change(services)
    vera = visit("vera")
    page = vera.get(f"/cis/{ids['web1']}/diff?from={THEN}&to={LATER}").text
    assert "<del>web1</del>" in page.replace("\n", "").replace("  ", "")
    assert "web1b" in vera.get(f"/cis/{ids['Payroll']}/diff?from={THEN}").text
    assert "from must be before to" in vera.get(f"/cis/{ids['Payroll']}/diff?from={LATER}&to={THEN}").text


def test_a_list_of_the_past_with_its_export(visit: Visit, services: Services, ids: dict[str, str]) -> None:
    """The list, its filter and its file show what was, with places as they were."""
    _change(services)
    vera = visit("vera")
    assert "As it was at" in vera.get(f"/cis?class=server&as_of={THEN}").text
    text = vera.get(f"/cis?class=server&as_of={THEN}&name=web&format=csv&columns=located_in").text
    assert text.lstrip("\ufeff").split("\r\n")[:2][0].startswith("Name")
    rows = vera.get(f"/cis?class=server&as_of={THEN}&format=csv&columns=located_in").text.split("\r\n")
    assert "web1,Lyon" in rows
    assert vera.get("/cis?as_of=soon").status_code == 400


def test_the_api_of_the_past(program: Callable[[str], FlaskClient], services: Services, ids: dict[str, str]) -> None:
    """CI, list, relations, impact and difference take the same words."""
    _change(services)
    client, ci = program("viewer"), ids["web1"]

    def told(path: str) -> Any:
        return client.get(f"/api/v1/{path}").json

    assert told(f"cis/{ci}?as_of={THEN}")["name"] == "web1"
    assert client.get(f"/api/v1/cis/{ci}?as_of=2026-10-01").status_code == 404
    assert told(f"cis/{ci}?as_of=soon")["errors"]
    names = [one["name"] for one in told(f"cis?class=server&as_of={THEN}")["items"]]
    assert "web1" in names
    pay = Item("pay", "service", (Identifier("name", "Payroll"),), {"name": "Payroll"})
    laptop = Item("l", "laptop", (Identifier("serial", "LAP0001", "hp"),))
    reconcile(services.graph, services.catalogue, seen(pay, laptop, relations=(Relation("depends_on", "pay", "l"),), hour=12))
    asked = f"cis/{ids['Payroll']}/relations"
    assert [len(told(f"{asked}{words}")["items"]) for words in ("", f"?as_of={LATER}")] == [3, 2]
    lap = ids["lap1"]
    down = [[one["name"] for one in told(f"impact?cis={lap}{words}")["services"]] for words in ("", f"&as_of={LATER}")]
    assert down == [["Payroll"], []]
    found = told(f"cis/{ci}/diff?from={THEN}&to={LATER}")
    assert {"attribute": "name", "before": "web1", "after": "web1b"} in found["attributes"]
    assert client.get(f"/api/v1/cis/{ci}/diff").status_code == 422
