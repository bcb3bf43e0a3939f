"""What is told late of relations and presence: an older look changes nothing that is so now, but the past. Reads the history where needed.

A source keeps the newest sighting and the newest complete look only. An older look that arrives now is kept as events of kind
`late_relation` and `late_presence`: from its time until the next look of that source that is remembered, the thing was there, or was not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cmdb.graph import candidates, cis
from cmdb.graph.door import Graph, Row
from cmdb.inventory import past
from cmdb.inventory.look_back import Events, events_of
from cmdb.inventory.moment import Moment
from cmdb.model.change import Change
from cmdb.model.observation import Value
from reconciliation.ageing import patient_until
from reconciliation.assertions import ONE, Assertions, Spot, relation_key
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


@dataclass(frozen=True, slots=True)
class One:
    """A relation of a kind of which there is at most one, told late: its target ("" for none), and until the next word, of `after`."""

    ci: str
    kind: str
    target: str
    after: str
    until: str

    @property
    def keys(self) -> set[str]:
        """Of the relation that was said, and of that which was said next."""
        return {relation_key(self.kind, self.ci, end) for end in (self.target, self.after) if end}


def plan_late_turns(graph: Graph, draft: Draft, said: Assertions, new_ids: set[str]) -> None:
    """Add what was told late to the draft. Costs no statement where nothing is late, else four."""
    turns = {turn.about: turn for spot in sorted(said.touched()) for turn in _turns(draft, said, spot)}
    only = [one for spot in sorted(said.attributes) for one in _only_ones(draft, said, spot)]
    if not turns and not only:
        return
    moment = Moment(draft.at)
    involved = {turn.ci for turn in turns.values()} | {turn.root for turn in turns.values()} | {one.ci for one in only}
    rows, events = cis.many(graph, involved - new_ids), events_of(graph, involved - new_ids, moment)
    wanted = {t.about for t in turns.values() if t.of_relation} | {key for one in only for key in one.keys}
    related: dict[str, Row] = {str(row["key"]): row["properties"] for row in candidates.relations(graph, wanted)}
    for about in sorted(turns):
        turn = _shortened(turns[about], events, draft.at)
        if not turn.there and not _alone(turn, rows.get(turn.ci), related.get(about), draft.source):
            continue
        if _known(turn, rows, related, events, moment) != turn.there or (not turn.there and not _was(turn.root, rows, events, moment)):
            draft.changes.append(_change(draft, turn, rows))
    told = (turn for one in only if one.ci in rows for turn in _of_one(one, rows[one.ci], events.get(one.ci, []), draft.at))
    for turn in told:
        if _known(turn, rows, related, events, moment) != turn.there:
            draft.changes.append(_change(draft, turn, rows))


def _only_ones(draft: Draft, said: Assertions, spot: Spot) -> Iterator[One]:
    """Owners, places and the like that this source has spoken of since, and no other source at all."""
    ci, subject = spot
    record = draft.after.get(ci, {}).get(f"{draft.source}|{subject}")
    for attribute, target in said.attributes[spot].items():
        kept = record.attributes.get(attribute) if record is not None and not record.distrusted else None
        if not attribute.startswith(ONE) or kept is None or kept[1] <= draft.at:
            continue
        speakers = {r.source for r in draft.after[ci].values() if attribute in r.attributes}
        if speakers == {draft.source}:
            yield One(ci, attribute.removeprefix(ONE), str(target or ""), str(kept[0] or ""), kept[1])


def _of_one(one: One, row: Row, line: Sequence[Mapping[str, Any]], at: str) -> Iterator[Turn]:
    """The one that was said was there until the next word, and none of those that are there now or in the history."""
    changes = [(str(e["at"]), c) for e in line for c in e["changes"] if c.get("attribute") == one.kind and c["ci"] == one.ci]
    until = min(when for when in (one.until, past.born_at(row), *(when for when, _ in changes)) if when > at)
    mine = relation_key(one.kind, one.ci, one.target)
    for key in sorted({*(past.key_of(c) for _, c in changes), *one.keys}):
        yield Turn(one.ci, key, key == mine, until)


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
