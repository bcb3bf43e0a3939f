"""Notes of people: added, listed, removed; what ends half way is put right; names of files are made harmless."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import CmdbError, Conflict, GraphUnavailable, Invalid, NotAllowed, NotFound
from cmdb.graph import cis, history
from cmdb.graph import notes as store
from cmdb.graph.door import Graph
from cmdb.inventory import notes
from cmdb.inventory.notes import MAX_TEXT, Note, Upload, safe_name
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.model.times import now
from cmdb.store import Ledger
from reconciliation import reconcile
from tests.ready import ready_ledger

FILE = Upload("manual.pdf", b"%PDF-1.7 a manual")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with ready_ledger(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def row(graph: Graph) -> dict[str, Any]:
    """A CI."""
    item = Item("x", "server", (Identifier("serial", "NOTED0001", "hp"),), {"name": "noted"})
    done = reconcile(graph, Catalogue.load(), Observation(uuid7(), Source("import", "list"), now(), (item,)))
    return cis.get(graph, done.resolved[0].ci)


def test_notes_are_listed_newest_first_page_by_page_and_told(graph: Graph, ledger: Ledger, row: dict[str, Any]) -> None:
    made = [notes.add(graph, ledger, row, f" note {n}\r\nsecond\x00 line ", None, by="otto") for n in range(5)]
    held = notes.add(graph, ledger, row, "", FILE, by="ada")
    assert held == Note(held.id, row["id"], held.at, "ada", "", held.file, "manual.pdf", "application/pdf", len(FILE.body))
    assert ledger.attachments.read(held.id) == FILE.body
    assert notes.listed(graph, row["id"], limit=3) == [held, made[4], made[3]]
    assert notes.listed(graph, row["id"], before=made[3].id) == [made[2], made[1], made[0]]
    assert made[0].text == "note 0\nsecond line"
    assert notes.one(graph, held.id) == held
    events = history.of_ci(graph, row["id"])
    assert [(e["kind"], e["actor"], e["source"]) for e in events] == [("note_added", "ada", "person:edit")] + [
        ("note_added", "otto", "person:edit")
    ] * 5
    assert events[0]["changes"][0]["after"] == "manual.pdf"
    assert "note 4" not in repr(events), "the history holds no text: what is removed is not to be read there"
    assert cis.get(graph, row["id"])["rev"] == row["rev"], "a note is no new word about the thing"


def test_removing_takes_the_file_and_leaves_its_name_and_hash(graph: Graph, ledger: Ledger, row: dict[str, Any]) -> None:
    first, second = (notes.add(graph, ledger, row, "", FILE, by="otto") for _ in range(2))
    with pytest.raises(NotAllowed, match="otto"):
        notes.remove(graph, ledger, row, first, by="vera", rules=False)
    notes.remove(graph, ledger, row, first, by="otto", rules=False)
    assert ledger.attachments.read(second.id) == FILE.body
    notes.remove(graph, ledger, row, second, by="ada", rules=True)
    assert ledger.attachments.count() == (0, 0)
    assert notes.listed(graph, row["id"]) == []
    with pytest.raises(NotFound):
        notes.one(graph, first.id)
    told = history.of_ci(graph, row["id"])[0]
    assert (told["kind"], told["actor"], told["reason"]) == ("note_removed", "ada", "")
    assert (told["changes"][0]["before"], told["changes"][0]["reason"]) == ("manual.pdf", f"SHA-256 {second.file}")


@pytest.mark.parametrize(
    ("text", "file", "field"),
    [
        ("", None, "text"),
        (" \n\x00 ", None, "text"),
        ("x" * (MAX_TEXT + 1), None, "text"),
        ("with", Upload("a.txt", b""), "file"),
        ("with", Upload("a.txt", bytes((20 << 20) + 1)), "file"),
    ],
    ids=["nothing", "only white space", "text too long", "empty file", "file too large"],
)
def test_what_is_refused_leaves_nothing(
    graph: Graph, ledger: Ledger, row: dict[str, Any], text: str, file: Upload | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        notes.add(graph, ledger, row, text, file, by="otto")
    assert refused.value.field == field
    assert notes.listed(graph, row["id"]) == []
    assert ledger.attachments.count() == (0, 0)


def test_the_longest_text_is_kept_whole(graph: Graph, ledger: Ledger, row: dict[str, Any]) -> None:
    text = "<b>\u00e9\U0001f600" + "x" * (MAX_TEXT - 5)
    assert len(text) == MAX_TEXT
    notes.add(graph, ledger, row, text, None, by="otto")
    assert notes.listed(graph, row["id"])[0].text == text


def test_what_ended_half_way_is_put_right_after_a_day(
    graph: Graph, ledger: Ledger, row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after each of the writes in turn: no file stays that no note has, and none goes that one has."""

    def die(*_: object) -> None:
        raise GraphUnavailable("killed")

    with monkeypatch.context() as patched:
        patched.setattr(store, "add", die)
        with pytest.raises(GraphUnavailable):
            notes.add(graph, ledger, row, "", Upload("never.txt", b"the note never came"), by="otto")
    with monkeypatch.context() as patched:
        patched.setattr("cmdb.store.attachments.Attachments.settle", die)
        with pytest.raises(GraphUnavailable):
            notes.add(graph, ledger, row, "", Upload("came.txt", b"the note came"), by="otto")
    (came,) = notes.listed(graph, row["id"])
    stays, goes = (notes.add(graph, ledger, row, "", Upload("x.txt", body), by="otto") for body in (b"not removed", b"removed"))
    with monkeypatch.context() as patched:
        patched.setattr(store, "remove", die)
        with pytest.raises(GraphUnavailable):
            notes.remove(graph, ledger, row, stays, by="otto", rules=False)
    with monkeypatch.context() as patched:
        patched.setattr("cmdb.store.attachments.Attachments.drop", die)
        with pytest.raises(GraphUnavailable):
            notes.remove(graph, ledger, row, goes, by="otto", rules=False)
    assert ledger.attachments.count()[0] == 4
    assert notes.settle_doubts(graph, ledger, now() + timedelta(hours=23)) == 0
    assert ledger.attachments.count()[0] == 4, "what began today may still be under way"
    assert notes.settle_doubts(graph, ledger, now() + timedelta(hours=25)) == 2
    assert [ledger.attachments.read(one.id) for one in (came, stays)] == [b"the note came", b"not removed"]
    assert ledger.attachments.doubted(now() + timedelta(days=9), 10) == []


