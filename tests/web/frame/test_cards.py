"""Tables written by hand, as cards on a phone: what the markup says of each cell once its display is no table's any more."""

from __future__ import annotations

from markupsafe import Markup, escape

from web.frame.cards import as_cards

HOSTILE = escape('<td role="x">" onclick="alert(1)')


def test_each_cell_learns_its_column() -> None:
    table = Markup(
        '<table class="table dense"><thead><tr><th scope="col">Device</th><th scope="col" class="numeric">Days &amp; nights</th>'
        '<th scope="col"><span class="visually-hidden">Action</span></th></tr></thead><tbody>'
        '<tr><th scope="row">one</th><td class="numeric">3</td><td><button>End</button></td></tr>'
        '<tr><th scope="row">two</th><td class="unlabelled">4</td><td></td></tr>'
        '<tr><td colspan="3">Nothing else</td></tr></tbody></table>'
    )
    assert as_cards(table) == (
        '<table role="table" class="table dense"><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Device</th>'
        '<th role="columnheader" scope="col" class="numeric">Days &amp; nights</th>'
        '<th role="columnheader" scope="col"><span class="visually-hidden">Action</span></th></tr></thead><tbody role="rowgroup">'
        '<tr role="row"><th role="rowheader" scope="row">one</th><td role="cell" class="numeric" data-label="Days &amp; nights">3</td>'
        '<td role="cell"><button>End</button></td></tr>'
        '<tr role="row"><th role="rowheader" scope="row">two</th><td role="cell" class="unlabelled">4</td><td role="cell"></td></tr>'
        '<tr role="row"><td role="cell" colspan="3">Nothing else</td></tr></tbody></table>'
    )


def test_what_a_value_says_is_text() -> None:
    """Hostile text in a title, a cell and an attribute stays the text it was."""
    table = Markup('<table><thead><tr><th scope="col">{0}</th></tr></thead><tbody><tr><td title="{0}">{0}</td></tr></tbody></table>')
    told = as_cards(table.format(HOSTILE))
    cell = f'<td role="cell" title="{HOSTILE}" data-label="{HOSTILE}">{HOSTILE}</td>'
    assert told.count("<td") == told.count("</td>") == 1
    assert cell in told


def test_a_quotation_mark_in_a_title_ends_no_attribute() -> None:
    told = as_cards(
        Markup('<table><thead><tr><th scope="col">5.25" <b>disks</b></th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>')
    )
    assert '<td role="cell" data-label="5.25&#34; disks">' in told
