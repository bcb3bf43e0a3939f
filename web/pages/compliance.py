"""Compliance for people: the overview, a policy with its endpoints, one endpoint, the worst, the silent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import kept_days, past, protection, references, report
from cmdb.compliance.chosen import active
from cmdb.compliance.failing import failing_of
from cmdb.compliance.hindsight import Hindsight, each_with_hindsight, known_from, with_hindsight
from cmdb.compliance.policy import SEVERITIES, STATES
from cmdb.compliance.truth import REASONS, reason_words
from cmdb.compliance.vocabulary import FACTS
from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis
from cmdb.inventory.moment import time_of
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.files import file_wanted, plain_table
from web.frame.looks import looked_at
from web.frame.table import Column, TableSpec, TableView
from web.services import services

blueprint = Blueprint("compliance", __name__, url_prefix="/compliance")

STANDARDS = {
    "iso27001-2022": "ISO/IEC 27001:2022",
    "cis-8.1": "CIS Controls 8.1",
    "nist-800-53": "NIST SP 800-53 Rev. 5",
    "essential-eight": "Essential Eight",
}
STATE_WORDS = {"pass": "Pass", "fail": "Fail", "unknown": "Unknown", "not_applicable": "Not applicable", "error": "Error"}
_CLASSES = (
    ("laptop", "Laptop"),
    ("desktop", "Desktop"),
    ("workstation", "Computer (kind unknown)"),
    ("phone", "Phone"),
    ("tablet", "Tablet"),
)
_OWNERSHIPS = tuple(report.OWNERSHIPS.items())
_SEVERITIES = tuple((name, name.capitalize()) for name in SEVERITIES)
_WHO = (
    Column("declared", "Ownership", value=lambda row: report.OWNERSHIPS.get(row["declared"], row["declared"])),
    Column("site", "Site"),
    Column("team", "Team"),
)


def _number(state: str) -> Callable[[Any], object]:
    return lambda tally: tally.states[state]


def _why(row: Any) -> object:
    return reason_words(row["reason"])


OVERVIEW = TableSpec(
    "compliance",
    "Policies",
    (
        Column("policy", "Policy", fixed=True, value=lambda t: t.policy.title),
        Column("share", "Proven", numeric=True, value=lambda t: percent(t.share)),
        *(Column(state, words, numeric=True, value=_number(state)) for state, words in STATE_WORDS.items()),
        Column("reasons", "Why unknown", value=lambda t: "; ".join(f"{n} {reason_words(why)}" for why, n in t.reasons.items())),
    ),
    extra=(*report.NARROWED, "as_of"),
)
ENDPOINTS = TableSpec(
    "policy-endpoints",
    "Endpoints",
    (
        Column("name", "Endpoint", fixed=True, filter="text"),
        Column("state", "State", filter="choice", choices=tuple(STATE_WORDS.items())),
        Column("reason", "Why", filter="choice", choices=tuple(REASONS.items()), value=_why),
        Column("since", "Since"),
        Column("severity", "Severity", filter="choice", choices=_SEVERITIES),
        Column("cls", "Class", filter="choice", choices=_CLASSES),
        Column("declared", "Ownership", filter="choice", choices=_OWNERSHIPS, value=_WHO[0].value),
        Column("site", "Site", filter="text"),
        Column("team", "Team", filter="text"),
    ),
    extra=("as_of", "known_at"),
)
WORST = TableSpec(
    "compliance-worst",
    "Endpoints with most to repair",
    (
        Column("name", "Endpoint", fixed=True),
        Column("worst", "Fails", value=lambda row: [titles().get(name, name) for name in row["worst"]]),
        Column("weight", "Weight", numeric=True, hint="high counts 8, medium 3, low 1"),
        Column("fails", "Failed", numeric=True),
        Column("unknowns", "Unknown", numeric=True),
        Column("passes", "Passed", numeric=True),
        *_WHO,
    ),
)
_SILENCE = {"": "its last report is too long ago", "never_reported": "it has never reported"}
SILENT = TableSpec(
    "compliance-silent",
    "Endpoints that do not report",
    (
        Column("name", "Endpoint", fixed=True),
        Column("reason", "Why", value=lambda row: _SILENCE.get(row["reason"]) or reason_words(row["reason"])),
        Column("since", "Since"),
        Column("cls", "Class"),
        *_WHO,
    ),
)


def _told(one: Any) -> list[str]:
    """Evidence in words: `Firewall on: True (agent:glpi 2026-11-22…)`, or why it is not known."""
    parts = one["evidence"] if isinstance(one, dict) else one.evidence
    words = []
    for part in parts:
        known = part.get("value", part.get("unknown", ""))
        words.append(f"{_fact_title(part['fact'])}: {known} ({part.get('source', '')} {part.get('at', '')})")
    return words


def _later(row: Any) -> str:
    """What the result would be with what was learned of that time since; empty: nothing was."""
    found: Hindsight = row["hindsight"]
    return later_words(found) if found.learned else ""


@blueprint.app_template_filter("later_words")
def later_words(found: Hindsight) -> str:
    """`pass (learned later: Firewall on: True, agent:glpi 2026-11-22…)`."""
    said = "; ".join(f"{_fact_title(one['fact'])}: {one['value']}, {one['source']} {one['at']}" for one in found.learned)
    return f"{found.state if found.judged else 'not judged again'} (learned later: {said})"


LATER = Column("hindsight", "As known later", fixed=True, value=_later)


def _title(row: Any) -> str:
    return titles().get(row["policy"], str(row["policy"]))


RESULTS = plain_table(
    "results",
    "Compliance of an endpoint",
    policy=("Policy", lambda one: one.policy.title),
    state="State",
    reason=("Why", lambda one: reason_words(one.reason)),
    severity="Severity",
    since="Since",
    repair_by="Repair by",
    excepted=("Accepted or attested until", lambda one: one.waiver.until if one.waiver else ""),
    evidence=("Evidence", _told),
)
_THEN: dict[str, Any] = {"policy": ("Policy", _title), "state": "State", "reason": ("Why", _why), "since": "From"}
BEFORE = plain_table("before", "Results before", **_THEN, until="Until")
THEN = plain_table("then", "Results then", **_THEN, evidence=("Evidence", _told), hindsight=("As known today", _later))
TIMELINE = plain_table(
    "timeline",
    "Security software over time",
    state="State",
    reason=("Why", lambda one: reason_words(one.reason)),
    since="From",
    until="Until",
)


def percent(share: float | None) -> str:
    """`83 %`, cut and not rounded up, so that 100 % means all; – where nobody is asked."""
    return "–" if share is None else f"{int(share * 100)} %"


def titles() -> dict[str, str]:
    """Titles of the policies that count by id, read once a request."""
    if "policy_titles" not in g:
        g.policy_titles = {policy.id: policy.title for policy in active(services().graph)}
    return dict(g.policy_titles)


@blueprint.app_template_filter("percent")
def _percent(share: float | None) -> str:
    return percent(share)


@blueprint.app_template_filter("fact_title")
def _fact_title(name: str) -> str:
    return FACTS[name].title if name in FACTS else name


blueprint.add_app_template_filter(reason_words)


@blueprint.app_template_filter("known_words")
def _known_words(words: dict[str, str | None]) -> dict[str, str]:
    """Query words without the empty ones."""
    return {key: value for key, value in words.items() if value}


@blueprint.get("")
@needs(Permission.READ)
def overview() -> ResponseReturnValue:
    """Every policy: pass, fail and unknown apart, with the headline and what it can be narrowed by."""
    view, graph, error = OVERVIEW.read(), services().graph, None
    try:
        when = as_of(view.extra.get("as_of"))
        found, counted_at = kept_days.overview_at(graph, when, view.extra) if when else (report.overview(graph, view.extra), "")
    except Invalid as refused:
        if view.format or refused.field != "as_of":
            raise
        error, when, counted_at = refused, None, ""
        found = report.overview(graph, {key: value for key, value in view.extra.items() if key != "as_of"})
    tallies = sorted(found.tallies, key=lambda tally: tally.policy.title.casefold())
    if view.format:
        return export(view, tallies)
    shown = render_template(
        "compliance/overview.html",
        view=view,
        found=found,
        tallies=tallies,
        counted_at=counted_at,
        states=STATE_WORDS,
        reference=references.tables(graph),
        today=times.now().date(),
        ownerships=report.OWNERSHIPS,
        severities=dict(_SEVERITIES),
        when=when,
        trend=kept_days.trend(graph, times.now(), where=view.extra),
        narrowed=_list_words(view, counted_at),
        asked_most=max(found.tallies, key=lambda tally: sum(tally.states.values()), default=None),
        error=error,
    )
    return shown, 422 if error else 200


def _list_words(view: TableView, counted_at: str) -> dict[str, str]:
    """The query words by which a list is narrowed as the overview is, of the moment at which it was counted."""
    words = {name: view.extra.get(name) for name in ("site", "team", "cls", "severity")}
    return _known_words({"declared": view.extra.get("ownership"), **words, "as_of": counted_at})


@blueprint.get("/policies/<policy_id>")
@needs(Permission.READ)
def policy(policy_id: str) -> ResponseReturnValue:
    """One policy: what it asks, how it maps, and the endpoints by state; `?as_of=` then, and `&known_at=` with what was learned until."""
    view = ENDPOINTS.read()
    chosen = report.policy_of(services().graph, policy_id)
    where = {key: value for key, value in view.filters.items() if key not in ("state", "declared")}
    where["ownership"] = view.filters.get("declared", "")
    state = view.filters.get("state", "")
    graph = services().graph
    when = as_of(view.extra.get("as_of"))
    known = known_from(view.extra.get("known_at"), when)
    if when:
        where["state"] = state
    if known:
        view = replace(view, columns=(*view.columns, LATER))
    if view.format and when:
        return export(view, each_with_hindsight(graph, past.every_at(graph, policy_id, when, where), when, known))
    if view.format:
        return export(view, report.every_endpoint(graph, policy_id, state, where))
    if when:
        rows = past.policy_at(graph, policy_id, when, where, after=_after(view), limit=view.limit + 1)
        rows = with_hindsight(graph, rows, when, known)
        page = view.page(rows, key=lambda row: (row["name"], row["ci"]), both_ways=False)
    else:
        rows = report.endpoints(graph, policy_id, state, where, after=_after(view), limit=view.limit + 1, backwards=view.backwards)
        page = view.page(rows, key=lambda row: (row["name_lower"], row["key"]))
    now = times.now()
    words: dict[str, Any] = {
        "when": when,
        "known": known,
        "states": STATES,
        "standards": STANDARDS,
        "trend": kept_days.trend(graph, now, policy=policy_id),
        "repairs": past.repairs_of(graph, policy_id, now),
    }
    tally, counted_at = _tally_at(policy_id, when)
    return render_template("compliance/policy.html", view=view, page=page, policy=chosen, tally=tally, counted_at=counted_at, **words)


def _tally_at(policy_id: str, when: datetime | None) -> tuple[report.Tally | None, str]:
    """The numbers of one policy now, or as they were counted last at or before a time, and when that was; None: not counted then."""
    graph = services().graph
    try:
        found, counted_at = kept_days.overview_at(graph, when, {}) if when else (report.overview(graph), "")
    except Invalid:
        return None, ""
    return next((one for one in found.tallies if one.policy.id == policy_id), None), counted_at


def as_of(text: str | None) -> datetime | None:
    """The moment of `?as_of=`: a time with a zone, or a day (its end); None without one. Raises Invalid."""
    return times.from_text(time_of(text, "as_of", times.now())) if text else None


def _after(view: TableView) -> tuple[str, str]:
    return (str(view.cursor.values[0]), str(view.cursor.values[1])) if view.cursor else ("", "")


@blueprint.get("/endpoints/<ci>")
@needs(Permission.READ)
def endpoint(ci: str) -> ResponseReturnValue:
    """One endpoint: every result with evidence and since when, and what was before; `?as_of=`: what it was then."""
    when = as_of(request.args.get("as_of"))
    then = past.endpoint_at(services().graph, ci, when) if when else []
    then = with_hindsight(services().graph, then, when, times.now()) if when else []
    rows = [{**row, "evidence": json.loads(row["evidence"])} for row in then]
    told, spans = of_endpoint(ci), protection.timeline(services().graph, ci)
    looked_at(told["seen"], "page")
    results = told["compliance"].results
    tables = ((RESULTS, lambda: results), (BEFORE, lambda: told["compliance"].past), (THEN, lambda: rows), (TIMELINE, lambda: spans))
    return file_wanted(*tables) or render_template("compliance/endpoint.html", **told, when=when, then=rows, spans=spans)


def of_endpoint(ci: str) -> dict[str, Any]:
    """What `compliance/_endpoint.html` shows. Raises NotFound for what is no endpoint."""
    found = report.of_endpoint(services().graph, ci)
    if found is None:
        raise NotFound("Nothing is asked of that configuration item, or it has not been judged yet.")
    return {"compliance": found, "titles": titles(), "failing": failing_of(found), "seen": cis.get(services().graph, ci)}


@blueprint.get("/worst")
@needs(Permission.READ)
def worst() -> ResponseReturnValue:
    """Endpoints with the heaviest failures."""
    view = WORST.read()
    rows = report.worst(services().graph, limit=1000 if view.format else view.limit)
    if view.format:
        return export(view, rows)
    return render_template("compliance/worst.html", view=view, page=view.page(rows, key=lambda row: (row["ci"],)))


@blueprint.get("/silent")
@needs(Permission.READ)
def silent() -> ResponseReturnValue:
    """Endpoints that stopped reporting or never did."""
    view = SILENT.read()
    if view.format:
        return export(view, _every_silent())
    rows = report.silent(services().graph, after=_after(view), limit=view.limit + 1, backwards=view.backwards)
    page = view.page(rows, key=lambda row: (row["name_lower"], row["key"]))
    return render_template("compliance/silent.html", view=view, page=page)


def _every_silent() -> Iterator[dict[str, Any]]:
    after = ("", "")
    while rows := report.silent(services().graph, after=after, limit=500):
        yield from rows
        after = (rows[-1]["name_lower"], rows[-1]["key"])
