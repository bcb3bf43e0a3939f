"""The list's pager and its filters by who has it and where it is, as links and fields of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.loans.desk import Desk, Terms
from cmdb.model import times
from cmdb.model.observation import Identifier, Item, Relation
from reconciliation import reconcile
from tests.pages.conftest import seen
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def _link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def _names(page: str) -> list[str]:
    return re.findall(r"<span>(tab-\d+)</span>", page)


def test_next_previous_first(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """120 tablets: three pages; from the third back to the first shows each page as it was."""
    items = tuple(Item(f"t{n}", "tablet", (Identifier("serial", f"TAB{n:04d}"),), {"name": f"tab-{n:03d}"}) for n in range(120))
    reconcile(services.graph, services.catalogue, seen(*items, hour=10))
    vera = visit("vera")
    for order in ("", "&sort=-display_name", "&sort=model"):
        first = vera.get(f"/cis?class=tablet{order}").text
        assert (_link(first, "prev"), _link(first, "first")) == ("", "")
        second = vera.get(_link(first, "next")).text
        third = vera.get(_link(second, "next")).text
        assert [len(_names(page)) for page in (first, second, third)] == [50, 50, 20]
        assert _link(third, "next") == ""
        again = vera.get(_link(third, "prev")).text
        assert _names(again) == _names(second)
        assert _names(vera.get(_link(again, "prev")).text) == _names(first)
        assert _names(vera.get(_link(third, "first")).text) == _names(first)
        assert _names(vera.get(_link(again, "next")).text) == _names(third)


def test_the_loan_pool_goes_back_too(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """Loaned, in stock and out now, by name, each once; with a filter as well."""
    items = [
        Item(f"t{n}", "tablet", (Identifier("serial", f"TAB{n:04d}"),), {"name": f"tab-{n:03d}", **_POOLED[n % 3]}) for n in range(120)
    ]
    other = Item("x", "tablet", (Identifier("serial", "TAB9999"),), {"name": "tab-999", "ownership": "corporate"})
    reconcile(services.graph, services.catalogue, seen(*items, other, hour=10))
    rows = services.graph.read("MATCH (c:CI) WHERE c.display_lower IN ['tab-005', 'tab-999'] RETURN c.id AS id ORDER BY c.display_lower")
    Desk(services.graph, services.catalogue).check_out_many(
        [str(row["id"]) for row in rows], ids["Rita"], Terms(times.now().date().isoformat()), actor="otto"
    )
    otto = visit("otto")
    first = otto.get("/loans").text
    second = otto.get(_link(first, "next")).text
    third = otto.get(_link(second, "next")).text
    whole = [_pool_names(page) for page in (first, second, third)]
    assert [name for names in whole for name in names] == [*(f"tab-{n:03d}" for n in range(120)), "tab-999"]
    assert (_link(first, "prev"), _link(third, "next")) == ("", "")
    back = otto.get(_link(third, "prev")).text
    assert _pool_names(back) == whole[1]
    assert _pool_names(otto.get(_link(back, "prev")).text) == whole[0]
    narrow = otto.get("/loans?name=tab-0").text
    assert _pool_names(otto.get(_link(otto.get(_link(narrow, "next")).text, "prev")).text) == _pool_names(narrow) == whole[0]
    assert _pool_names(otto.get("/loans?state=on_loan").text) == ["tab-005", "tab-999"]


@pytest.mark.parametrize("path", ["/compliance/silent", "/compliance/policies/reported-recently", "/compliance/policies/disk-encryption"])
def test_compliance_lists_go_back_too(visit: Visit, ids: dict[str, str], services: Services, path: str) -> None:
    """120 laptops of which nobody reported: three pages there, the same three back."""
    items = tuple(Item(f"t{n}", "laptop", (Identifier("serial", f"TAB{n:04d}"),), {"name": f"tab-{n:03d}"}) for n in range(120))
    reconcile(services.graph, services.catalogue, seen(*items, hour=10))
    asked = [policy for policy in shipped() if policy.id in ("reported-recently", "disk-encryption")]
    judged = services.graph.read("MATCH (c:CI) WHERE c.display_lower STARTS WITH 'tab-' RETURN c.id AS id")
    evaluate(services.graph, services.catalogue, asked, [str(row["id"]) for row in judged])
    vera = visit("vera")
    first = vera.get(path).text
    second = vera.get(_link(first, "next")).text
    third = vera.get(_link(second, "next")).text
    names = [re.findall(r">(tab-\d+)<", page) for page in (first, second, third)]
    assert [name for some in names for name in some] == [f"tab-{n:03d}" for n in range(120)]
    assert (_link(first, "prev"), _link(third, "next")) == ("", "")
    back = vera.get(_link(third, "prev")).text
    assert re.findall(r">(tab-\d+)<", back) == names[1]
    assert re.findall(r">(tab-\d+)<", vera.get(_link(back, "prev")).text) == names[0]


_POOLED = ({"ownership": "loaned"}, {"status": "in_stock"}, {"ownership": "loaned", "status": "in_stock"})


def _pool_names(page: str) -> list[str]:
    return re.findall(r'<a href="/cis/[^"]+">(tab-\d+)</a>', page)


def test_filter_by_place_and_user(visit: Visit, ids: dict[str, str]) -> None:
    vera = visit("vera")
    page = vera.get("/cis?located_in=lyo").text
    assert ids["web1"] in page
    assert ids["lap1"] not in page
    assert "Place: <b>lyo</b>" in page
    assert ids["lap1"] in vera.get("/cis?class=laptop&used_by=rita").text
    assert ids["lap1"] in vera.get("/cis?q=lap&used_by=rita").text
    assert ids["lap1"] not in vera.get("/cis?q=lap&used_by=vera").text
    assert "Nothing matches these filters" in vera.get("/cis?used_by=nobody").text
    file = vera.get("/cis?used_by=rita&format=csv").text
    assert "lap1" in file
    assert "web1" not in file


def test_people_are_listed_by_where_they_work(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """Not by an asset tag or a rack; filtered by the site's name."""
    items = (
        Item("rita", "person", (Identifier("email", "rita@example.org"),), {}),
        Item("lyon", "site", (Identifier("name", "Lyon"),), {}),
    )
    reconcile(services.graph, services.catalogue, seen(*items, relations=(Relation("works_at", "rita", "lyon"),), hour=11))
    page = visit("vera").get("/people?works_at=lyon").text
    assert ids["Rita"] in page
    assert ids["Lyon"] in page
    assert 'name="asset_tag"' not in page
    assert ids["Rita"] not in visit("vera").get("/people?works_at=paris").text
