"""What pages, API and command line ask of compliance: the overview, lists, one endpoint, and as of a date."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cmdb.compliance.chosen import active
from cmdb.compliance.policy import ASKED, SEVERITIES, STATES, Policy
from cmdb.compliance.waivers import ATTESTED, Waiver, answerable, excepted, overlay
from cmdb.errors import Invalid, NotFound
from cmdb.graph import compliance as store
from cmdb.graph import compliance_counts as counts
from cmdb.graph import compliance_lists as lists
from cmdb.graph.door import Graph, Row
from cmdb.model.times import from_text, to_text

DIMENSIONS = ("ownership", "site", "team", "cls")
"""What endpoints can be narrowed by."""
NARROWED = (*DIMENSIONS, "severity")
"""What the overview and the trend can be narrowed by; how grave a failure is depends on policy and ownership."""
OWNERSHIPS: Mapping[str, str] = {
    "corporate": "Corporate",
    "loaned": "On loan",
    "personal": "Personal",
    "unknown": "Unknown (counts as personal)",
}
_WINDOW = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """Results of one policy: states apart, unknown also by reason; `excepted` of the failures somebody has accepted."""

    policy: Policy
    states: Mapping[str, int]
    reasons: Mapping[str, int]
    excepted: int = 0

    @property
    def asked(self) -> int:
        """Endpoints the policy applies to, as far as is known."""
        return sum(self.states[state] for state in ASKED)

    @property
    def share(self) -> float | None:
        """pass / (pass + fail + unknown, and errors, so that none raises it); None where nobody is asked."""
        return self.states["pass"] / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Overview:
    """Every policy's tally for one choice of dimensions, all together, what can be chosen, and when it was last confirmed."""

    tallies: tuple[Tally, ...]
    total: Mapping[str, int]
    choices: Mapping[str, tuple[str, ...]]
    endpoints: int
    swept_at: str = ""

    @property
    def share(self) -> float | None:
        """The headline: pass / (pass + fail + unknown) over all policies."""
        asked = sum(self.total[state] for state in ASKED)
        return self.total["pass"] / asked if asked else None


@dataclass(frozen=True, slots=True)
class Result:
    """One policy on one endpoint. `evidence`: fact, value, at, source, unknown, others."""

    policy: Policy
    state: str
    reason: str
    severity: str
    since: str
    checked_at: str
    evidence: tuple[Mapping[str, Any], ...] = ()
    waiver: Waiver | None = None

    @property
    def repair_by(self) -> str:
        """Until when a failure should be repaired: since, and the policy's grace (ISO text); empty: nothing is asked."""
        if self.state != "fail":
            return ""
        return to_text(from_text(self.since) + (self.policy.grace or timedelta()))


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """The compliance of one endpoint: current results, and the intervals before."""

    ci: str
    name: str
    declared: str
    results: tuple[Result, ...]
    past: tuple[Row, ...] = field(default=())

    def attestable(self, result: Result) -> bool:
        """Whether the owner's word could lie over this result: unknown, of the device itself, and it is personal or nobody claimed it."""
        return result.state == "unknown" and result.waiver is None and self.declared in ATTESTED and answerable(result.policy)


def policy_of(graph: Graph, name: str) -> Policy:
    """The policy of that id that counts here. Raises NotFound."""
    for policy in active(graph):
        if policy.id == name:
            return policy
    raise NotFound("There is no such policy.")


def overview(graph: Graph, where: Mapping[str, str] | None = None, policies: Sequence[Policy] | None = None) -> Overview:
    """Counts per policy and state, narrowed by ownership, site, team, cls and severity. Reads kept counts only."""
    wanted = {key: value for key, value in (where or {}).items() if key in DIMENSIONS and value}
    over, rows = overlay(graph), counts.narrowed(graph, wanted)
    # An exception for a site, team or class cannot be read from sums: of its policy the cells are read.
    apart = {one.policy for one in over.waivers if one.kind == "exception" and not one.ci and (one.site or one.team or one.cls)}
    cells = [row for row in rows if row["policy"] not in apart] + _within(counts.of_policies(graph, apart, "fail"), wanted)
    grave, chosen = graver(policies or active(graph), (where or {}).get("severity", ""))
    accepted = excepted(graph, grave.among(cells), over, wanted | grave.word)
    found = overview_of(graph, grave.among(rows), wanted, chosen, accepted)
    return replace(found, choices=counts.choices(graph), swept_at=store.last_sweep(graph))


@dataclass(frozen=True, slots=True)
class Grave:
    """Which results are of one severity, by policy and declared ownership; of any where it is empty."""

    severity: str = ""
    pairs: frozenset[tuple[str, str]] = frozenset()

    @property
    def word(self) -> dict[str, str]:
        """The severity as a word to narrow by."""
        return {"severity": self.severity} if self.severity else {}

    def among(self, rows: Iterable[Row]) -> list[Row]:
        """Those of these counts."""
        return [row for row in rows if not self.severity or (row["policy"], row["ownership"]) in self.pairs]


def graver(policies: Sequence[Policy], severity: str) -> tuple[Grave, Sequence[Policy]]:
    """What is of that severity (empty: everything), and the policies that can be. Raises Invalid for a word that is none."""
    if not severity:
        return Grave(), policies
    if severity not in SEVERITIES:
        raise Invalid(f"severity is {severity[:20]!r}; use one of {', '.join(SEVERITIES)}.", field="severity")
    pairs = {(one.id, owner) for one in policies for owner in OWNERSHIPS if one.severity[_weighed_as(owner)] == severity}
    return Grave(severity, frozenset(pairs)), [one for one in policies if severity in one.severity.values()]


