"""List, search, CI page, edit, create, relate: as the people who use them see it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cmdb.graph import cis
from cmdb.inventory.edit import changed
from reconciliation import reconcile
from tests.pages.conftest import HOSTILE
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def test_list_filters_by_class_column_and_search(visit: Visit, ids: dict[str, str]) -> None:
    vera = visit("vera")
    assert "lap1" in vera.get("/cis").text
    servers = vera.get("/cis?class=server").text
    assert "lap1" not in servers
    assert ids["web1"] in servers
    assert HOSTILE not in servers
    assert "&lt;script&gt;" in servers
    assert ids["lap1"] in vera.get("/cis?class=hardware&serial=lap").text
    assert ids["lap1"] not in vera.get("/cis?class=hardware&serial=srv").text
    assert ids["lap1"] in vera.get("/cis?q=a77").text
    assert vera.get("/cis?class=nothing").status_code == 404


def test_export_is_the_filtered_view(visit: Visit, ids: dict[str, str]) -> None:
    text = visit("vera").get("/cis?class=laptop&format=csv&columns=serial,used_by").text
    lines = text.lstrip("\ufeff").split("\r\n")
    assert lines[:2] == ["Name,Serial number,Used by", "lap1,LAP0001,Rita"]
    assert len([line for line in lines if line]) == 2


def test_list_costs_few_queries(visit: Visit, ids: dict[str, str], services: Services) -> None:
    vera = visit("vera")
    with services.graph.counting() as counter:
        vera.get("/cis?class=server")
    assert counter.queries <= 4


def test_search_goes_straight_to_a_scanned_tag(visit: Visit, ids: dict[str, str]) -> None:
    vera = visit("vera")
    assert vera.get("/search?q=A77").headers["Location"] == f"/cis/{ids['lap1']}"
    assert ids["web1"] in vera.get("/search?q=web").text
    assert "Nothing begins with" in vera.get("/search?q=zzz").text


@pytest.mark.parametrize("tab", ["", "/relations", "/history", "/software", "/identity"])
def test_every_tab_of_every_ci_answers(visit: Visit, ids: dict[str, str], services: Services, tab: str) -> None:
    vera = visit("vera")
    for ci in ids.values():
        with services.graph.counting() as counter:
            assert vera.get(f"/cis/{ci}{tab}").status_code == 200
        assert counter.queries <= 8


def test_facts_say_who_said_it_and_who_disagrees(visit: Visit, ids: dict[str, str]) -> None:
    page = visit("vera").get(f"/cis/{ids['web1']}").text
    assert "Sources disagree about" in page
    assert "web1.lyon" in page
    assert "Lyon" in page
    assert "/edit" not in page


def test_edit_previews_saves_and_shows_in_the_history(visit: Visit, ids: dict[str, str], services: Services) -> None:
    otto, web1 = visit("otto"), f"/cis/{ids['web1']}"
    assert otto.get(f"{web1}/edit").status_code == 200
    form = {"a_model": "R650", "o_model": "", "reason": "read from the label"}
    shown = otto.post(f"{web1}/edit", {**form, "step": "preview"}).text
    assert "nothing is saved yet" in shown
    assert cis.get(services.graph, ids["web1"]).get("model") is None
    assert otto.post(f"{web1}/edit", {**form, "step": "save"}).status_code == 303
    assert cis.get(services.graph, ids["web1"])["model"] == "R650"
    history = otto.get(f"{web1}/history").text
    assert "read from the label" in history
    assert "by otto" in history


def test_edit_refuses_a_wrong_value_at_its_field(visit: Visit, ids: dict[str, str]) -> None:
    answer = visit("otto").post(f"/cis/{ids['web1']}/edit", {"a_rack_unit": "many", "o_rack_unit": ""})
    assert answer.status_code == 422
    assert 'id="a_rack_unit-error"' in answer.text
    assert 'value="many"' in answer.text


def test_edit_shows_what_somebody_else_changed_meanwhile(visit: Visit, ids: dict[str, str], services: Services) -> None:
    row = cis.get(services.graph, ids["web1"])
    reconcile(services.graph, services.catalogue, changed(services.catalogue, row, {"model": "R750"}, actor="ada", reason="", rev=None))
    otto = visit("otto")
    answer = otto.post(f"/cis/{ids['web1']}/edit", {"a_model": "R650", "o_model": "", "step": "save"})
    assert answer.status_code == 409
    assert "R750" in answer.text
    assert cis.get(services.graph, ids["web1"])["model"] == "R750"
    assert otto.post(f"/cis/{ids['web1']}/edit", {"a_model": "R650", "o_model": "R750", "step": "save"}).status_code == 303
    assert cis.get(services.graph, ids["web1"])["model"] == "R650"


def test_create_and_retire(visit: Visit, services: Services) -> None:
    otto = visit("otto")
    assert "Laptop" in otto.get("/cis/new").text
    assert otto.get("/cis/new?class=laptop").status_code == 200
    assert otto.post("/cis/new?class=laptop", {"step": "save"}).status_code == 422
    made = otto.post("/cis/new?class=laptop", {"a_name": "new one", "a_serial": "NEW0001", "step": "save"})
    ci = made.headers["Location"].removeprefix("/cis/")
    assert cis.get(services.graph, ci)["display_name"] == "new one"
    otto.post(f"/cis/{ci}/retire", {"reason": "broken"})
    assert cis.get(services.graph, ci)["status"] == "retired"


def test_relate_and_end_it(visit: Visit, ids: dict[str, str], services: Services) -> None:
    otto, lap = visit("otto"), f"/cis/{ids['lap1']}"
    page = otto.get(f"{lap}/relate?type=out:owned_by&q=rit").text
    assert ids["Rita"] in page
    assert ids["web1"] not in otto.get(f"{lap}/relate?type=out:owned_by&q=web").text
    assert otto.post(f"{lap}/relate", {"type": "out:owned_by", "other": ids["Rita"]}).status_code == 303
    key = re.search(r'name="key" value="(owned_by[^"]+)"', otto.get(f"{lap}/relations").text)
    assert key is not None
    assert otto.post(f"{lap}/unrelate", {"key": key[1]}).status_code == 303
    assert "is owned by" not in otto.get(f"{lap}/relations").text


def test_relate_marks_what_is_missing_and_keeps_what_was_typed(visit: Visit, ids: dict[str, str]) -> None:
    otto, lap = visit("otto"), f"/cis/{ids['lap1']}/relate"
    typed = {"type": "out:owned_by", "q": "rit", "reason": "said <so>"}
    nobody = otto.post(lap, typed)
    assert (nobody.status_code, 'value="said &lt;so&gt;"' in nobody.text, 'id="other-error"' in nobody.text) == (422, True, True)
    assert '<a href="#other">Which one</a>: Choose the other end.' in nobody.text
    assert re.search(rf'name="other" value="{ids["Rita"]}" id="other"[^>]* aria-invalid="true"', nobody.text)
    assert '<option value="out:owned_by" selected>' in nobody.text
    gone = otto.post(lap, {**typed, "q": "nobody-is-called-so", "other": "0198"})
    assert (gone.status_code, '<a href="#other-q">' in gone.text) == (422, True), "no list: the field that looks for it"
    assert 'aria-invalid="true" aria-describedby="other-hint other-q-error"' in gone.text
    no_type = otto.post(lap, {**typed, "type": "out:nonsense", "other": ids["Rita"]})
    assert (no_type.status_code, 'name="type" aria-invalid="true" aria-describedby="type-error"' in no_type.text) == (422, True)


def test_a_day_that_is_none_is_marked(visit: Visit, ids: dict[str, str]) -> None:
    form = {"a_model": "R650", "o_model": "", "until": "tomorrow", "step": "save"}
    answer = visit("otto").post(f"/cis/{ids['web1']}/edit", form)
    assert (answer.status_code, 'value="R650"' in answer.text) == (422, True)
    assert 'value="tomorrow" aria-invalid="true" aria-describedby="until-hint until-error"' in answer.text
    assert '<a href="#until">Give the day as YYYY-MM-DD.</a>' in answer.text


def test_only_editors_edit(visit: Visit, ids: dict[str, str]) -> None:
    assert visit("vera").get(f"/cis/{ids['web1']}/edit").status_code == 403
    assert visit("rita").get("/cis").status_code == 403
