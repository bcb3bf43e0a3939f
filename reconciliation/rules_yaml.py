"""Pieces of a rule file as plain data. Texts stay as they are written: a serial of digits is no number."""

from __future__ import annotations

from typing import Any

import yaml

from cmdb.model.catalogue.source import Part


def plain(part: Part) -> Any:
    """Mappings, lists, numbers, truth values and texts; identifiers keep every value as text."""
    return _plain(part.node, texts=False)


def _plain(node: yaml.Node, *, texts: bool) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value, texts=texts or key.value in ("identifiers", "exact")) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, texts=texts) for child in node.value]
    tag = node.tag.rpartition(":")[2]
    if texts or tag not in ("int", "float", "bool", "null"):
        return node.value
    if tag == "bool":
        return node.value.lower() in ("true", "yes", "on")
    if tag == "null":
        return None
    try:
        return int(node.value) if tag == "int" else float(node.value)
    except ValueError:
        return node.value


def amount(part: Part, least: float, most: float, *, whole: bool = False) -> float:
    """A number between two others. Raises CatalogueError."""
    value = plain(part)
    right = isinstance(value, int) if whole else isinstance(value, int | float)
    if isinstance(value, bool) or not right or not least <= value <= most:
        part.refuse(f"{part.says} must be a {'whole ' if whole else ''}number from {least:g} to {most:g}")
    return float(value)
