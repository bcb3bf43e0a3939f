"""Exceptions and attestations of the sample organisation, by the service that people use: two of them, a last day, the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta

from cmdb.compliance import waivers
from cmdb.compliance.waivers import Draft, Waiver
from cmdb.graph import compliance as results
from cmdb.runtime.house import House
from cmdb.sample.risks import ASKS, DECIDES, RISKS, Risk


def accept(house: House, now: datetime) -> None:
    """What is not there yet of it: an interrupted start goes on where it was. A risk that nothing of this sample has is left out."""
    there = {one.reason: one for one in waivers.listed(house.graph)}
    for risk in RISKS:
        asked = there.get(risk.reason) or _asked(house, risk, now)
        if risk.decided and asked is not None and asked.state == "requested":
            when = now - timedelta(days=risk.decided)
            decided = waivers.decide(house.graph, asked.id, by=DECIDES, approve=not risk.refused, why=risk.refused, now=when)
            _note(house, decided, "refuse" if risk.refused else "approve", DECIDES)


def _asked(house: House, risk: Risk, now: datetime) -> Waiver | None:
    draft = _draft(house, risk, now)
    if draft is None:
        return None
    ask = waivers.request if risk.kind == "exception" else waivers.attest
    made = ask(house.graph, draft, by=ASKS, now=now - timedelta(days=risk.asked))
    _note(house, made, "request" if risk.kind == "exception" else "add", ASKS)
    return made


def _draft(house: House, risk: Risk, now: datetime) -> Draft | None:
    until = (now + timedelta(days=risk.until)).date().isoformat()
    if risk.group:
        return Draft(risk.policy, risk.reason, until, control=risk.control, **risk.group)
    place = (f"{risk.policy}|{risk.state}",)
    found: list[tuple[str, str]] = []
    for ownership in risk.ownership:
        rows = results.listed(house.graph, place, {"ownership": ownership}, after=("", ""), limit=risk.number + 1)
        found += [(str(row["name_lower"]), str(row["ci"])) for row in rows]
    chosen = sorted(found)[risk.number : risk.number + 1]
    return Draft(risk.policy, risk.reason, until, control=risk.control, ci=chosen[0][1]) if chosen else None


def _note(house: House, one: Waiver, action: str, who: str) -> None:
    detail = {"policy": one.policy, "scope": one.scope, "until": one.until, "state": one.state, "by": "sample"}
    house.ledger.audit.write(who, f"{one.kind}.{action}", one.id, detail)
