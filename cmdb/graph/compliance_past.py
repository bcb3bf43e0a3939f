"""Compliance as it was: intervals of a policy at a moment, and the counts of each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import LiteralString

from cmdb.graph.door import Graph, Row, Tx

_FIELDS: LiteralString = """ {.key, .ci, .policy, .state, .reason, .edition, .severity, .since, .until, .evidence,
    .cls, .declared, .ownership, .site, .team, .name} AS e """
_STATES = ("pass", "fail", "unknown", "not_applicable", "error")


def at_moment(graph: Graph, policy: str, at: str, where: Mapping[str, str], *, after: tuple[str, str], limit: int) -> list[Row]:
    """Results of one policy at that time (ISO text) by the endpoint's name, those after (name, ci).

    `where`: state, reason, site, team, cls, ownership, severity, name (a part, in small letters).
    Rows as `cmdb.graph.compliance.listed` gives them; `until` is empty where it is still so.
    """
    words = {key: where.get(key) or None for key in ("state", "site", "team", "cls", "ownership", "reason", "severity")}
    part = (where.get("name") or "").lower() or None
    narrowed: LiteralString = """
          AND ($state IS NULL OR e.state = $state) AND ($site IS NULL OR e.site = $site) AND ($team IS NULL OR e.team = $team)
          AND ($cls IS NULL OR e.cls = $cls) AND ($ownership IS NULL OR e.declared = $ownership) AND ($reason IS NULL OR e.reason = $reason)
          AND ($severity IS NULL OR e.severity = $severity) AND ($part IS NULL OR toLower(e.name) CONTAINS $part)
        WITH e.name AS name, e.ci AS ci, e.key AS key
        WITH name, ci, key WHERE name > $name OR (name = $name AND ci > $ci)
        WITH name, ci, key ORDER BY name, ci LIMIT $limit
        RETURN name, ci, key"""  # as `cmdb.graph.compliance.listed` asks
    places = [f"{policy}|{state}" for state in ((words["state"],) if words["state"] else _STATES)]
    given = {**words, "part": part, "at": at, "name": after[0], "ci": after[1], "limit": limit}
    now: LiteralString = "MATCH (e:Evaluation) WHERE e.place IN $places AND e.since <= $at" + narrowed
    then: LiteralString = "MATCH (e:PastEvaluation {policy: $policy}) WHERE e.since <= $at AND e.until > $at" + narrowed
    found = graph.read(now, places=places, **given) + graph.read(then, policy=policy, **given)
    keys = [row["key"] for row in sorted(found, key=lambda row: (row["name"], row["ci"]))[:limit]]
    if not keys:
        return []
    still: LiteralString = "UNWIND $keys AS key MATCH (e:Evaluation {key: key}) RETURN e" + _FIELDS
    over: LiteralString = "UNWIND $keys AS key MATCH (e:PastEvaluation {key: key}) RETURN e" + _FIELDS
    rows = [row["e"] for query in (still, over) for row in graph.read(query, keys=keys) if row["e"]["since"] <= at]
    return sorted(rows, key=lambda row: (row["name"], row["ci"]))


def of_endpoints_at(graph: Graph, ids: Sequence[str], at: str) -> list[Row]:
    """Closed intervals of these endpoints that held at that time (ISO text). Rows as `at_moment` gives them."""
    query: LiteralString = "UNWIND $ids AS id MATCH (e:PastEvaluation {ci: id}) WHERE e.since <= $at AND e.until > $at RETURN e" + _FIELDS
    return [row["e"] for row in graph.read(query, ids=list(ids), at=at)]


def intervals(graph: Graph, policy: str, since: str, *, limit: int = 50_000) -> list[Row]:
    """Closed intervals of a policy that ended after `since`, by ci and time. Rows: ci, state, since, until."""
    found = graph.read(
        """
        MATCH (p:PastEvaluation {policy: $policy}) WHERE p.until >= $since
        WITH p.ci AS ci, p.state AS state, p.since AS since, p.until AS until LIMIT $limit
        RETURN collect([ci, since, until, state]) AS rows
        """,
        policy=policy,
        since=since,
        limit=limit,
    )
    return [{"ci": ci, "state": state, "since": begun, "until": until} for ci, begun, until, state in sorted(found[0]["rows"])]


def passing_since(graph: Graph, policy: str, since: str) -> dict[str, str]:
    """ci → since when it passes, of those that began to pass after `since`."""
    rows = graph.read(
        "MATCH (e:Evaluation {place: $place}) WHERE e.since >= $since RETURN collect([e.ci, e.since]) AS rows",
        place=f"{policy}|pass",
        since=since,
    )
    return {str(ci): str(begun) for ci, begun in rows[0]["rows"]}


def keep_repairs(graph: Graph, row: Row) -> None:
    """Keep how long repairs took of a policy (`policy`), in the place of what was kept before. Row: policy, at, count, mean_h, median_h."""
    graph.write("MERGE (k:PolicyRepairs {policy: $policy}) SET k += $row", policy=row["policy"], row=row)


def kept_repairs(graph: Graph, policies: Sequence[str]) -> dict[str, Row]:
    """policy → what is kept of its repairs."""
    query: LiteralString = (
        "UNWIND $policies AS policy MATCH (k:PolicyRepairs {policy: policy}) RETURN k {.policy, .at, .count, .mean_h, .median_h} AS k"
    )
    return {str(row["k"]["policy"]): row["k"] for row in graph.read(query, policies=list(policies))}


@dataclass(frozen=True, slots=True)
class Sums:
    """What is kept of a day of the fleet or a place, as text: `sums` with reasons for the overview, `face` for trends."""

    sums: str
    face: str


@dataclass(frozen=True, slots=True)
class KeptDay:
    """What is kept of a day: every cell, what can be chosen, and the sums by place (`site|NAME`, `team|NAME`; empty: all)."""

    day: str
    at: str
    counts: str
    choices: str
    places: Mapping[str, Sums]


def keep_day(graph: Graph, kept: KeptDay) -> None:
    """Keep the counts of a day; the last of a day stays."""
    rows = [
        {"key": f"{kept.day}|{place}", "place": place, "sums": one.sums, "face": one.face, "at": kept.at}
        | ({} if place else {"choices": kept.choices})
        for place, one in kept.places.items()
    ]

    def work(tx: Tx) -> None:
        tx.run("MERGE (d:ComplianceDay {day: $day}) SET d.at = $at, d.counts = $counts", day=kept.day, at=kept.at, counts=kept.counts)
        tx.run("MATCH (s:ComplianceSum {day: $day}) DELETE s", day=kept.day)
        tx.run("UNWIND $rows AS row CREATE (s:ComplianceSum {day: $day}) SET s += row", rows=rows, day=kept.day)

    graph.writing(work)


def days(graph: Graph, span: Sequence[str], place: str) -> list[Row]:
    """Those of these days (ISO days) that were kept, in their order, by their keys. Rows: day, `face` of that place; of days that an
    earlier release kept `sums` of that place, or `counts`.
    """
    query: LiteralString = (
        "UNWIND $keys AS key MATCH (s:ComplianceSum {key: key}) RETURN collect([s.day, coalesce(s.face, ''), coalesce(s.sums, '')]) AS rows"
    )
    found: dict[str, Row] = {}
    if place:  # nothing at that place on a day that was summed: nothing was asked there
        there: LiteralString = "UNWIND $keys AS key MATCH (s:ComplianceSum {key: key}) RETURN collect(s.day) AS days"
        summed = graph.read(there, keys=[f"{day}|" for day in span])[0]["days"]
        found = {str(day): {"day": day, "face": "", "sums": "[]", "counts": ""} for day in summed}
    for day, face, sums in graph.read(query, keys=[f"{day}|{place}" for day in span])[0]["rows"]:
        found[str(day)] = {"day": day, "face": face, "sums": "" if face else sums, "counts": ""}
    missing = [day for day in span if day not in found]
    if missing:
        old = graph.read("UNWIND $days AS day MATCH (d:ComplianceDay {day: day}) RETURN day, d.counts AS counts", days=missing)
        found |= {str(row["day"]): {**row, "face": "", "sums": ""} for row in old}
    return [found[day] for day in span if day in found]


_NEAR = 14


def last_day(graph: Graph, at: str) -> Row | None:
    """The last day kept at or before that time (ISO text). Row: day, at."""
    near = [(date.fromisoformat(at[:10]) - timedelta(days=back)).isoformat() for back in range(_NEAR)]
    rows = graph.read("UNWIND $days AS day MATCH (d:ComplianceDay {day: day}) RETURN day, d.at AS at", days=near)
    kept = [row for row in rows if row["at"] <= at or row["day"] < at[:10]]
    if not kept:
        every = graph.read("MATCH (d:ComplianceDay) WHERE d.day < $day RETURN d.day AS day, d.at AS at", day=near[-1])
        kept = every
    return max(kept, key=lambda row: str(row["day"]), default=None)


def of_day(graph: Graph, day: str, place: str, *, whole: bool) -> Row:
    """What was kept of that day at that place. Row: sums, choices; `counts`, every cell, where they are asked for (`whole`) and where the
    day was kept by a release that had no sums with reasons.
    """
    keys = [f"{day}|", f"{day}|{place}"]
    query: LiteralString = (
        "UNWIND $keys AS key MATCH (s:ComplianceSum {key: key}) WHERE s.face IS NOT NULL RETURN key, s.sums AS sums, s.choices AS choices"
    )
    found = {str(row["key"]): row for row in graph.read(query, keys=keys)}
    if whole or keys[0] not in found:
        cells = graph.read("MATCH (d:ComplianceDay {day: $day}) RETURN d.counts AS counts", day=day)[0]["counts"]
        return {"sums": "", "choices": "", "counts": cells}
    here = found.get(keys[1])
    return {"sums": here["sums"] if here else "", "choices": found[keys[0]]["choices"], "counts": ""}
