"""JSON within bounds: counted before it is parsed, so that a body of brackets cannot become gigabytes of lists."""

from __future__ import annotations

from typing import Any

import orjson

from cmdb.errors import Invalid

MAX_CONTAINERS = 300_000
MAX_VALUES = 1_000_000
MAX_DEPTH = 32


def read_json(data: bytes) -> dict[str, Any]:
    """The object in clean UTF-8 (`text.to_utf8`). Raises Invalid for what is no JSON object or is out of bounds."""
    if data.count(b"{") + data.count(b"[") > MAX_CONTAINERS or data.count(b",") > MAX_VALUES:
        raise Invalid("The JSON has more values than an inventory can have.", field="body")
    try:
        tree = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if error.lineno else "at its end"
        raise Invalid(f"The JSON cannot be read ({where}).", field="body") from None
    if not isinstance(tree, dict):
        raise Invalid("The JSON must be an object; an agent sends {…}.", field="body")
    _check_depth(tree)
    return tree


def _check_depth(tree: dict[str, Any]) -> None:
    level: list[Any] = [tree]
    for _ in range(MAX_DEPTH):
        level = [
            child for node in level for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise Invalid(f"The JSON is nested deeper than {MAX_DEPTH} levels.", field="body")
