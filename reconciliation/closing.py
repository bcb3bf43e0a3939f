"""Closing a question that nobody needs to answer any more: it says why, and by whom it was closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmdb.errors import Conflict
from cmdb.graph import review_writes
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.change import Change

SELF = "moorings"
"""Who closes a question that settled itself."""


def closed_itself(
    graph: Graph, asked: Mapping[str, Any], answer: str, rule: str, *, ci: str = "", decided: str = "", listed: bool = False
) -> list[Change]:
    """Close an open question with the reason `rule`; returns the Change that tells of it, none where a person was faster.

    `ci`: whose history tells of it. `listed`: it stays in the list of open ones until `review_writes.unlist`, so that whoever stops in
    between is noticed.
    """
    at = times.to_text(times.now())
    how = {"answer": answer, "decided": decided, "by": SELF, "reason": rule, "at": at}
    try:
        review_writes.close(graph, str(asked["id"]), **how, state="solved", listed=listed)
    except Conflict:
        return []
    return [Change("review_closed", ci, str(asked["class"]), str(asked["title"]), source=str(asked["source"]), reason=rule)]
