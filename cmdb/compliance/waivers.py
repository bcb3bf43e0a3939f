"""Exceptions and attestations: who accepted which risk until when, and what owners of personal devices answer for.

An exception lies over a failure: the result stays *fail* and is shown as *fail, excepted*; its end reopens the failure and says so.
An attestation is the word of the owner of a personal device that nothing can look into: weaker than evidence, dated, and never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from cmdb.compliance.chosen import active
from cmdb.compliance.policy import Policy
from cmdb.compliance.truth import facts_of
from cmdb.errors import Conflict, Invalid, NotAllowed
from cmdb.graph import compliance as results
from cmdb.graph import waivers as store
from cmdb.graph.door import Graph, Row
from cmdb.model import times
from cmdb.model.ids import uuid7

LONGEST = timedelta(days=365)
LONGEST_ATTESTED = timedelta(days=90)
STATES = ("requested", "in_force", "refused", "withdrawn", "expired")
GROUP = ("ownership", "site", "team", "cls")
ATTESTED = ("personal", "unknown", "")
"""Declared ownership of which an owner's word counts: what nobody has claimed yet is treated as a personal device."""
_REGISTER = ("asset.", "agent.", "network.", "software.required_list")
"""Facts the register itself knows: an owner's word changes none of them."""
_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Waiver:
    """One exception or attestation. Scope: one endpoint (`ci`), or all of a group (`ownership`, `site`, `team`, `cls`; empty: any)."""

    id: str
    kind: str
    policy: str
    state: str
    reason: str
    until: str
    requested_by: str
    requested_at: str
    control: str = ""
    ci: str = ""
    name: str = ""
    ownership: str = ""
    site: str = ""
    team: str = ""
    cls: str = ""
    decided_by: str = ""
    decided_at: str = ""
    ended_at: str = ""
    ended_by: str = ""
    ended_why: str = ""
    rev: int = 1

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Waiver:
        """From a row of the graph."""
        return cls(**{name: row[name] for name in cls.__slots__ if row.get(name) is not None})

    @property
    def scope(self) -> str:
        """Whom it is about, in words."""
        if self.ci:
            return self.name or self.ci
        parts = [f"{'class' if name == 'cls' else name} {getattr(self, name)}" for name in GROUP if getattr(self, name)]
        return "all endpoints with " + ", ".join(parts)

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Whether it is about this result (ci, policy, declared, site, team, cls)."""
        if row["policy"] != self.policy:
            return False
        if self.ci:
            return bool(row.get("ci") == self.ci)
        own = {"ownership": "declared", "site": "site", "team": "team", "cls": "cls"}
        return all(not getattr(self, name) or row.get(key) == getattr(self, name) for name, key in own.items())

    def to_json(self) -> dict[str, Any]:
        """As the API and the bundle show it."""
        return {**asdict(self), "scope": self.scope}


def answerable(policy: Policy) -> bool:
    """Whether an owner can answer for it: it asks something of the device, not of the register alone."""
    return any(not name.startswith(_REGISTER) for name in facts_of(policy.require))


@dataclass(frozen=True, slots=True)
class Draft:
    """What is asked for. `until` is an ISO day; either `ci` or at least one of the group's words."""

    policy: str
    reason: str
    until: str
    control: str = ""
    ci: str = ""
    ownership: str = ""
    site: str = ""
    team: str = ""
    cls: str = ""


def _day(text: str, today: date, longest: timedelta) -> str:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid("until must be a day, e.g. 2027-03-31.", field="until") from error
    if day <= today:
        raise Invalid("until must be after today.", field="until")
    if day - today > longest:
        raise Invalid(f"until is more than {longest.days} days away; ask for a shorter time and renew it.", field="until")
    return day.isoformat()


def _text(given: str, field: str, least: int) -> str:
    text = given.strip()
    if not least <= len(text) <= _TEXT:
        raise Invalid(f"{field} needs between {least} and {_TEXT} characters: an auditor reads it.", field=field)
    return text


def _scope(graph: Graph, draft: Draft) -> dict[str, Any]:
    group = {name: getattr(draft, name).strip() for name in GROUP}
    if bool(draft.ci) == any(group.values()):
        raise Invalid("Give either one endpoint or a group (ownership, site, team, class), not both.", field="ci")
    if not any(draft.policy == one.id for one in active(graph)) and not results.counts_of(graph, draft.policy):
        raise Invalid("There is no such policy.", field="policy")
    if not draft.ci:
        return {**group, "ci": "", "name": ""}
    row = next((one for one in results.current(graph, [draft.ci]) if one["policy"] == draft.policy), None)
    if row is None:
        raise Invalid("That policy has not judged this endpoint.", field="ci")
    return {**dict.fromkeys(GROUP, ""), "ci": draft.ci, "name": str(row["name"]), "declared": str(row["declared"])}


def request(graph: Graph, draft: Draft, *, by: str, now: datetime | None = None) -> Waiver:
    """Ask for an exception; it counts when somebody else has approved it. Raises Invalid naming the field."""
    when = now or times.now()
    scope = _scope(graph, draft)
    scope.pop("declared", "")
    made = Waiver(
        id=uuid7(),
        kind="exception",
        policy=draft.policy,
        state="requested",
        reason=_text(draft.reason, "reason", 10),
        control=_text(draft.control, "control", 5),
        until=_day(draft.until, when.date(), LONGEST),
        requested_by=by,
        requested_at=times.to_text(when),
    )
    made = replace(made, **scope)
    store.add(graph, asdict(made))
    return made