def test_files_are_not_lost_to_a_graph_that_is_empty_for_a_while(graph: Graph, ledger: Ledger, row: dict[str, Any]) -> None:
    """The settings name another graph, or it is restored later than the ledger: files whose notes were there stay."""
    held = notes.add(graph, ledger, row, "", FILE, by="otto")
    graph.write("MATCH (n:Note) DETACH DELETE n")
    assert notes.settle_doubts(graph, ledger, now() + timedelta(days=400)) == 0
    assert ledger.attachments.read(held.id) == FILE.body


def test_of_many_who_remove_one_note_one_did(graph: Graph, ledger: Ledger, row: dict[str, Any]) -> None:
    held = notes.add(graph, ledger, row, "", FILE, by="otto")
    outcomes: list[str] = []

    def remove() -> None:
        try:
            notes.remove(graph, ledger, row, held, by="otto", rules=False)
            outcomes.append("removed")
        except Conflict:
            outcomes.append("late")
        except CmdbError as error:
            outcomes.append(repr(error))

    threads = [threading.Thread(target=remove) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["late"] * 7 + ["removed"]
    assert [e["kind"] for e in history.of_ci(graph, row["id"])] == ["note_removed", "note_added"]


def test_a_note_on_what_went_meanwhile_is_refused(graph: Graph, ledger: Ledger, row: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="load it again"):
        notes.add(graph, ledger, {**row, "id": uuid7()}, "late", None, by="otto")
    assert graph.read("MATCH (n:Note) RETURN count(n) AS n") == [{"n": 0}]


@pytest.mark.parametrize(
    ("given_name", "kept", "kind"),
    [
        ("manual.pdf", "manual.pdf", "application/pdf"),
        ("../../etc/passwd", "passwd", "application/octet-stream"),
        ("C:\\Users\\ann\\Bild 1.PNG", "Bild 1.PNG", "image/png"),
        ("a/b/", "b", "application/octet-stream"),
        ("..", "file", "application/octet-stream"),
        ("", "file", "application/octet-stream"),
        ("  .htaccess ", "htaccess", "application/octet-stream"),
        ("evil\r\nSet-Cookie: x=1.txt", "evil Set-Cookie: x=1.txt", "text/plain"),
        ("photo\u202egnp.exe", "photognp.exe", None),
        ('a";\x00b.html', 'a";b.html', "text/html"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg", "image/jpeg"),
        ("x." + "y" * 300, "x." + "y" * 198, "application/octet-stream"),
        ("log.txt.gz", "log.txt.gz", "application/octet-stream"),
    ],
    ids=["plain", "up", "windows", "folder", "dots", "none", "hidden", "header", "turned", "quote", "long", "long end", "packed"],
)
def test_names_are_made_harmless(given_name: str, kept: str, kind: str | None) -> None:
    assert safe_name(given_name) == kept
    if kind is not None:
        assert notes.media_type(kept) == kind


@given(st.text(max_size=400))
def test_any_name_is_harmless(text: str) -> None:
    name = safe_name(text)
    assert safe_name(name) == name
    assert 1 <= len(name) <= 200
    assert not re.search(r"[/\\\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", name)
    assert name == name.strip(" .")
    assert re.fullmatch(r"[\w.+-]+/[\w.+-]+", notes.media_type(name))
