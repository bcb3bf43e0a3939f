"""A small picture of what a CI is related to: boxes with links, laid out on the server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_MOST = 7
"""Boxes on each side; what is more becomes one box that leads to the table."""
_ROW, _BOX_W, _BOX_H, _TOP = 42, 168, 30, 16


@dataclass(frozen=True, slots=True)
class Box:
    """One box. `words` is the relation as read on its line; `more` counts what a gathered box stands for."""

    x: int
    y: int
    name: str
    href: str
    words: str
    line: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture: its size, the middle box and the others."""

    width: int
    height: int
    x: int
    y: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A relation as the page shows it."""

    key: str
    type: str
    title: str
    outward: bool
    other: str
    name: str
    cls: str
    presence: str
    first_seen_at: str
    last_seen_at: str
    sources: tuple[str, ...]
    by_person: bool
    group: str
    need: str


def neighbours(rows: Iterable[Mapping[str, Any]], relations: Mapping[str, Any]) -> list[Neighbour]:
    """Relations of a CI (rows of `cmdb.graph.cis.relations`) by title, direction and name."""
    found = []
    for row in rows:
        name = str(row["key"]).split("|")[0]
        kind = relations.get(name)
        title = name.replace("_", " ") if kind is None else kind.title if row["outward"] else kind.inverse
        sources = tuple(sorted({str(claim).partition("|")[2] for claim in row["claims"] or ()}))
        found.append(
            Neighbour(
                *(str(row["key"]), name, title, bool(row["outward"]), str(row["other"]), str(row["other_name"]), str(row["other_class"])),
                *(str(row["other_presence"]), str(row["first_seen_at"] or ""), str(row["last_seen_at"] or ""), sources),
                *("person:edit" in sources, str(row["group"] or ""), str(row["need"] or "")),
            )
        )
    return sorted(found, key=lambda one: (not one.outward, one.title, natural(one.name), one.other))


def natural(text: str) -> list[tuple[int, str]]:
    """A key that puts port 2 before port 10."""
    return [(int(word), "") if word.isdecimal() and len(word) < 20 else (-1, word) for word in re.split(r"(\d+)", text.lower())]


def picture(found: list[Neighbour], table: str) -> Picture | None:
    """The picture, or None when there is nothing to draw. `table` is the address of the relations as a table."""
    sides = [[one for one in found if not one.outward], [one for one in found if one.outward]]
    if not found:
        return None
    rows = max(min(len(side), _MOST) for side in sides)
    height, width = _TOP * 2 + rows * _ROW - (_ROW - _BOX_H), 640
    middle = height // 2
    boxes: list[Box] = []
    for side, x in zip(sides, (8, width - _BOX_W - 8), strict=True):
        boxes += _side(side, x, middle, table)
    return Picture(width, height, (width - _BOX_W) // 2, middle - _BOX_H // 2, tuple(boxes))


def _side(side: list[Neighbour], x: int, middle: int, table: str) -> Iterable[Box]:
    shown = side if len(side) <= _MOST else side[: _MOST - 1]
    named = [(one.name, f"/cis/{one.other}", one.title) for one in shown]
    if len(shown) < len(side):
        named.append((f"{len(side) - len(shown)} more", table, ""))
    start = middle - (len(named) * _ROW - (_ROW - _BOX_H)) // 2
    for place, (name, href, words) in enumerate(named):
        y = start + place * _ROW
        begin, end = (x + _BOX_W, 236) if x < 100 else (x, 404)
        centre = y + _BOX_H // 2
        bend = (begin + end) // 2
        line = f"M{begin} {centre} C{bend} {centre} {bend} {middle} {end} {middle}"
        yield Box(x, y, name if len(name) <= 24 else name[:23] + "…", href, words, line)
