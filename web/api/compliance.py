"""`/api/v1/compliance`: counts per policy, endpoints by result, one endpoint with its evidence."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.compliance import kept_days, past, report
from cmdb.compliance.failing import failing_of
from cmdb.compliance.hindsight import Hindsight, known_from, with_hindsight
from cmdb.errors import NotFound
from cmdb.graph import cis
from cmdb.inventory.moment import time_of
from cmdb.model import times
from cmdb.model.times import from_text
from web.api.paging import ListQuery, list_of, listing
from web.api.security import api_blueprint
from web.api.shapes import CiPath
from web.auth.permissions import Permission, needs
from web.frame.looks import looked_at
from web.services import services

api = api_blueprint("compliance", "What is proven of every endpoint.")
State = Literal["pass", "fail", "unknown", "not_applicable", "error"]
KNOWN = "With as_of: what that result would be, had what was learned until then been known; a time with zone, or a day (its end)."
LATER = "As known at known_at; null where that was not asked."
Severity = Literal["high", "medium", "low"]
Ownership = Literal["corporate", "loaned", "personal", "unknown"]


class Narrowing(BaseModel):
    """Which endpoints are counted."""

    model_config = ConfigDict(extra="forbid")

    ownership: Ownership | None = Field(default=None, description="Declared ownership; unknown counts as personal in severity and privacy.")
    site: str | None = Field(default=None, max_length=200, description="Name of the site.")
    team: str | None = Field(default=None, max_length=200, description="Name of the team.")
    cls: str | None = Field(default=None, alias="class", max_length=60, description="Class of the endpoint.")
    severity: Severity | None = Field(default=None, description="Only results that are so grave for their ownership.")
    as_of: str | None = Field(default=None, max_length=40, description="As it was then: a time with zone, or a day (its end).")


class TrendQuery(Narrowing):
    """Which days of what."""

    policy: str = Field(default="", max_length=80, description="Of this policy; empty: all together.")
    days: int = Field(default=90, ge=1, le=1100, description="How many days back.")


class TrendDay(BaseModel):
    """The counts of one day."""

    day: str = Field(description="The day.")
    states: dict[str, int] = Field(description="Results by state.")
    share: float | None = Field(description="pass / (pass + fail + unknown); null where nobody is asked.")


class Trend(BaseModel):
    """Counts day by day."""

    items: list[TrendDay] = Field(description="The oldest day first.")
    repairs: int | None = Field(description="Failures repaired in the last 180 days; null without a policy.")
    mean_hours_to_repair: float | None = Field(description="How long they lasted; null where none was repaired.")


class PolicyCounts(BaseModel):
    """One policy's results."""

    policy: str = Field(description="Its id.")
    title: str = Field(description="Its title.")
    version: str = Field(description="Its version and the digest of its text.")
    states: dict[str, int] = Field(description="Results by state.")
    reasons: dict[str, int] = Field(description="Unknown results by reason.")
    share: float | None = Field(description="pass / (pass + fail + unknown); null where nobody is asked.")


class ComplianceOverview(BaseModel):
    """Counts of every policy."""

    endpoints: int = Field(description="How many endpoints these are.")
    states: dict[str, int] = Field(description="All results by state.")
    share: float | None = Field(description="pass / (pass + fail + unknown) over all policies.")
    confirmed_at: str | None = Field(description="When every result was last confirmed.")
    policies: list[PolicyCounts] = Field(description="Each policy.")


class EndpointsQuery(ListQuery):
    """Which results."""

    policy: str = Field(min_length=1, max_length=80, description="Id of the policy.")
    state: State | None = Field(default=None, description="Only this state.")
    reason: str | None = Field(default=None, max_length=40, description="Only unknown for this reason.")
    ownership: Ownership | None = Field(default=None, description="Declared ownership.")
    site: str | None = Field(default=None, max_length=200, description="Name of the site.")
    team: str | None = Field(default=None, max_length=200, description="Name of the team.")
    cls: str | None = Field(default=None, alias="class", max_length=60, description="Class of the endpoint.")
    severity: Severity | None = Field(default=None, description="Only results that are so grave for their ownership.")
    as_of: str | None = Field(default=None, max_length=40, description="As it was then: a time with zone, or a day (its end).")
    known_at: str | None = Field(default=None, max_length=40, description=KNOWN)


