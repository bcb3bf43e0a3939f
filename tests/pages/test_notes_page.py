"""The tab Notes: written, shown as text, downloaded and never shown, removed by who wrote it; with hostile names, texts and files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from cmdb.graph import history
from cmdb.inventory import notes
from cmdb.inventory.notes import MAX_TEXT, Note
from cmdb.model.observation import Identifier, Item, Source
from reconciliation import reconcile
from reconciliation.joining import join
from tests.pages.conftest import HOSTILE, seen
from tests.web.visitor import Visitor
from web import Services

Visit = Callable[[str], Visitor]


def _file(name: str, body: bytes) -> dict[str, Any]:
    return {"file": (io.BytesIO(body), name)}


def _all(services: Services, ci: str) -> list[Note]:
    return notes.listed(services.graph, ci, limit=100)


def test_a_note_is_written_read_and_removed(visit: Visit, ids: dict[str, str], services: Services) -> None:
    address, otto = f"/cis/{ids['web1']}/notes", visit("otto")
    assert "Nobody has written anything about it." in otto.get(address).text
    done = otto.post(address, {"text": f"{HOSTILE}\n  second line & more", **_file("Über uns.pdf", b"%PDF-1.7")})
    assert (done.status_code, done.headers["Location"]) == (303, address)
    page = visit("vera").get(address).text
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;\n  second line &amp; more</p>" in page
    assert "<bdi>Über uns.pdf</bdi>" in page
    assert "Add a note" not in page
    assert "/remove" not in page
    (note,) = _all(services, ids["web1"])
    assert note.by == "otto"
    assert "note added" in otto.get(f"/cis/{ids['web1']}/history").text
    assert f"{address}/{note.id}/remove" in otto.get(address).text
    assert otto.post(f"{address}/{note.id}/remove").status_code == 303
    assert _all(services, ids["web1"]) == []
    told = otto.get(f"/cis/{ids['web1']}/history").text
    assert "note removed" in told
    assert f"SHA-256 {note.file}" in told
    lines = [(one.action, one.detail) for one in services.ledger.audit.list(limit=2)]
    kept = {"note": note.id, "sha256": note.file, "size": 8}
    assert lines == [("note.remove", kept), ("note.add", kept)], "the log names no file: it is never erased"


@pytest.mark.parametrize(
    ("name", "body", "kind", "said"),
    [
        ("plan.pdf", b"%PDF", "application/pdf", "filename=plan.pdf"),
        ("x.html", b"<script>alert(1)</script>", "application/octet-stream", "filename=x.html"),
        ("x.svg", b"<svg onload='alert(1)'/>", "application/octet-stream", "filename=x.svg"),
        ("page.txt", b"<script>alert(1)</script>", "text/plain; charset=utf-8", "filename=page.txt"),
        ('../../e;vil".png', b"\x89PNG", "image/png", 'filename="e;vil\\".png"'),
        ("\u202egnp.exe", b"MZ", "application/octet-stream", "filename=gnp.exe"),
        ("日本.jpeg", b"\xff\xd8", "image/jpeg", "filename*=UTF-8''%E6%97%A5%E6%9C%AC.jpeg"),
    ],
    ids=["pdf", "html", "svg", "text", "path and quote", "turned", "far"],
)
def test_a_file_is_saved_and_never_shown(
    visit: Visit, ids: dict[str, str], services: Services, name: str, body: bytes, kind: str, said: str
) -> None:
    row = {"id": ids["web1"], "class": "server"}
    note = notes.add(services.graph, services.ledger, row, "", notes.Upload(name, body), by="otto")
    answer = visit("vera").get(f"/cis/{ids['web1']}/notes/{note.id}/file")
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, body, kind)
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert said in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("sent", "words", "field"),
    [
        ({"text": ""}, "needs a text or a file", "text"),
        ({"text": "x" * (MAX_TEXT + 1)}, "longer than 20,000", "text"),
        ({"text": "kept in the form", **_file("e.txt", b"")}, "The file is empty", "file"),
        ({"text": "kept in the form", **_file("big.bin", bytes((20 << 20) + 1))}, "larger than 20 MB", "file"),
        ({"text": "kept in the form", "file": "not a file"}, "must be a file", "file"),
    ],
    ids=["nothing", "long", "empty", "large", "text as file"],
)
def test_what_is_refused_comes_back_with_its_reason(
    visit: Visit, ids: dict[str, str], services: Services, sent: dict[str, Any], words: str, field: str
) -> None:
    sent = {name: (io.BytesIO(one[0].getvalue()), one[1]) if isinstance(one, tuple) else one for name, one in sent.items()}
    answer = visit("otto").post(f"/cis/{ids['web1']}/notes", sent)
    assert answer.status_code == 422
    assert re.search(rf'href="#{field}">[^<]*{words}', answer.text)
    assert ("kept in the form</textarea>" in answer.text) == (field == "file")
    assert _all(services, ids["web1"]) == []
    assert services.ledger.attachments.count() == (0, 0)


def test_more_than_the_server_reads_is_refused_with_the_limit(visit: Visit, ids: dict[str, str]) -> None:
    answer = visit("otto").post(f"/cis/{ids['web1']}/notes", _file("big.bin", bytes(33 << 20)))
    assert answer.status_code == 413
    assert "at most 20 MB" in answer.text


def test_who_may_what(visit: Visit, ids: dict[str, str], services: Services) -> None:
    address = f"/cis/{ids['web1']}/notes"
    visit("otto").post(address, _file("a.txt", b"a"))
    (note,) = _all(services, ids["web1"])
    assert visit("vera").post(address, {"text": "x"}).status_code == 403
    assert visit("vera").post(f"{address}/{note.id}/remove").status_code == 403
    for path in (address, f"{address}/{note.id}/file"):
        assert visit("rita").get(path).status_code == 403
        assert visit("").get(path).headers["Location"].startswith("/sign-in")
    services.ledger.accounts.add("olga", None, "operator")
    assert f"{note.id}/remove" not in visit("olga").get(address).text
    assert visit("olga").post(f"{address}/{note.id}/remove").status_code == 403
    assert _all(services, ids["web1"]) == [note]
    assert visit("ada").post(f"{address}/{note.id}/remove").status_code == 303
    assert _all(services, ids["web1"]) == []


def test_a_note_is_found_on_its_own_item_alone(visit: Visit, ids: dict[str, str], services: Services) -> None:
    visit("otto").post(f"/cis/{ids['web1']}/notes", _file("a.txt", b"a"))
    (note,) = _all(services, ids["web1"])
    for path in (f"/cis/{ids['lap1']}/notes/{note.id}/file", f"/cis/{ids['web1']}/notes/nonsense/file", "/cis/nonsense/notes"):
        assert visit("vera").get(path).status_code == 404
    assert visit("ada").post(f"/cis/{ids['lap1']}/notes/{note.id}/remove").status_code == 404
    bare = next(one for one in [_written(visit, services, ids)] if not one.file)
    assert visit("vera").get(f"/cis/{ids['web1']}/notes/{bare.id}/file").status_code == 404


def _written(visit: Visit, services: Services, ids: dict[str, str]) -> Note:
    visit("otto").post(f"/cis/{ids['web1']}/notes", {"text": "no file"})
    return _all(services, ids["web1"])[0]


def test_older_ones_stand_on_the_next_page_and_all_in_the_file(visit: Visit, ids: dict[str, str], services: Services) -> None:
    row = {"id": ids["lap1"], "class": "laptop", "display_name": "lap1"}
    for n in range(25):
        notes.add(services.graph, services.ledger, row, f"=cmd{n}()", None, by="otto")
    vera, address = visit("vera"), f"/cis/{ids['lap1']}/notes"
    page = vera.get(address).text
    assert re.findall(r"=cmd(\d+)", page) == [str(n) for n in range(24, 4, -1)]
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link is not None
    older = vera.get(link[1].replace("&amp;", "&")).text
    assert re.findall(r"=cmd(\d+)", older) == ["4", "3", "2", "1", "0"]
    assert 'rel="next"' not in older
    answer = vera.get(f"{address}?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 25
    assert (rows[0]["Note"], rows[0]["By"]) == ("'=cmd24()", "otto")


def test_by_the_old_address_of_a_joined_one(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """Who had the page open while it was joined writes on the survivor."""
    twin = Item("t", "laptop", (Identifier("asset_tag", "B88"),), {"name": "twin"})
    gone = reconcile(services.graph, services.catalogue, seen(twin, source=Source("import", "x"))).resolved[0].ci
    join(services.graph, services.catalogue, ids["lap1"], gone, reason="one machine")
    done = visit("otto").post(f"/cis/{gone}/notes", {"text": "late"})
    assert done.headers["Location"] == f"/cis/{ids['lap1']}/notes"
    assert [note.text for note in _all(services, ids["lap1"])] == ["late"]
    assert "late" in visit("vera").get(f"/cis/{gone}/notes").text
    assert history.of_ci(services.graph, ids["lap1"])[0]["kind"] == "note_added"


def test_of_a_personal_device_looks_are_noted_and_its_owner_reads_the_notes(visit: Visit, ids: dict[str, str], services: Services) -> None:
    item = Item("x", "laptop", (Identifier("ci", ids["lap1"]),), {"ownership": "personal"})
    reconcile(services.graph, services.catalogue, seen(item, source=Source("person", "edit"), hour=10))
    address = f"/cis/{ids['lap1']}/notes"
    visit("otto").post(address, {"text": HOSTILE, **_file("a.txt", b"a")})
    (note,) = _all(services, ids["lap1"])
    visit("vera").get(f"{address}/{note.id}/file")
    visit("adam").get(address)
    looks = {one.actor for one in services.ledger.audit.of_target("device.look", ids["lap1"], 50)}
    assert {"vera", "adam"} <= looks
    told = visit("rita").get(f"/me/devices/{ids['lap1']}").text.split("What people noted about it")[-1]
    assert ("&lt;script&gt;" in told, "<bdi>a.txt</bdi>" in told, "<b>otto</b>" in told, HOSTILE in told) == (True, True, True, False)