def _weighed_as(ownership: str) -> str:
    return "personal" if ownership == "unknown" else ownership


def totals(graph: Graph) -> Mapping[str, int]:
    """state → results of the whole fleet, over the policies that count. Two reads of kept sums: for the number on the dashboard."""
    rows = counts.narrowed(graph, {})
    return overview_of(graph, rows, {}, active(graph), {}).total


def _within(rows: Iterable[Row], wanted: Mapping[str, str]) -> list[Row]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def overview_of(
    graph: Graph, rows: Sequence[Row], wanted: Mapping[str, str], policies: Sequence[Policy] | None, accepted: Mapping[str, int]
) -> Overview:
    """The overview these counts make, narrowed by `wanted`; `accepted`: policy → excepted failures among them."""
    kept = _within(rows, wanted)
    chosen = active(graph) if policies is None else policies
    by_policy: dict[str, list[Row]] = {}
    for row in kept:
        by_policy.setdefault(row["policy"], []).append(row)
    tallies = tuple(_tally(one, by_policy.get(one.id, ()), accepted.get(one.id, 0)) for one in chosen)
    total = {state: sum(tally.states[state] for tally in tallies) for state in STATES}
    choices = {key: tuple(sorted({str(row[key]) for row in rows if row[key]})) for key in DIMENSIONS}
    return Overview(tallies, total, choices, max((sum(t.states.values()) for t in tallies), default=0))


def _tally(policy: Policy, rows: Iterable[Row], excepted_n: int) -> Tally:
    states = dict.fromkeys(STATES, 0)
    reasons: dict[str, int] = {}
    for row in rows:
        states[row["state"]] += row["n"]
        if row["state"] == "unknown":
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["n"]
    return Tally(policy, states, dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))), excepted_n)


def endpoints(
    graph: Graph,
    policy: str,
    state: str,
    where: Mapping[str, str],
    *,
    after: tuple[str, str] = ("", ""),
    limit: int = 50,
    backwards: bool = False,
) -> list[Row]:
    """Results of one policy by the endpoint's name, narrowed by state (empty: all), dimensions, reason and a part of the name.

    Rows have `name_lower` and `key` to read on after, or back from (nearest first). Raises NotFound, Invalid.
    """
    policy_of(graph, policy)
    if state and state not in STATES:
        raise Invalid(f"state is {state[:20]!r}; use one of {', '.join(STATES)}.", field="state")
    narrowed = {key: value for key, value in where.items() if value}
    if "name" in narrowed:
        narrowed["name"] = narrowed["name"].lower()
    over = overlay(graph, policy=policy)
    rows = lists.page(graph, policy, (state,) if state else STATES, narrowed, after=after, limit=limit, backwards=backwards)
    return [{**row, "waiver": over.over(row)} for row in rows]


def every_endpoint(graph: Graph, policy: str, state: str, where: Mapping[str, str]) -> Iterator[Row]:
    """The whole list, read window by window: for files."""
    after = ("", "")
    while rows := endpoints(graph, policy, state, where, after=after, limit=_WINDOW):
        yield from rows
        after = (rows[-1]["name_lower"], rows[-1]["key"])


def of_endpoint(graph: Graph, ci: str, policies: Sequence[Policy] | None = None) -> EndpointReport | None:
    """The compliance of one endpoint for its page, worst first; None where nothing is asked of this CI. Three reads."""
    rows = store.current(graph, [ci])
    before = store.past(graph, ci)
    if not rows and not before:
        return None
    known = {policy.id: policy for policy in policies or active(graph)}
    over = overlay(graph)
    results = [
        Result(
            known[row["policy"]],
            row["state"],
            row["reason"],
            row["severity"],
            row["since"],
            row["checked_at"],
            tuple(json.loads(row["evidence"])),
            over.over(row),
        )
        for row in rows
        if row["policy"] in known
    ]
    order = {"fail": 0, "error": 1, "unknown": 2, "pass": 3, "not_applicable": 4}
    results.sort(key=lambda one: (order[one.state], -SEVERITIES[one.severity], one.policy.id))
    first = rows[0] if rows else {"name": ci, "declared": ""}
    return EndpointReport(ci, first["name"], first["declared"], tuple(results), tuple(before))


def as_of(graph: Graph, ci: str, when: datetime) -> dict[str, Row]:
    """policy → what its result was at `when` (state, reason, edition, since). A policy that did not judge it then is left out."""
    at = to_text(when)
    found = {row["policy"]: row for row in store.past(graph, ci, limit=10_000) if row["since"] <= at < row["until"]}
    found |= {row["policy"]: row for row in store.current(graph, [ci]) if row["since"] <= at}
    return {name: {key: row[key] for key in ("state", "reason", "edition", "since")} for name, row in sorted(found.items())}


def worst(graph: Graph, limit: int = 50) -> list[Row]:
    """Endpoints with failures, the heaviest first (severities count 8, 3, 1)."""
    return store.worst(graph, limit=limit)


def silent(graph: Graph, *, after: tuple[str, str] = ("", ""), limit: int = 50, backwards: bool = False) -> list[Row]:
    """Endpoints that do not report (any more), by name: those that fail `reported-recently` and those that never reported."""
    places = ["reported-recently|fail", "reported-recently|unknown"]
    return store.listed(graph, places, {}, after=after, limit=limit, backwards=backwards)
