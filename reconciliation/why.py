"""Why: any value of a CI explained by running the same merge again and showing what it saw."""

from __future__ import annotations

from typing import Any

from cmdb.errors import NotFound
from cmdb.graph import candidates
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from reconciliation.assertions import ONE
from reconciliation.merge import merge, shipped_precedence
from reconciliation.records import Record, from_row


def records_of(graph: Graph, ci: str) -> list[Record]:
    """All source records of one CI, the newest word first. Raises NotFound."""
    found = candidates.states(graph, [ci]).get(ci)
    if found is None:
        raise NotFound("There is no such configuration item.")
    return sorted((from_row(row) for row in found[1]), key=lambda r: (r.observed_at, r.source), reverse=True)


def why(graph: Graph, catalogue: Catalogue, ci: str, attribute: str | None = None) -> dict[str, Any]:
    """Per attribute: the golden value, whose word it is, the rule, the words that lost; and how each source recognised the CI.

    `attribute` narrows it to one. Raises NotFound for an unknown CI or an attribute nobody spoke of.
    """
    records = records_of(graph, ci)
    golden = merge(records, catalogue)
    rules = shipped_precedence()
    names = [attribute] if attribute else list(golden.values)
    values = []
    for name in names:
        words = golden.values.get(name) or golden.values.get(ONE + name)
        if words is None:
            raise NotFound(f"No source said anything about {name}.")
        order = rules.attributes.get(name, rules.default)
        values.append(
            {
                "attribute": name.removeprefix(ONE),
                "value": words[0].value,
                "source": words[0].source,
                "observed_at": words[0].at,
                "rule": _rule(words[0].source, order, len(words)),
                "conflict": len({repr(w.value) for w in words}) > 1,
                "others": [{"value": w.value, "source": w.source, "observed_at": w.at} for w in words[1:]],
            }
        )
    return {"ci": ci, "class": golden.cls, "values": values, "recognised": [_recognised(r) for r in records]}


def _rule(source: str, order: tuple[str, ...], count: int) -> str:
    kind = source.partition(":")[0]
    if count == 1:
        return "the only source that speaks of it"
    return f"{kind} speaks before the others for this attribute (order: {', '.join(order)})"


def _recognised(record: Record) -> dict[str, Any]:
    return {
        "source": record.source,
        "class": record.cls,
        "observed_at": record.observed_at,
        "absent_since": record.absent_at or None,
        "verdict": dict(record.verdict),
        "coverage": {part: {"state": look.state, "at": look.at, "reason": look.reason} for part, look in sorted(record.coverage.items())},
    }
