"""Splitting, undoing a join and distrusting a source, on their pages: foreseen first, then done."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.intake import submit_observation
from cmdb.intake.doubts import DOUBT, FORESEE
from cmdb.model import times
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.runtime import chores
from cmdb.runtime.house import House
from cmdb.runtime.jobs_work import do_job
from reconciliation import reconcile, why
from reconciliation.joining import join
from tests.web.visitor import Visitor
from web import Services
from web.frame import doubting

Visit = Callable[[str], Visitor]


def test_a_join_is_undone_on_its_page(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """The join is listed with who and why, foreseen, undone; the old address answers again."""
    keep, gone = sorted((ids["web1.lyon"] if "web1.lyon" in ids else ids["web1"], ids["lap1"]))
    join(services.graph, services.catalogue, keep, gone, reason="a slip", by="otto")
    otto = visit("otto")
    assert f'href="/cis/{keep}/joins"' in otto.get(f"/cis/{keep}/identity").text
    page = otto.get(f"/cis/{keep}/joins").text
    assert "by otto · a slip" in page
    form = {"join": gone, "reason": "they are two"}
    look = otto.post(f"/cis/{keep}/joins", {**form, "step": "look"})
    assert "What would change" in look.text
    assert otto.get(f"/cis/{gone}").status_code == 308
    assert otto.post(f"/cis/{keep}/joins", {"join": gone, "reason": "", "step": "do"}).status_code == 422
    done = otto.post(f"/cis/{keep}/joins", {**form, "step": "do"})
    assert (done.status_code, done.headers["Location"]) == (303, f"/cis/{gone}/identity")
    assert otto.get(f"/cis/{gone}").status_code == 200
    assert "Nothing was joined into it" in otto.get(f"/cis/{keep}/joins").text
    assert visit("vera").post(f"/cis/{keep}/split", {"subject": "x"}).status_code == 403


def test_a_ci_is_split_on_its_page(visit: Visit, ids: dict[str, str], services: Services) -> None:
    keep, gone = sorted((ids["web1"], ids["lap1"]))
    join(services.graph, services.catalogue, keep, gone, reason="a slip", by="otto")
    otto = visit("otto")
    page = otto.get(f"/cis/{keep}/split").text
    assert "LAP0001" in page or "lap0001" in page
    rows = services.graph.read("MATCH (s:SourceRecord {ci: $ci}) RETURN s.subject AS subject, s.data AS data", ci=keep)
    leaves = next(str(row["subject"]) for row in rows if "LAP0001" in row["data"])
    form = {"subject": leaves, "reason": "another device"}
    assert "What would change" in otto.post(f"/cis/{keep}/split", {**form, "step": "look"}).text
    wrong = otto.post(f"/cis/{keep}/split", {"subject": "nonsense", "reason": "x", "step": "do"})
    assert (wrong.status_code, "No source speaks of nonsense" in wrong.text) == (422, True)
    done = otto.post(f"/cis/{keep}/split", {**form, "step": "do"})
    assert done.status_code == 303
    assert "lap1" in otto.get(done.headers["Location"]).text


def test_a_source_is_distrusted_and_trusted(visit: Visit, ids: dict[str, str], services: Services) -> None:
    ada = visit("ada")
    assert 'href="/admin/sources/trust"' in ada.get("/admin/sources").text
    assert visit("otto").get("/admin/sources/trust").status_code == 403
    form = {"doing": "distrust", "source": "ssh:lyon", "reason": "a proxy answered"}
    look = ada.post("/admin/sources/trust", {**form, "step": "look"}).text
    assert "What would change" in look
    assert services.graph.read("MATCH (d:Distrust) RETURN count(d) AS n") == [{"n": 0}]
    assert ada.post("/admin/sources/trust", {**form, "step": "do"}).status_code == 303
    assert services.graph.read("MATCH (c:CI {id: $id}) RETURN c.os_name AS os", id=ids["web1"]) == [{"os": None}]
    page = ada.get("/admin/sources/trust").text
    assert "a proxy answered" in page
    assert "not believed" in ada.get(f"/cis/{ids['web1']}/identity").text
    again = ada.post("/admin/sources/trust", {"doing": "trust", "key": "ssh:lyon", "reason": "repaired", "step": "do"})
    assert again.status_code == 303
    assert services.graph.read("MATCH (c:CI {id: $id}) RETURN c.os_name AS os", id=ids["web1"]) == [{"os": "Debian"}]
    assert ada.post("/admin/sources/trust", {**form, "source": "nobody", "step": "do"}).status_code == 422


@pytest.mark.usefixtures("ids")
def test_what_an_order_lacks_is_marked_at_its_field(visit: Visit) -> None:
    """Either form: the field of the order that was sent, what was typed in it, and no other field."""
    ada, to, form = visit("ada"), "/admin/sources/trust", {"doing": "distrust", "source": "ssh:lyon", "reason": "a proxy answered"}
    no_why = ada.post(to, {**form, "reason": "", "step": "do"})
    assert (no_why.status_code, no_why.text.count('aria-invalid="true"')) == (422, 1)
    assert re.search(r'id="reason" name="reason" value=""[^>]* aria-invalid="true" aria-describedby="reason-error"', no_why.text)
    assert 'name="source" value="ssh:lyon"' in no_why.text
    unknown = ada.post(to, {**form, "source": "ssh:nowhere<b>", "step": "look"}).text
    assert 'value="ssh:nowhere&lt;b&gt;"' in unknown
    assert 'aria-invalid="true" aria-describedby="source-hint source-error"' in unknown
    assert 'value="a proxy answered"' in unknown
    assert '<a href="#source">Source</a>: No record of ssh:nowhere&lt;b&gt; exists.' in unknown
    assert ada.post(to, {**form, "step": "do"}).status_code == 303
    again = ada.post(to, {"doing": "trust", "key": "ssh:lyon", "reason": " ", "step": "do"})
    assert (again.status_code, again.text.count('aria-invalid="true"')) == (422, 1)
    assert re.search(r'id="again-1"[^>]* aria-invalid="true" aria-describedby="again-1-error"', again.text)
    assert '<a href="#again-1">Why it is believed again</a>' in again.text


@pytest.mark.usefixtures("ids")
def test_a_large_source_is_a_job(visit: Visit, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Foreseen and done by jobs: the page waits for what would change, shows it, and the job's own page tells how far it is."""
    chores.install()
    monkeypatch.setattr(doubting, "MOST_AT_ONCE", 0)
    house, ada = House(Settings(data=tmp_path), services.graph, None, services.ledger, services.catalogue), visit("ada")
    form = {"doing": "distrust", "source": "ssh:lyon", "reason": "a proxy answered"}
    looked = ada.post("/admin/sources/trust", {**form, "step": "look"})
    assert looked.status_code == 303
    where = looked.headers["Location"]
    assert "Looking what would change" in (page := ada.get(where).text)
    assert 'hx-trigger="every 2s"' in page
    _work(house)
    page = ada.get(where).text
    assert "What would change" in page
    assert 'value="do">Do not believe it' in page
    assert 'value="a proxy answered"' in page
    assert ada.get(f"/admin/sources/trust?job={'0' * 32}").status_code == 404
    done = ada.post("/admin/sources/trust", {**form, "step": "do"}).headers["Location"]
    assert "/cancel" in ada.get(done).text
    assert ada.post("/admin/sources/trust", {**form, "source": "import:list", "step": "do"}).status_code in (409, 422)
    job = services.ledger.jobs.claim([DOUBT], 60)
    assert job is not None
    services.ledger.jobs.heartbeat(job, {"bound": True})
    assert "cannot be cancelled any more" in (page := ada.get(done).text)
    assert "/cancel" not in page
    assert ada.post(f"{done}/cancel", {}).status_code == 409
    do_job(house, job, threading.Event())
    assert "a proxy answered" in ada.get("/admin/sources/trust").text
    again = {"doing": "trust", "key": "ssh:lyon", "reason": "repaired"}
    seen = ada.post("/admin/sources/trust", {**again, "step": "look"}).headers["Location"]
    _work(house)
    assert 'value="do">Believe it again' in ada.get(seen).text
    ada.post("/admin/sources/trust", {**again, "step": "do"})
    _work(house)
    assert services.graph.read("MATCH (d:Distrust) RETURN count(d) AS n") == [{"n": 0}]
    acts = [one.action for one in services.ledger.audit.list(10) if one.action.startswith("source.")]
    assert acts == ["source.trust", "source.distrust"]