class Later(BaseModel):
    """The result in the light of what was learned later."""

    state: State = Field(description="What the policy of that day says with it.")
    reason: str = Field(description="Why it is unknown.")
    learned: list[dict[str, Any]] = Field(description="Facts of that time learned after it: fact, value, at, source, learned_at.")
    judged: bool = Field(description="False: what was learned is part of a fact that is worked out, and the result was not judged again.")


class EndpointResult(BaseModel):
    """One policy on one endpoint."""

    ci: str = Field(description="The endpoint's id.")
    name: str = Field(description="Its name.")
    cls: str = Field(serialization_alias="class", description="Its class.")
    policy: str = Field(description="Id of the policy.")
    version: str = Field(description="Version and digest of the policy's text.")
    state: State = Field(description="pass, fail, unknown, not_applicable or error.")
    reason: str = Field(description="Why it is unknown.")
    severity: str = Field(description="How grave a failure is for this ownership.")
    since: str = Field(description="Since when it is so.")
    ownership: str = Field(description="corporate, loaned, personal or unknown.")
    site: str = Field(description="Its site.")
    team: str = Field(description="Its team.")
    evidence: list[dict[str, Any]] = Field(description="The facts it rests on: value, at, source, or why unknown.")
    excepted_until: str | None = Field(description="Until when somebody accepted the failure; null: nobody did.")
    attested_until: str | None = Field(description="Until when the owner answers for what is unknown; null: nobody does.")
    hindsight: Later | None = Field(default=None, description=LATER)

    @classmethod
    def of(cls, row: dict[str, Any]) -> EndpointResult:
        """From a row of the graph."""
        same = ("ci", "name", "cls", "policy", "state", "reason", "severity", "since", "site", "team")
        over = row.get("waiver")
        return cls(
            excepted_until=over.until if over and over.kind == "exception" else None,
            attested_until=over.until if over and over.kind == "attestation" else None,
            version=row["edition"],
            ownership=row["declared"],
            evidence=json.loads(row["evidence"]),
            hindsight=later(row),
            **{name: row[name] for name in same},
        )


class EndpointQuery(BaseModel):
    """As of when."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(
        default=None,
        pattern=r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$",
        description="What it was at that time, e.g. 2026-11-22T10:00:00Z; leave it away for now.",
    )
    known_at: str | None = Field(default=None, max_length=40, description=KNOWN)


class PolicyResult(BaseModel):
    """One policy's result on this endpoint."""

    policy: str = Field(description="Id of the policy.")
    version: str = Field(description="Version and digest of the policy's text.")
    state: State = Field(description="pass, fail, unknown, not_applicable or error.")
    reason: str = Field(description="Why it is unknown.")
    since: str = Field(description="Since when it is so, by this edition of the policy.")
    failing_since: str = Field(
        default="", description="Since when it fails without a break, also by editions before; empty: it does not fail."
    )
    evidence: list[dict[str, Any]] = Field(description="The facts it rests on.")
    hindsight: Later | None = Field(default=None, description=LATER)


class EndpointCompliance(BaseModel):
    """The compliance of one endpoint."""

    ci: str = Field(description="The endpoint's id.")
    as_of: str | None = Field(description="The time asked for; null: now.")
    first_seen: str = Field(description="When it was seen first.")
    last_seen: str = Field(description="When it was seen last.")
    results: list[PolicyResult] = Field(description="Each policy.")


def later(row: dict[str, Any]) -> Later | None:
    """The hindsight of a row; None where it was not asked for."""
    found: Hindsight | None = row.get("hindsight")
    return Later(**found.told()) if found else None


def as_of(text: str | None) -> datetime | None:
    """The moment asked for. Raises Invalid."""
    return from_text(time_of(text, "as_of", times.now())) if text else None


