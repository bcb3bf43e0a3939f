"""Small words of MyST Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|$#~])")
_CODE = re.compile(r"`([^`|]+)`")


def plain(text: object) -> str:
    """Text on one line that means itself: nothing in it is markup, but what stands between backticks is code."""
    pieces = _CODE.split(" ".join(str(text).split()))
    return "".join(f"`{piece}`" if number % 2 else _SPECIAL.sub(r"\\\1", piece) for number, piece in enumerate(pieces))


def code(text: object) -> str:
    """Text in the code face, on one line; also inside a table."""
    shown = " ".join(str(text).split())
    if not shown:
        return ""
    fence = "``" if "`" in shown else "`"
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown.replace('|', chr(92) + '|')}{pad}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; cells are markup already (`plain`, `code`). Empty where there are no rows."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if not body:
        return []
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *body, ""]


def page(title: str, *blocks: Sequence[str]) -> str:
    """A page from a title and blocks of lines."""
    lines = [f"# {title}", ""]
    for block in blocks:
        lines += [*block, ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"