def attest(graph: Graph, draft: Draft, *, by: str, now: datetime | None = None) -> Waiver:
    """Note what the owner of a personal device says. Raises Invalid, also where the device is not personal."""
    when = now or times.now()
    if not draft.ci:
        raise Invalid("An attestation is about one endpoint.", field="ci")
    scope = _scope(graph, draft)
    if scope.pop("declared", "") not in ATTESTED:
        raise Invalid(
            "Only a personal device, or one of unknown ownership, can be attested; of any other there must be evidence.", field="ci"
        )
    if not all(answerable(one) for one in active(graph) if one.id == draft.policy):
        raise Invalid("The register answers that, not who owns the device.", field="policy")
    at = times.to_text(when)
    made = Waiver(
        id=uuid7(),
        kind="attestation",
        policy=draft.policy,
        state="in_force",
        reason=_text(draft.reason, "reason", 10),
        until=_day(draft.until, when.date(), LONGEST_ATTESTED),
        requested_by=by,
        requested_at=at,
        decided_by=by,
        decided_at=at,
    )
    made = replace(made, **scope)
    store.add(graph, asdict(made))
    return made


def decide(graph: Graph, waiver: str, *, by: str, approve: bool, why: str = "", now: datetime | None = None) -> Waiver:
    """Approve or refuse a requested exception. Raises NotAllowed for who asked for it, Invalid, NotFound, Conflict."""
    when = now or times.now()
    found = Waiver.of(store.get(graph, waiver))
    if found.state != "requested":
        raise Conflict(f"This is {found.state.replace('_', ' ')} already.")
    if by.strip().casefold() == found.requested_by.strip().casefold():
        raise NotAllowed("Who asks for an exception cannot approve or refuse it; somebody else must.")
    at = times.to_text(when)
    if approve:
        _day(found.until, when.date(), LONGEST)
        props = {"state": "in_force", "decided_by": by, "decided_at": at}
    else:
        ended = {"ended_at": at, "ended_by": by, "ended_why": _text(why, "why", 3)}
        props = {"state": "refused", "decided_by": by, "decided_at": at, **ended}
    store.move(graph, waiver, ("requested",), props)
    return Waiver.of(store.get(graph, waiver))


def withdraw(graph: Graph, waiver: str, *, by: str, why: str, now: datetime | None = None) -> Waiver:
    """End it before its last day. Raises Invalid, NotFound, Conflict."""
    props = {"state": "withdrawn", "ended_at": times.to_text(now or times.now()), "ended_by": by, "ended_why": _text(why, "why", 3)}
    store.get(graph, waiver)
    store.move(graph, waiver, ("requested", "in_force"), props)
    return Waiver.of(store.get(graph, waiver))


def expire(graph: Graph, now: datetime | None = None) -> list[Waiver]:
    """End those past their last day, and give them, so that it can be told: what they covered is an open failure again."""
    when = now or times.now()
    ended = []
    for waiver in store.past_day(graph, when.date().isoformat()):
        props = {"state": "expired", "ended_at": times.to_text(when), "ended_by": "time", "ended_why": "its last day is over"}
        try:
            store.move(graph, waiver, ("in_force",), props)
        except Conflict:
            continue  # somebody ended it meanwhile
        ended.append(Waiver.of(store.get(graph, waiver)))
    return ended


def listed(graph: Graph, kind: str = "", *, state: str = "", policy: str = "", ci: str = "") -> list[Waiver]:
    """Exceptions or attestations (empty: both), the newest first."""
    if state and state not in STATES:
        raise Invalid(f"state is {state[:20]!r}; use one of {', '.join(STATES)}.", field="state")
    return [Waiver.of(row) for row in store.in_state(graph, (state,) if state else STATES, kind=kind, policy=policy, ci=ci)]


@dataclass(frozen=True, slots=True)
class Overlay:
    """What lies over results at one moment."""

    waivers: tuple[Waiver, ...] = ()

    def over(self, row: Mapping[str, Any]) -> Waiver | None:
        """The exception over a failure, or the attestation over an unknown; None where there is none.

        Of a device that was claimed as corporate or on loan an owner's word from before counts no more: of such there must be evidence.
        """
        kind = {"fail": "exception", "unknown": "attestation"}.get(str(row["state"]), "")
        if kind == "attestation" and row["declared"] not in ATTESTED:
            return None
        return next((one for one in self.waivers if one.kind == kind and one.covers(row)), None) if kind else None


def overlay(graph: Graph, *, policy: str = "", at: datetime | None = None) -> Overlay:
    """What is in force now (past their last day they do not count even before somebody has noted it), or was at that time."""
    moment = times.to_text(at or times.now())
    rows = store.as_of(graph, moment) if at else store.in_state(graph, ("in_force",), policy=policy)
    return Overlay(tuple(Waiver.of(row) for row in rows if row["until"] >= moment[:10]))


def excepted(graph: Graph, counts: Iterable[Row], over: Overlay, where: Mapping[str, str]) -> dict[str, int]:
    """policy → how many failures are excepted, from kept counts (rows of `cmdb.graph.compliance.counts`) narrowed by `where` already."""
    groups = [one for one in over.waivers if one.kind == "exception" and not one.ci]
    single = {f"{one.ci}|{one.policy}" for one in over.waivers if one.kind == "exception" and one.ci}
    found: dict[str, int] = {}
    for row in counts:
        if row["state"] == "fail" and any(one.covers({**row, "declared": row["ownership"]}) for one in groups):
            found[row["policy"]] = found.get(row["policy"], 0) + int(row["n"])
    for row in store.failing(graph, single) if single else ():
        here = all(row["declared" if name == "ownership" else name] == value for name, value in where.items())
        if here and not any(one.covers(row) for one in groups):
            found[row["policy"]] = found.get(row["policy"], 0) + 1
    return found
