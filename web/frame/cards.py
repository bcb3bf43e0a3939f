"""Tables written by hand as cards on a phone: each cell learns the title of its column, each element the role that its display takes away.

A template writes the table alone, `{% call m.cards("Loans") %}<table class="table dense">…</table>{% endcall %}`; the style sheet does the
rest (`.stack`). A column whose title is visually hidden, and a cell of the class `unlabelled`, say what they are without it. A table whose
elements are not displayed as a table's is none to a screen reader without the roles.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup

_TAG = re.compile(r"<(table|thead|tbody|tr|th|td)\b([^>]*)>")
_HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
_HIDDEN = re.compile(r'<span class="visually-hidden">.*?</span>', re.DOTALL)
_ELEMENT = re.compile(r"<[^>]*>")
_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}


def as_cards(table: Markup) -> Markup:
    """The table with roles, and the cells of its body with `data-label`. What a template's values brought in is escaped already, so that
    every `<` and `>` here is the template's own."""
    head, found, body = str(table).partition("</thead>")
    titles = [_ELEMENT.sub("", _HIDDEN.sub("", one)).strip() for one in _HEAD.findall(head)]
    return Markup(_TAG.sub(_told([]), head) + found + _TAG.sub(_told(titles), body))  # noqa: S704 - it was Markup, and nothing else came in


def _told(titles: list[str]) -> Callable[[re.Match[str]], str]:
    """What stands in the place of a start tag; counts the cells of each row."""
    at = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal at
        name, words = found.groups()
        if name == "tr":
            at = 0
        label = ""
        if name in ("td", "th"):
            if name == "td" and at < len(titles) and titles[at] and "colspan" not in words and "unlabelled" not in words:
                label = f' data-label="{titles[at].replace(chr(34), "&#34;")}"'
            at += 1
        role = _ROLES.get(name) or ("columnheader" if 'scope="col"' in words else "rowheader")
        return f'<{name} role="{role}"{words}{label}>'

    return tag