def _work(house: House) -> None:
    job = house.ledger.jobs.claim([DOUBT, FORESEE], 60)
    assert job is not None
    do_job(house, job, threading.Event())
    assert house.ledger.jobs.get(job.id).state == "done"


def test_one_look_is_distrusted_on_its_page(visit: Visit, services: Services) -> None:
    """An import is chosen among the looks of its source, foreseen, done, listed, and believed again."""
    ada, graph = visit("ada"), services.graph
    ids = []
    for minute, model in enumerate(("A", "B")):
        item = Item("l", "laptop", (Identifier("serial", "LOOKED001"),), {"model": model, "name": "looked"})
        seen = Observation(f"look-{minute}", Source("import", "laps.csv"), times.now() + timedelta(seconds=minute - 60), (item,))
        ids.append(submit_observation(services.ledger, seen, actor="ada"))
        claimed = services.ledger.intake.claim()
        assert claimed is not None
        reconcile(graph, services.catalogue, seen)
        services.ledger.intake.done(claimed, {})
    page = ada.get("/admin/sources/trust?source=import:laps.csv").text
    assert f'value="look:{ids[1]}"' in page
    form = {"doing": "distrust", "source": "import:laps.csv", "subject": f"look:{ids[1]}", "reason": "the wrong sheet"}
    assert "What would change" in ada.post("/admin/sources/trust", {**form, "step": "look"}).text
    query = "MATCH (c:Laptop {serial: 'LOOKED001'}) RETURN c.model AS model"
    assert graph.read(query) == [{"model": "B"}]
    assert ada.post("/admin/sources/trust", {**form, "step": "do"}).status_code == 303
    assert graph.read(query) == [{"model": "A"}]
    assert "import:laps.csv (one look)" in ada.get("/admin/sources/trust").text
    again = {"doing": "trust", "key": f"import:laps.csv|look:{ids[1]}", "reason": "it was right", "step": "do"}
    assert ada.post("/admin/sources/trust", again).status_code == 303
    assert graph.read(query) == [{"model": "B"}]
    wrong = ada.post("/admin/sources/trust", {**form, "subject": "look:nothing", "step": "do"})
    assert (wrong.status_code, "no such entry" in wrong.text) == (422, True)


