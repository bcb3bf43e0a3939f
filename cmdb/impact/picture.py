"""The answer as a picture: layers from what was chosen outwards, many alike folded into one box. Pure; the page draws it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

MOST = 300
_COLUMN, _ROW, _W, _H, _EDGE = 250, 46, 190, 34, 12
_LISTS = (("down", "down"), ("loses_redundancy", "redundancy"), ("degraded", "degraded"), ("needs", "needed"))


@dataclass(frozen=True, slots=True)
class Box:
    """One box: a CI, or several alike (`count` > 1; `key` expands them). `parts` of it are hit with it and have no box of their own."""

    x: int
    y: int
    ci: str
    name: str
    cls: str
    state: str
    count: int
    key: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and the lines between them (x1, y1, x2, y2), in a field of this size. `hidden` CIs found no place."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    hidden: int = 0
    box_width: int = _W
    box_height: int = _H


@dataclass(frozen=True, slots=True)
class _Item:
    ci: str
    name: str
    cls: str
    state: str
    depth: int
    parent: str
    parts: int = 0

    @property
    def key(self) -> str:
        return f"{self.depth}.{self.cls}.{self.state}"


def draw(answer: Mapping[str, Any], expanded: Collection[str] = ()) -> Picture | None:
    """The picture of an answer; None where there is nothing to draw. Groups of more than ten alike are folded unless `expanded`."""
    items = _items(answer)
    if not items:
        return None
    boxes = _boxes(items, 10, expanded)
    for fold in (3, 0):
        if len(boxes) > MOST:
            boxes = _boxes(items, fold, expanded if fold else ())
    kept = list(islice(boxes.items(), MOST))
    return _placed(kept, items, hidden=sum(len(group) for group in boxes.values()) - sum(len(group) for _, group in kept))


def _items(answer: Mapping[str, Any]) -> dict[str, _Item]:
    single = {row["ci"] for row in answer.get("single_points", ())}
    found = {row["ci"]: _Item(row["ci"], row["name"], row["class"], "chosen", 0, "") for row in answer["cis"]}
    rows = [(row, "single" if row["ci"] in single else state) for part, state in _LISTS for row in answer.get(part, ())]
    listed = found.keys() | {row["ci"] for row, _ in rows}
    inside = {row["ci"]: row["part_of"]["ci"] for row, _ in rows if row.get("part_of") and row["part_of"]["ci"] in listed}
    inside = {part: whole for part, whole in inside.items() if part not in found}
    parts = Counter(inside.values())
    for row, shown in rows:
        if row["ci"] not in inside:
            parent = next((ci for ci in _upwards(row, inside) if ci != row["ci"]), "")
            item = _Item(row["ci"], row["name"], row["class"], shown, row["depth"], parent)
            found.setdefault(row["ci"], item)
    return {ci: replace(item, parts=parts[ci]) for ci, item in found.items()}


def _upwards(row: Mapping[str, Any], inside: Mapping[str, str]) -> Iterator[str]:
    """What the row fell by, nearest first; a port stands for its device."""
    return (inside.get(step["ci"], step["ci"]) for step in row["because"][1:])


def _boxes(items: Mapping[str, _Item], fold: int, expanded: Collection[str]) -> dict[str, list[_Item]]:
    alike: dict[str, list[_Item]] = {}
    for item in sorted(items.values(), key=lambda i: (i.depth, i.state, i.cls, i.name.lower(), i.ci)):
        alike.setdefault(item.key, []).append(item)
    found: dict[str, list[_Item]] = {}
    for key, group in alike.items():
        if len(group) > fold and len(group) > 1 and key not in expanded and group[0].state != "chosen":
            found[key] = group
        else:
            found |= {item.ci: [item] for item in group}
    return found


def _placed(kept: list[tuple[str, list[_Item]]], items: Mapping[str, _Item], *, hidden: int) -> Picture:
    columns: dict[int, int] = {}
    layers = {depth: place for place, depth in enumerate(sorted({group[0].depth for _, group in kept}))}
    boxes: list[Box] = []
    at: dict[str, Box] = {}
    for key, group in kept:
        first, layer = group[0], layers[group[0].depth]
        row = columns.get(layer, 0)
        columns[layer] = row + 1
        many = len(group) > 1
        place = (_EDGE + layer * _COLUMN, _EDGE + row * _ROW)
        name, folded = ("", key) if many else (first.name, "")
        parts = sum(item.parts for item in group)
        box = Box(*place, "" if many else first.ci, name, first.cls, first.state, len(group), folded, parts)
        boxes.append(box)
        at |= {item.ci: box for item in group}
    lines = {
        (at[item.parent].x + _W, at[item.parent].y + _H // 2, at[ci].x, at[ci].y + _H // 2)
        for ci, item in items.items()
        if ci in at and item.parent in at and at[item.parent] != at[ci]
    }
    width, height = len(layers) * _COLUMN - (_COLUMN - _W) + 2 * _EDGE, max(columns.values()) * _ROW + 2 * _EDGE
    return Picture(width, height, tuple(boxes), tuple(sorted(lines)), hidden)
