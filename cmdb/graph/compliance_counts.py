"""Kept counts of compliance: cells for every combination of what results are narrowed by, and sums of them for the whole fleet.

At 100,000 endpoints there are some 100,000 cells. The overview without site and team reads the sums (a few thousand rows); with one of them
it reads that site's or team's cells by index. All are written in the transaction that changes the results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, LiteralString

import orjson

from cmdb.graph.door import Graph, Row, Tx

DIMENSIONS = ("ownership", "site", "team", "cls")
_SUMMED = ("policy", "state", "reason", "ownership", "cls")
_CELL = ("policy", "state", "reason", "ownership", "site", "team", "cls", "n")
_BATCH = 5_000
_LISTED: LiteralString = " RETURN collect([k.policy, k.state, k.reason, k.ownership, k.site, k.team, k.cls, k.n]) AS rows"


def add(tx: Tx, cells: Sequence[Row]) -> None:
    """Add these differences (`key`, `delta` and the cell's words) to cells, sums and choices."""
    ordered = sorted((row for row in cells if row["delta"]), key=lambda row: str(row["key"]))
    if not ordered:
        return
    tx.run(
        """
        UNWIND $rows AS row
        MERGE (k:EvaluationCount {key: row.key})
        SET k.lock = row.delta
        SET k.policy = row.policy, k.state = row.state, k.reason = row.reason, k.ownership = row.ownership, k.site = row.site,
            k.team = row.team, k.cls = row.cls, k.n = coalesce(k.n, 0) + row.delta
        """,
        rows=ordered,
    )
    sums, choices = _rolled((row, int(row["delta"])) for row in ordered)
    _add_sums(tx, sums)
    _add_choices(tx, choices)


def _add_sums(tx: Tx, sums: Sequence[Row]) -> None:
    tx.run(
        """
        UNWIND $rows AS row
        MERGE (k:EvaluationSum {key: row.key})
        SET k.lock = row.delta
        SET k.policy = row.policy, k.state = row.state, k.reason = row.reason, k.ownership = row.ownership, k.cls = row.cls,
            k.n = coalesce(k.n, 0) + row.delta
        """,
        rows=list(sums),
    )


def _add_choices(tx: Tx, choices: Sequence[Row]) -> None:
    tx.run(
        """
        UNWIND $rows AS row
        MERGE (k:EvaluationChoice {key: row.key})
        SET k.lock = row.delta
        SET k.dimension = row.dimension, k.value = row.value, k.n = coalesce(k.n, 0) + row.delta
        """,
        rows=list(choices),
    )


def _rolled(cells: Iterable[tuple[Mapping[str, Any], int]]) -> tuple[list[Row], list[Row]]:
    """Sums and choices of these cells, in the order of their keys, those that come to nothing left out."""
    sums: dict[str, Row] = {}
    choices: dict[str, Row] = {}
    for row, n in cells:
        words = {name: row[name] for name in _SUMMED}
        key = orjson.dumps(list(words.values())).decode()
        sums.setdefault(key, {"key": key, "delta": 0, **words})["delta"] += n
        for name in DIMENSIONS:
            if value := row[name]:
                key = f"{name}|{value}"
                choices.setdefault(key, {"key": key, "delta": 0, "dimension": name, "value": value})["delta"] += n
    return _changed(sums), _changed(choices)


def _changed(rows: Mapping[str, Row]) -> list[Row]:
    return [rows[key] for key in sorted(rows) if rows[key]["delta"]]


def narrowed(graph: Graph, where: Mapping[str, str]) -> list[Row]:
    """The counts narrowed by ownership, site, team and cls, one for each policy, state, reason and ownership.

    What they were narrowed by stands in each row; `site`, `team` and `cls` are empty otherwise.
    """
    words = {name: where.get(name) or None for name in DIMENSIONS}
    source = _BY_TEAM if words["team"] else _BY_SITE if words["site"] else _OF_FLEET
    found = graph.read(source + _GROUPED, **words)
    told = {name: words[name] or "" for name in ("site", "team", "cls")}
    names = ("policy", "state", "reason", "ownership", "n")
    return [{**dict(zip(names, row, strict=True)), **told} for one in found for row in one["rows"]]


# Grouped by the engine: of a site at 100,000 endpoints some 500 rows travel instead of 6,000, which took half of the page.
_FITTING: LiteralString = " WHERE k.n > 0 AND ($ownership IS NULL OR k.ownership = $ownership) AND ($cls IS NULL OR k.cls = $cls)"
_BY_TEAM: LiteralString = "MATCH (k:EvaluationCount {team: $team})" + _FITTING + " AND ($site IS NULL OR k.site = $site)"
_BY_SITE: LiteralString = "MATCH (k:EvaluationCount {site: $site})" + _FITTING
_OF_FLEET: LiteralString = "MATCH (k:EvaluationSum)" + _FITTING
_GROUPED: LiteralString = """
    WITH k.policy AS policy, k.state AS state, k.reason AS reason, k.ownership AS ownership, sum(k.n) AS n
    RETURN collect([policy, state, reason, ownership, n]) AS rows
"""


def of_policies(graph: Graph, policies: Collection[str], state: str) -> list[Row]:
    """Every cell of these policies in that state."""
    query: LiteralString = (
        "UNWIND $policies AS policy MATCH (k:EvaluationCount {policy: policy}) WHERE k.n > 0 AND k.state = $state" + _LISTED
    )
    return _rows(graph.read(query, policies=sorted(policies), state=state)) if policies else []


def sums(graph: Graph) -> list[Row]:
    """The sums of the fleet, as they are kept: for checks. Rows: policy, state, reason, ownership, cls, n."""
    return graph.read(
        """
        MATCH (k:EvaluationSum) WHERE k.n > 0
        RETURN k.policy AS policy, k.state AS state, k.reason AS reason, k.ownership AS ownership, k.cls AS cls, k.n AS n
        """
    )


def everything(graph: Graph) -> list[Row]:
    """Every cell (slow where there are many: for what is kept of a day, and for checks)."""
    query: LiteralString = "MATCH (k:EvaluationCount) WHERE k.n > 0" + _LISTED
    return _rows(graph.read(query))


def cells(graph: Graph) -> list[list[Any]]:
    """Every cell as a list: policy, state, reason, ownership, site, team, cls, n. A third of the work of `everything`."""
    query: LiteralString = "MATCH (k:EvaluationCount) WHERE k.n > 0" + _LISTED
    return [row for one in graph.read(query) for row in one["rows"]]


def _rows(found: Sequence[Row]) -> list[Row]:
    return [dict(zip(_CELL, row, strict=True)) for one in found for row in one["rows"]]


def choices(graph: Graph) -> dict[str, tuple[str, ...]]:
    """What results can be narrowed by: dimension → values, in order."""
    rows = graph.read(
        "MATCH (k:EvaluationChoice) WHERE k.n > 0 RETURN k.dimension AS dimension, k.value AS value ORDER BY dimension, value"
    )
    return {name: tuple(str(row["value"]) for row in rows if row["dimension"] == name) for name in DIMENSIONS}


def rebuild(graph: Graph) -> None:
    """Make sums and choices anew from the cells (after a release without them)."""
    graph.write("MATCH (k:EvaluationSum) DELETE k")
    graph.write("MATCH (k:EvaluationChoice) DELETE k")
    sums, chosen = _rolled((row, int(row["n"])) for row in everything(graph))

    def work(tx: Tx) -> None:
        for start in range(0, len(sums), _BATCH):
            _add_sums(tx, sums[start : start + _BATCH])
        _add_choices(tx, chosen)

    graph.writing(work)