def test_a_shared_identifier_is_somebodys_alone_again(visit: Visit, services: Services) -> None:
    """Asked on the Identity tab where several show it; foreseen, done, told in the history; refused when it is so already."""
    graph, ci = services.graph, ""
    for minute, n in enumerate((1, 2, 1)):
        shows = (Identifier("serial", f"DOCKED00{n}"), Identifier("mac", "00:1b:21:dd:0c:02"), Identifier("hostname", f"dk-{n}"))
        item = Item("l", "laptop", shows, {"name": f"dk-{n}"})
        seen = Observation(f"dock-{minute}", Source("agent", "ocs"), times.now() + timedelta(seconds=minute - 60), (item,))
        ci = reconcile(graph, services.catalogue, seen).resolved[0].ci
    otto, key = visit("otto"), "mac||001b21dd0c02"
    assert f"/cis/{ci}/own?key=mac" in otto.get(f"/cis/{ci}/identity").text
    assert "dk-2" in otto.get(f"/cis/{ci}/own?key={key}").text
    assert otto.get(f"/cis/{ci}/own?key=mac||none").status_code == 404
    assert otto.post(f"/cis/{ci}/own", {"key": key, "reason": "", "step": "do"}).status_code == 422
    assert "What would change" in otto.post(f"/cis/{ci}/own", {"key": key, "reason": "hers now", "step": "look"}).text
    assert otto.post(f"/cis/{ci}/own", {"key": key, "reason": "hers now", "step": "do"}).status_code == 303
    rows = graph.read("MATCH (i:Identifier {key: $key})-[:IDENTIFIES]->(c:CI) RETURN c.id AS ci, i.shared AS s", key=key)
    assert rows == [{"ci": ci, "s": False}]
    assert "hers now" in otto.get(f"/cis/{ci}/history").text
    assert otto.post(f"/cis/{ci}/own", {"key": key, "reason": "once more", "step": "do"}).status_code == 422


def test_a_value_said_until_a_day(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """The form keeps the day; a wrong one is said; `why` shows it."""
    otto, path = visit("otto"), f"/cis/{ids['web1']}/edit"
    assert 'name="until"' in otto.get(path).text
    form = {"a_os_name": "Alpine", "o_os_name": "Debian", "reason": "moved"}
    assert "YYYY-MM-DD" in otto.post(path, {**form, "until": "tomorrow"}).text
    assert otto.post(path, {**form, "until": "2030-01-01"}).status_code == 303
    value = why(services.graph, services.catalogue, ids["web1"], "os_name")["values"][0]
    assert (value["value"], value["until"], value["reason"]) == ("Alpine", "2030-01-01T23:59:59.000Z", "moved")
