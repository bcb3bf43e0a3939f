"""Why: any value of a CI explained by running the same merge again and showing what it saw."""

from __future__ import annotations

from typing import Any

from cmdb.errors import NotFound
from cmdb.graph import candidates
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from reconciliation.assertions import ONE
from reconciliation.authority import Precedence, Rule, Word, precedence_in_force
from reconciliation.merge import merge
from reconciliation.records import Record, from_row


def records_of(graph: Graph, ci: str) -> list[Record]:
    """All source records of one CI, the newest word first. Raises NotFound."""
    found = candidates.states(graph, [ci]).get(ci)
    if found is None:
        raise NotFound("There is no such configuration item.")
    return sorted((from_row(row) for row in found[1]), key=lambda r: (r.observed_at, r.slot), reverse=True)


def why(graph: Graph, catalogue: Catalogue, ci: str, attribute: str | None = None, *, now: str = "") -> dict[str, Any]:
    """Per attribute: the golden value, whose word it is, the rule, the words that lost; and how each source recognised the CI.

    `attribute` narrows it to one; `now` (ISO text) is the time for age limits and ends. A conflict shows both values and how old each is.
    Raises NotFound for an unknown CI or an attribute nobody spoke of.
    """
    records = records_of(graph, ci)
    at = now or times.to_text(times.now())
    golden, rules = merge(records, catalogue, now=at), precedence_in_force()
    lineage = catalogue.lineage(golden.cls) if golden.cls in catalogue.classes else ()
    names = [attribute] if attribute else list(golden.values)
    values = []
    for name in names:
        words = golden.values.get(name) or golden.values.get(ONE + name)
        if words is None:
            raise NotFound(f"No source said anything about {name}.")
        values.append(_explained(name, words, rules.rule(name, lineage), (rules, at)))
    return {"ci": ci, "class": golden.cls, "values": values, "recognised": [_recognised(r) for r in records]}


def _explained(name: str, words: tuple[Word, ...], rule: Rule, told: tuple[Precedence, str]) -> dict[str, Any]:
    _, at = told
    first = words[0]
    return {
        "attribute": name.removeprefix(ONE),
        "value": first.value,
        **_said(first, at),
        "rule": _rule(words, rule),
        "conflict": len({repr(w.value) for w in words}) > 1,
        "others": [{"value": w.value, **_said(w, at)} for w in words[1:]],
    }


def _said(word: Word, at: str) -> dict[str, Any]:
    days = max(0, (times.from_text(at) - times.from_text(word.at)).days) if word.at else 0
    told = {"actor": word.actor, "reason": word.reason, "until": word.until}
    return {"source": word.source, "observed_at": word.at, "age_days": days, **{k: v for k, v in told.items() if v}}


def _rule(words: tuple[Word, ...], rule: Rule) -> str:
    kind = words[0].source.partition(":")[0]
    if len(words) == 1:
        return "the only source that speaks of it"
    if rule.strategy != "precedence" and kind != "person":
        meaning = {"first": "said first", "last": "said last", "most_common": "said most often", "largest": "the largest"}
        return f"the word that is {meaning[rule.strategy]} counts"
    ages = ", ".join(f"{kind} {days:g} days" for kind, days in sorted(rule.age_days.items()))
    limit = f"; at the latest after {ages}" if ages else ""
    return f"{kind} speaks before the others for this attribute (order: {', '.join(rule.order)}{limit})"


def _recognised(record: Record) -> dict[str, Any]:
    return {
        "source": record.source,
        "subject": record.subject,
        "distrusted": record.distrusted or None,
        "class": record.cls,
        "observed_at": record.observed_at,
        "absent_since": record.absent_at or None,
        "verdict": dict(record.verdict),
        "coverage": {part: {"state": look.state, "at": look.at, "reason": look.reason} for part, look in sorted(record.coverage.items())},
    }