@api.get("/compliance", responses={200: ComplianceOverview})
@needs(Permission.READ)
def counts(query: Narrowing) -> Response:
    """Counts per policy, pass, fail and unknown apart."""
    where = {k: v for k, v in query.model_dump().items() if v}
    when = as_of(query.as_of)
    found = kept_days.overview_at(services().graph, when, where)[0] if when else report.overview(services().graph, where)
    policies = [
        PolicyCounts(
            policy=one.policy.id,
            title=one.policy.title,
            version=one.policy.edition,
            states=dict(one.states),
            reasons=dict(one.reasons),
            share=one.share,
        )
        for one in found.tallies
    ]
    whole = ComplianceOverview(
        endpoints=found.endpoints, states=dict(found.total), share=found.share, confirmed_at=found.swept_at or None, policies=policies
    )
    return jsonify(whole.model_dump(mode="json"))


@api.get("/compliance/trend", responses={200: Trend})
@needs(Permission.READ)
def trend(query: TrendQuery) -> Response:
    """Counts day by day, and how long repairs of a policy took."""
    graph, now = services().graph, as_of(query.as_of) or times.now()
    days = kept_days.trend(
        graph, now, days=query.days, policy=query.policy, where={k: v for k, v in query.model_dump().items() if isinstance(v, str)}
    )
    mended = past.repairs_of(graph, query.policy, now) if query.policy else None
    items = [TrendDay(day=one.day, states=dict(one.states), share=one.share) for one in days]
    whole = Trend(items=items, repairs=mended.count if mended else None, mean_hours_to_repair=mended.mean_h if mended else None)
    return jsonify(whole.model_dump(mode="json"))


@api.get("/compliance/endpoints", responses={200: list_of(EndpointResult)})
@needs(Permission.READ)
def endpoints(query: EndpointsQuery) -> Response:
    """Results of one policy, by the endpoint's name."""
    scope = f"compliance:{query.policy}:{query.as_of or ''}:{query.known_at or ''}"
    place = query.place(scope)
    where = {key: getattr(query, key) or "" for key in ("ownership", "site", "team", "cls", "reason", "severity")}
    after = (str(place[0]), str(place[1])) if place else ("", "")
    when = as_of(query.as_of)
    known = known_from(query.known_at, when)
    if when:
        where["state"] = query.state or ""
        rows = past.policy_at(services().graph, query.policy, when, where, after=after, limit=query.limit + 1)
        rows = with_hindsight(services().graph, rows, when, known)
        return listing(scope, rows, query, out=EndpointResult.of, key=lambda row: (row["name"], row["ci"]))
    rows = report.endpoints(services().graph, query.policy, query.state or "", where, after=after, limit=query.limit + 1)
    return listing(scope, rows, query, out=EndpointResult.of, key=lambda row: (row["name_lower"], row["key"]))


@api.get("/compliance/<ci_id>", responses={200: EndpointCompliance})
@needs(Permission.READ)
def endpoint(path: CiPath, query: EndpointQuery) -> Response:
    """One endpoint: every policy, with evidence; or as of a time."""
    when = from_text(query.as_of) if query.as_of else None
    known = known_from(query.known_at, when)
    results = _then(path.ci_id, when, known) if when else _now(path.ci_id)
    row = cis.get(services().graph, path.ci_id)
    looked_at(row, "API")
    seen = {"first_seen": str(row.get("born_at") or row["created_at"]), "last_seen": str(row["last_seen_at"])}
    whole = EndpointCompliance(ci=path.ci_id, as_of=when.isoformat() if when else None, results=results, **seen)
    return jsonify(whole.model_dump(mode="json"))


def _now(ci: str) -> list[PolicyResult]:
    found = report.of_endpoint(services().graph, ci)
    if found is None:
        raise NotFound("Nothing is asked of that configuration item, or it has not been judged yet.")
    failing = failing_of(found)
    return [
        PolicyResult(
            policy=one.policy.id,
            version=one.policy.edition,
            state=one.state,  # type: ignore[arg-type]
            reason=one.reason,
            since=one.since,
            failing_since=failing.get(one.policy.id, ""),
            evidence=[dict(fact) for fact in one.evidence],
        )
        for one in found.results
    ]


def _then(ci: str, when: datetime, known: datetime | None) -> list[PolicyResult]:
    return [
        PolicyResult(
            policy=row["policy"],
            version=row["edition"],
            state=row["state"],
            reason=row["reason"],
            since=row["since"],
            evidence=json.loads(row["evidence"]),
            hindsight=later(row),
        )
        for row in with_hindsight(services().graph, past.endpoint_at(services().graph, ci, when), when, known)
    ]
