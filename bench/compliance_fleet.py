"""A fleet's compliance, written raw in the shape the product writes: results, intervals that ended, kept counts, standings, days.

Twenty sites with four teams each, four fifths corporate. Counts are kept of every policy; results and their past are written for the
policies of `full` alone, since no question reads those of another.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cmdb.compliance.kept_days import keep_today
from cmdb.compliance.policy import Policy
from cmdb.graph import compliance as results
from cmdb.graph.compliance import Writes
from cmdb.graph.door import Graph
from cmdb.graph.standings import rank, shelf
from cmdb.model.times import to_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITES, TEAMS = 20, 80
_CLASSES, _OWNERS = ("laptop", "desktop", "phone", "tablet"), ("corporate", "loaned", "personal")
_STATES = (("pass", ""), ("fail", ""), ("unknown", "section_absent"), ("unknown", "stale"), ("not_applicable", ""))
_EVIDENCE = json.dumps([{"fact": "disk.encrypted", "value": True, "at": "2026-11-20T08:00:00.000Z", "source": "agent:glpi"}])
_BATCH, _CELLS = 1000, 4000


def fill(graph: Graph, count: int, policies: Sequence[Policy], full: Collection[str], days: int) -> None:
    """Write it: `count` endpoints judged by all policies, and the counts of the last `days` days."""
    dice, counts = random.Random(11), Counter[tuple[str, ...]]()
    rows: list[dict[str, Any]] = []
    standings: list[dict[str, Any]] = []
    for n in range(count):
        who = _who(dice, n)
        states = dice.choices(_STATES, (70, 9, 6, 5, 10), k=len(policies))
        for policy, (state, reason) in zip(policies, states, strict=True):
            counts[policy.id, state, reason, who["declared"], who["site"], who["team"], who["cls"]] += 1
            if policy.id in full:
                rows.append(_row(dice, who, policy, state, reason))
        standings.append(_standing(who, [state for state, _ in states]))
        if len(standings) == _BATCH or n == count - 1:
            _write(graph, rows, standings)
            rows, standings = [], []
    cells = list(_counted(counts))
    for start in range(0, len(cells), _CELLS):
        results.write(graph, Writes(counts=dict(cells[start : start + _CELLS])))
    _keep_days(graph, days)
    results.note_sweep(graph, to_text(NOW), count)


def _keep_days(graph: Graph, days: int) -> None:
    """Yesterday as the product keeps it, and the same for the days before."""
    yesterday = NOW - timedelta(days=1)
    keep_today(graph, yesterday)
    for back in range(2, days + 1):
        day = to_text(NOW - timedelta(days=back))[:10]
        graph.write(
            "MATCH (d:ComplianceDay {day: $from}) CREATE (k:ComplianceDay {day: $day, at: $at, counts: d.counts})",
            **{"from": to_text(yesterday)[:10], "day": day, "at": day + to_text(yesterday)[10:]},
        )
        graph.write(
            """
            MATCH (s:ComplianceSum {day: $from})
            CREATE (k:ComplianceSum {key: $day + '|' + s.place, day: $day, place: s.place, at: $at})
            SET k.sums = s.sums, k.face = s.face, k.choices = s.choices
            """,
            **{"from": to_text(yesterday)[:10], "day": day, "at": day + to_text(yesterday)[10:]},
        )


def _who(dice: random.Random, n: int) -> dict[str, str]:
    team = dice.randrange(TEAMS)
    return {
        "ci": f"{n:08d}-0000-7000-8000-000000000000",
        "name": f"pc-{n:06d}",
        "site": f"Site {team % SITES:02d}",
        "team": f"Team {team:02d}",
        "declared": dice.choices(_OWNERS, (80, 10, 10))[0],
        "cls": dice.choices(_CLASSES, (60, 20, 15, 5))[0],
    }


def _row(dice: random.Random, who: dict[str, str], policy: Policy, state: str, reason: str) -> dict[str, Any]:
    since = to_text(NOW - timedelta(hours=dice.randrange(24 * 90)))
    return {
        **who,
        "key": f"{who['ci']}|{policy.id}",
        "policy": policy.id,
        "edition": policy.edition,
        "state": state,
        "reason": reason,
        "severity": "high",
        "place": f"{policy.id}|{state}",
        "since": since,
        "until": "",
        "checked_at": since,
        "ownership": who["declared"],
        "name_lower": who["name"],
        "rev": 1,
        "evidence": _EVIDENCE,
    }


def _standing(who: dict[str, str], states: Sequence[str]) -> dict[str, Any]:
    fails = states.count("fail")
    tally = {"fails": fails, "unknowns": states.count("unknown"), "passes": states.count("pass"), "weight": 3 * fails, "worst": []}
    place = shelf(who["name"], who["ci"])
    return {**who, "shelf": place, "rank": rank(3 * fails, place), "ownership": who["declared"], **tally}


def _write(graph: Graph, rows: Sequence[dict[str, Any]], standings: Sequence[dict[str, Any]]) -> None:
    """Results of a thousand endpoints, and of every second one interval that ended."""
    graph.write("UNWIND $rows AS row CREATE (e:Evaluation) SET e = row", rows=list(rows))
    ended = [_ended(row) for row in rows[::2]]
    graph.write("UNWIND $rows AS row CREATE (p:PastEvaluation) SET p = row", rows=ended)
    graph.write("UNWIND $rows AS row CREATE (s:EndpointStanding) SET s = row", rows=list(standings))


def _ended(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("place", "name_lower", "rev", "checked_at")}
    return {
        **kept,
        "key": f"{row['key']}|{row['since']}|1",
        "state": "fail",
        "since": to_text(NOW - timedelta(days=100)),
        "until": row["since"],
    }


def _counted(counts: Counter[tuple[str, ...]]) -> Iterator[tuple[str, dict[str, Any]]]:
    names = ("policy", "state", "reason", "ownership", "site", "team", "cls")
    for key, n in counts.items():
        text = json.dumps(key)
        yield text, {"key": text, "delta": n, **dict(zip(names, key, strict=True))}
