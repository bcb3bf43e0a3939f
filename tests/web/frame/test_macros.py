"""The pieces other pages are built of, with hostile text in every place text can be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, render_template_string
from lxml import html

from tests.web.visitor import Visitor
from web.auth.permissions import public
from web.frame.small import small_page
from web.frame.table import Column, TableSpec

EVIL = "<img src=x onerror=alert(1)>\"'"
SPEC = TableSpec(
    "evil",
    f"Things {EVIL}",
    (
        Column("name", f"Name {EVIL}", sort=True, filter="text", fixed=True),
        Column("kind", "Kind", filter="choice", choices=((EVIL, EVIL),)),
        Column("when", "When", filter="date"),
        Column("plain", "Plain"),
    ),
    order="name",
    page_size=2,
)
PIECES = {
    "page_header": '{{ m.page_header(evil, crumbs=[(evil, "/x")], lead=evil, kicker=evil) }}',
    "badge": '{{ m.badge(evil, "bad") }}{{ m.state(evil) }}{{ m.state("in_repair") }}',
    "facts": "{{ m.facts([(evil, evil), (evil, none)]) }}",
    "empty": '{{ m.empty(evil, evil, "/x", evil) }}',
    "confirm": '{{ m.confirm("/x", evil, evil, fields={"a": evil}) }}',
    "progress": "{{ m.progress(3, 10, evil) }}{{ m.progress(0, 0) }}",
    "tabs": '{{ m.tabs([(evil, "/x"), ("b", "/y")], "/y") }}',
    "card": "{% call m.card(evil) %}{{ evil }}{% endcall %}",
    "stat": '{{ m.stat(3, evil, "/x", "clock", "bad") }}{{ m.stat(3, evil) }}',
    "secret": "{{ m.secret(evil, evil) }}",
    "code": '{{ m.code(evil, "c") }}',
    "times": "{{ evil|when(evil) }}{{ evil|exact_time(evil) }}{{ evil|words }}{{ evil|lines }}{{ evil|browser }}",
    "table": '{% call(row, column) t.data_table(view, page, empty_title=evil, select="ids", total=evil) %}'
    "{{ t.plain(column.read(row)) }}{% endcall %}",
}


@pytest.fixture
def render(app: Flask) -> Callable[..., html.HtmlElement]:
    """A piece rendered in a page, parsed."""

    def rendered(piece: str, query: str = "") -> html.HtmlElement:
        def view() -> str:
            with_state = SPEC.read()
            rows = [Row(str(number), f"{number} {EVIL}", EVIL) for number in range(5)]
            page = small_page(with_state, rows)
            source = (
                '{% import "_macros.html" as m with context %}{% import "_table.html" as t with context %}<div>' + PIECES[piece] + "</div>"
            )
            return render_template_string(source, evil=EVIL, view=with_state, page=page)

        app.add_url_rule("/piece", "piece", public(view))
        answer = Visitor(app, "ada").get(f"/piece?{query}")
        assert answer.status_code == 200, answer.text
        return html.fromstring(answer.text)

    return rendered


class Row:
    """A row with hostile cells."""

    def __init__(self, id: str, name: str, kind: str) -> None:  # noqa: A002
        self.id, self.name, self.kind = id, name, kind
        self.when, self.plain = None, (EVIL, 1, True)


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_becomes_markup(render: Callable[..., html.HtmlElement], piece: str) -> None:
    found = render(piece)
    assert not found.xpath("//img")
    assert not [name for element in found.iter() for name in element.attrib if name.startswith("on")]
    assert EVIL[:20] in found.text_content() + "".join(value for element in found.iter() for value in element.attrib.values())


def test_states_have_words_and_a_sign(render: Callable[..., html.HtmlElement]) -> None:
    states = render("badge").xpath("//span[contains(@class, 'state')]")
    assert len(states) == 3
    assert all(state.xpath("./svg[@aria-hidden='true']") and state.text_content().strip() for state in states)
    assert states[2].text_content() == "in repair"
    assert "state-warn" in states[2].get("class")


def test_a_table_says_what_it_is_and_every_field_has_a_name(render: Callable[..., html.HtmlElement]) -> None:
    found = render("table", "sort=-name")
    region = found.xpath("//div[@role='region']")[0]
    caption = found.xpath(f"//*[@id='{region.get('aria-labelledby')}']")[0]
    assert caption.tag == "caption"
    assert region.get("tabindex") == "0"
    assert [head.get("aria-sort") for head in found.xpath("//thead/tr[1]/th")] == [None, "descending", None, None, None]
    assert all(field.get("aria-label") for field in found.xpath("//thead//input | //thead//select"))
    assert [box.get("value") for box in found.xpath("//tbody//input[@type='checkbox']")] == ["4", "3"]
    assert {box.get("form") for box in found.xpath("//tbody//input[@type='checkbox']")} == {"evil-bulk"}
    assert found.xpath("//a[@rel='next']")
    assert not found.xpath("//a[@rel='prev']")


def test_an_empty_table_tells_nothing_yet_from_nothing_found(render: Callable[..., html.HtmlElement]) -> None:
    assert "Nothing matches these filters" in render("table", "name=zzz").text_content()
