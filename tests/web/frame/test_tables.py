"""Tables whose state is the URL: reading it, walking the pages, and the links."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import Invalid
from web.frame.cursors import read_cursor, write_cursor
from web.frame.small import chosen_rows, small_page
from web.frame.table import Column, TableSpec, TableView

app = Flask(__name__)
app.secret_key = "tables"


@dataclass(frozen=True, slots=True)
class Thing:
    """A row."""

    id: str
    name: str
    size: int
    kind: str = "switch"


SPEC = TableSpec(
    "things",
    "Things",
    (
        Column("name", "Name", sort=True, filter="text", fixed=True),
        Column("size", "Size", sort=True, numeric=True),
        Column("kind", "Kind", filter="choice", choices=(("switch", "Switch"), ("router", "Router"))),
        Column("note", "Note", shown=False, value=lambda row: f"note of {row.name}"),
    ),
    order="name",
    page_size=7,
    extra=("q",),
)
things = st.lists(
    st.builds(Thing, st.uuids().map(str), st.text("abAB ", max_size=3), st.integers(-5, 5), st.sampled_from(["switch", "router"])),
    max_size=40,
    unique_by=lambda thing: thing.id,
)


def view_of(address: str) -> TableView:
    """The view behind an address, as a request would read it."""
    with app.test_request_context(address):
        return SPEC.read()


def walk(view: TableView, rows: list[Thing]) -> list[list[Thing]]:
    """All pages, forwards."""
    pages = []
    while True:
        page = small_page(view, rows)
        pages.append(list(page.rows))
        if page.next is None:
            return pages
        view = view_of(view.url(cursor=page.next))


@settings(max_examples=60, deadline=None)
@given(rows=things, order=st.sampled_from(["", "-name", "size", "-size"]), kind=st.sampled_from(["", "switch"]))
def test_pages_hold_every_row_once_in_order_and_the_way_back_is_the_same(rows: list[Thing], order: str, kind: str) -> None:
    with app.app_context():
        start = view_of(f"/things?sort={order}&kind={kind}")
        expected = chosen_rows(start, rows)
        pages = walk(start, rows)
        assert [row for page in pages for row in page] == expected
        assert all(len(page) == 7 for page in pages[:-1])
        # back from the last page
        view, back = start, []
        for _ in pages[1:]:
            following = small_page(view, rows).next
            view = view_of(start.url(cursor=following))
        while True:
            page = small_page(view, rows)
            back.append(list(page.rows))
            if page.previous is None:
                break
            view = view_of(start.url(cursor=page.previous))
        assert [row for page in reversed(back) for row in page] == expected


def test_a_page_in_the_middle_has_both_neighbours() -> None:
    rows = [Thing(str(number), f"n{number:02}", number) for number in range(20)]
    with app.app_context():
        first = small_page(view_of("/things"), rows)
        assert (first.previous, bool(first.next)) == (None, True)
        second = small_page(view_of(f"/things?cursor={first.next}"), rows)
        assert second.previous
        assert second.next
        assert [row.size for row in second.rows] == [7, 8, 9, 10, 11, 12, 13]
        again = small_page(view_of(f"/things?cursor={second.previous}"), rows)
        assert again.rows == first.rows
        assert again.previous is None


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/things?sort=kind", "sort"),
        ("/things?sort=<script>", "sort"),
        ("/things?kind=firewall", "kind"),
        ("/things?format=pdf", "format"),
        ("/things?cursor=forged", "cursor"),
        ("/things?cursor=" + "x" * 3000, "cursor"),
        ("/things?name=" + "x" * 300, "name"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(address: str, field: str) -> None:
    with app.app_context(), pytest.raises(Invalid) as refused:
        view_of(address)
    assert refused.value.field == field


def test_a_cursor_is_good_only_for_its_own_list_and_order() -> None:
    with app.app_context():
        text = write_cursor("things:name", ("b", "1"))
        assert read_cursor("things:name", text).values == ("b", "1")
        for scope in ("things:-name", "people:name"):
            with pytest.raises(Invalid):
                read_cursor(scope, text)
        with pytest.raises(Invalid):
            read_cursor("things:name", text[:-1] + ("A" if text[-1] != "A" else "B"))


def test_links_change_one_thing_and_keep_the_rest() -> None:
    with app.app_context():
        view = view_of("/things?name=core&kind=router&sort=-size&columns=name&columns=size&q=x&nonsense=1")
        assert dict(parse_qsl(urlsplit(view.url()).query)) == {
            "q": "x",
            "name": "core",
            "kind": "router",
            "sort": "-size",
            "columns": "name,size",
        }
        assert [column.key for column in view.columns] == ["name", "size"]
        title, words, away = view.chips()[1]
        assert (title, words) == ("Kind", "Router")
        assert "kind=" not in away
        assert "name=core" in away
        assert view_of(view.url()).filters == view.filters


def test_headers_turn_the_order_and_say_it() -> None:
    with app.app_context():
        name, size = SPEC.columns[0], SPEC.columns[1]
        plain = view_of("/things")
        assert (plain.aria_sort(name), plain.aria_sort(size)) == ("ascending", "")
        assert plain.sort_url(name) == "/things?sort=-name"
        turned = view_of(plain.sort_url(name))
        assert turned.aria_sort(name) == "descending"
        assert turned.sort_url(name) == "/things"
        assert plain.sort_url(size) == "/things?sort=size"


def test_hidden_columns_are_hidden_until_chosen_and_fixed_ones_stay() -> None:
    with app.app_context():
        assert [column.key for column in view_of("/things").columns] == ["name", "size", "kind"]
        assert [column.key for column in view_of("/things?columns=note").columns] == ["name", "note"]
