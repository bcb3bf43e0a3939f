"""What is told late of relations and presence: an older look changes nothing that is so now, but the past. Reads the history where needed.

A source keeps the newest sighting and the newest complete look only. An older look that arrives now is kept as events of kind
`late_relation` and `late_presence`: from its time until the next look of that source that is remembered, the thing was there, or was not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cmdb.graph import candidates, cis
from cmdb.graph.door import Graph, Row
from cmdb.inventory import past
from cmdb.inventory.look_back import Events, events_of
from cmdb.inventory.moment import Moment
from cmdb.model.change import Change
from cmdb.model.observation import Value
from reconciliation.ageing import patient_until
from reconciliation.assertions import Assertions, Spot, relation_key
from reconciliation.draft import Draft
from reconciliation.records import Claim, Record


@dataclass(frozen=True, slots=True)
class Turn:
    """Seen by `root`: from the look's time until `until`, the relation (its key) or the part (its id) was there, or was not."""

    root: str
    about: str
    there: bool
    until: str

    @property
    def of_relation(self) -> bool:
        """Else of the presence of a CI."""
        return "|" in self.about

    @property
    def ci(self) -> str:
        """The CI whose history is asked: the part, or the source end of the relation."""
        return self.about.split("|")[1] if self.of_relation else self.about


def plan_late_turns(graph: Graph, draft: Draft, said: Assertions, new_ids: set[str]) -> None:
    """Add what was told late to the draft. Costs no statement where nothing is late, else four."""
    turns = {turn.about: turn for spot in sorted(said.touched()) for turn in _turns(draft, said, spot)}
    if not turns:
        return
    moment = Moment(draft.at)
    involved = {turn.ci for turn in turns.values()} | {turn.root for turn in turns.values()}
    rows, events = cis.many(graph, involved - new_ids), events_of(graph, involved - new_ids, moment)
    related: dict[str, Row] = {
        str(row["key"]): row["properties"] for row in candidates.relations(graph, {t.about for t in turns.values() if t.of_relation})
    }
    for about in sorted(turns):
        turn = _shortened(turns[about], events, draft.at)
        if not turn.there and not _alone(turn, rows.get(turn.ci), related.get(about), draft.source):
            continue
        if _known(turn, rows, related, events, moment) != turn.there or (not turn.there and not _was(turn.root, rows, events, moment)):
            draft.changes.append(_change(draft, turn, rows))


def _shortened(turn: Turn, events: Events, at: str) -> Turn:
    """A later look may have begun what an earlier one had not seen."""
    key = turn.about if turn.of_relation else relation_key("part_of", turn.about, turn.root)
    between = [when for when in past.absent_before(key, events.get(turn.root, [])) if at < when < turn.until] if turn.there else []
    return replace(turn, until=between[0]) if between else turn


def _turns(draft: Draft, said: Assertions, spot: Spot) -> Iterator[Turn]:
    ci, subject = spot
    record = draft.after.get(ci, {}).get(f"{draft.source}|{subject}")
    if record is None or record.observed_at <= draft.at or record.distrusted:
        return
    relations, children = said.relations.get(spot, {}), said.children.get(spot, {})
    for key, claim in relations.items():
        if until := _until(record, claim.part, record.relations.get(key), draft.at):
            yield Turn(ci, key, True, until)
    for child, part in children.items():
        if until := _until(record, part, record.children.get(child), draft.at):
            yield Turn(ci, child, True, until)
    looked = {part for part, state, _ in said.coverage.get(spot, ()) if state == "complete" and patient_until(part, draft.at) == draft.at}
    claims: list[tuple[str, Claim]] = [(k, c) for k, c in record.relations.items() if k not in relations]
    claims += [(k, c) for k, c in record.children.items() if k not in children]
    yield from (Turn(ci, about, False, claim.at) for about, claim in claims if claim.part in looked and claim.at > draft.at)


def _until(record: Record, part: str, kept: Claim | None, at: str) -> str:
    """The next look that is remembered: a later sighting, or the newest complete look, where that one ends it."""
    look = record.coverage.get(part)
    ends = look.complete_at if look is not None and look.complete_at > patient_until(part, at) else ""
    return min((when for when in (kept.at if kept else "", ends) if when > at), default="")


def _alone(turn: Turn, row: Row | None, related: Row | None, source: str) -> bool:
    """Whether nobody else speaks of it: one source that does not see it says nothing against another that may have."""
    if turn.of_relation:
        return related is not None and {str(claim).split("|")[-1] for claim in related.get("claims") or ()} <= {source}
    return row is not None and set(row.get("sources") or ()) <= {source}


def _was(ci: str, rows: Mapping[str, Row], events: Events, moment: Moment) -> bool:
    return ci in rows and past.state(rows[ci], events.get(ci, []), moment) is not None


def _known(turn: Turn, rows: Mapping[str, Row], related: Mapping[str, Row], events: Events, moment: Moment) -> bool:
    """What the history says of that time so far."""
    line = events.get(turn.ci, [])
    if turn.of_relation:
        return past.relation_there(turn.about, related.get(turn.about), line, moment)
    found = past.state(rows[turn.ci], line, moment) if turn.ci in rows else None
    return found is not None and found["presence"] == "present"


def _change(draft: Draft, turn: Turn, rows: Mapping[str, Row]) -> Change:
    row = rows.get(turn.ci, {})
    cls, name = draft.classes.get(turn.ci) or str(row.get("class", "")), draft.names.get(turn.ci) or str(row.get("display_name", ""))
    details: dict[str, tuple[Value, Value]] = {"there": (None, turn.there), "until": (None, turn.until)}
    if not turn.of_relation:
        return Change(past.LATE_PRESENCE, turn.ci, cls, name, source=draft.source, reason=_words(turn), details=details)
    kind, source, target = turn.about.split("|")
    before, after = (None, target) if turn.there else (target, None)
    return Change(past.LATE_RELATION, source, cls, name, kind, before, after, draft.source, _words(turn), details)


def _words(turn: Turn) -> str:
    return f"{'there' if turn.there else 'not there'} until the next look, {turn.until}"
