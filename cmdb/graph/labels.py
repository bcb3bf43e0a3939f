"""Give a node another class label. One statement, because that is the only order of steps that both engines accept."""

from __future__ import annotations

import re
from typing import Any, Final, LiteralString

from cmdb.errors import Invalid
from cmdb.graph.door import Tx

_LABEL = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
# The embedded engine keeps a node where its labels say and moves it when they change. Its unique index takes a second move inside one
# transaction for a second node with the same id; without an id in between there is nothing to collide with.
# docs/decisions/2026-11-22-two-engines-one-dialect.md has the measurements.
_RELABEL: Final[LiteralString] = (
    "MATCH (c:CI {id: $id}) WITH c SET c.id = null REMOVE c:BEFORE SET c:AFTER SET c.id = $id RETURN c.id AS id"
)


def relabel(tx: Tx, ci_id: str, before: str, after: str) -> bool:
    """Replace the class label `before` of one CI by `after` (labels of the catalogue, CamelCase). False where there is no such CI.

    Everything else of the node stays: its id, properties and relations. At most once per CI and transaction.
    Raises `Invalid` for a label that is none.
    """
    for label in (before, after):
        if not _LABEL.fullmatch(label):
            raise Invalid(f"{label!r} is no label of the catalogue.", field="class")
    if before == after:
        return bool(tx.run("MATCH (c:CI {id: $id}) RETURN c.id AS id", id=ci_id))
    checked: Any = _RELABEL.replace("BEFORE", before).replace("AFTER", after)
    return bool(tx.run(checked, id=ci_id))
