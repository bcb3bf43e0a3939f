"""Compliance as it was: intervals of a policy at a moment, and the counts of each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString

from cmdb.graph.door import Graph, Row, Tx

_FIELDS: LiteralString = """ {.key, .ci, .policy, .state, .reason, .edition, .severity, .since, .until, .evidence,
    .cls, .declared, .ownership, .site, .team, .name} AS e """


def at_moment(graph: Graph, policy: str, at: str, where: Mapping[str, str], *, after: tuple[str, str], limit: int) -> list[Row]:
    """Results of one policy at that time (ISO text) by the endpoint's name, those after (name, ci).

    `where`: state, reason, site, team, cls, ownership, severity.
    Rows as `cmdb.graph.compliance.listed` gives them; `until` is empty where it is still so.
    """
    words = {key: where.get(key) or None for key in ("state", "site", "team", "cls", "ownership", "reason", "severity")}
    narrowed: LiteralString = """
          AND ($state IS NULL OR e.state = $state) AND ($site IS NULL OR e.site = $site) AND ($team IS NULL OR e.team = $team)
          AND ($cls IS NULL OR e.cls = $cls) AND ($ownership IS NULL OR e.declared = $ownership) AND ($reason IS NULL OR e.reason = $reason)
          AND ($severity IS NULL OR e.severity = $severity)
          AND (e.name > $name OR (e.name = $name AND e.ci > $ci))
        WITH e.name AS name, e.ci AS ci, e.key AS key ORDER BY name, ci LIMIT $limit
        RETURN name, ci, key"""  # sorting the nodes themselves takes twice as long on the embedded engine
    places = [f"{policy}|{state}" for state in ("pass", "fail", "unknown", "not_applicable", "error")]
    given = {**words, "at": at, "name": after[0], "ci": after[1], "limit": limit}
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
    """Closed intervals of a policy that ended after `since`. Rows: ci, state, since, until."""
    return graph.read(
        """
        MATCH (p:PastEvaluation {policy: $policy}) WHERE p.until >= $since
        RETURN p.ci AS ci, p.state AS state, p.since AS since, p.until AS until ORDER BY ci, since LIMIT $limit
        """,
        policy=policy,
        since=since,
        limit=limit,
    )


def passing_since(graph: Graph, policy: str, since: str) -> dict[str, str]:
    """ci → since when it passes, of those that began to pass after `since`."""
    rows = graph.read(
        "MATCH (e:Evaluation {place: $place}) WHERE e.since >= $since RETURN e.ci AS ci, e.since AS since",
        place=f"{policy}|pass",
        since=since,
    )
    return {str(row["ci"]): str(row["since"]) for row in rows}


def keep_day(graph: Graph, day: str, at: str, counts: str, sums: Mapping[str, str]) -> None:
    """Keep the counts of a day; the last of a day stays. `sums`: what trends read, by place (`site|NAME`, `team|NAME`; empty: all)."""
    rows = [{"key": f"{day}|{place}", "place": place, "sums": text} for place, text in sums.items()]

    def work(tx: Tx) -> None:
        tx.run("MERGE (d:ComplianceDay {day: $day}) SET d.at = $at, d.counts = $counts", day=day, at=at, counts=counts)
        tx.run("MATCH (s:ComplianceSum {day: $day}) DELETE s", day=day)
        tx.run(
            "UNWIND $rows AS row CREATE (s:ComplianceSum {key: row.key, day: $day, place: row.place, sums: row.sums})", rows=rows, day=day
        )

    graph.writing(work)


def days(graph: Graph, first: str, last: str, place: str) -> list[Row]:
    """Kept days from first to last (ISO days), the oldest first. Rows: day, `sums` of that place, or `counts` where none were kept."""
    days: LiteralString = "MATCH (s:ComplianceSum {place: $place}) WHERE s.day >= $first AND s.day <= $last RETURN s.day AS day"
    span = {"first": first, "last": last}
    found: dict[str, Row] = {}
    if place:  # nothing at that place on a day that was summed: nothing was asked there
        found = {str(row["day"]): {"day": row["day"], "sums": "[]", "counts": ""} for row in graph.read(days, place="", **span)}
    found |= {str(row["day"]): {**row, "counts": ""} for row in graph.read(days + ", s.sums AS sums", place=place, **span)}
    every = graph.read("MATCH (d:ComplianceDay) WHERE d.day >= $first AND d.day <= $last RETURN d.day AS day", **span)
    missing = [row["day"] for row in every if row["day"] not in found]
    if missing:
        old = graph.read("UNWIND $days AS day MATCH (d:ComplianceDay {day: day}) RETURN day, d.counts AS counts", days=missing)
        found |= {str(row["day"]): {**row, "sums": ""} for row in old}
    return [found[day] for day in sorted(found)]


def last_day(graph: Graph, at: str) -> Row | None:
    """The last day kept at or before that time (ISO text). Row: day, at, counts."""
    rows = graph.read("MATCH (d:ComplianceDay) WHERE d.day <= $day RETURN d.day AS day, d.at AS at", day=at[:10])
    kept = max((str(row["day"]) for row in rows if row["at"] <= at or row["day"] < at[:10]), default=None)
    if kept is None:
        return None
    return graph.read("MATCH (d:ComplianceDay {day: $day}) RETURN d.day AS day, d.at AS at, d.counts AS counts", day=kept)[0]
