"""Evaluations in the graph: the current result of each policy on each endpoint, closed intervals, kept counts, standing per endpoint.

The current result is `(:Evaluation {key: ci|policy})-[:EVALUATES]->(:CI)`; when its state, reason or policy edition changes, the interval
that ends is kept as `(:PastEvaluation {key: ci|policy|since})`. Counts are kept in the same transaction (`cmdb.graph.compliance_counts`),
so that the overview of 100,000 endpoints never counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

import orjson

from cmdb.errors import GraphConflict
from cmdb.graph import compliance_counts, standings
from cmdb.graph.door import Graph, Row, Tx
from cmdb.graph.standings import Move

SHAPE: LiteralString = """ {.ci, .policy, .state, .reason, .edition, .severity, .since, .checked_at, .evidence,
    .cls, .ownership, .declared, .site, .team, .name, .rev} AS e """


@dataclass(slots=True)
class Writes:
    """What one batch changes. Rows of `changed` carry `before_rev`; `closed` are the intervals that end; `counts`: key → (row, delta).

    `standings`, `weights` and `moves` are what `cmdb.graph.standings.renew` asks for.
    """

    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)
    standings: list[Row] = field(default_factory=list)
    counts: dict[str, Row] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    moves: dict[str, list[Move]] | None = None

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.ended or self.standings)


def gather(graph: Graph, ids: Sequence[str], classes: Collection[str]) -> dict[str, Row]:
    """Everything facts are made of, in four reads: properties, live source words, owners, site. By id; only `classes`."""

    def work(tx: Tx) -> dict[str, Row]:
        rows = tx.run(
            "UNWIND $ids AS id MATCH (c:CI {id: id}) WHERE c.class IN $classes RETURN collect(c {.*}) AS rows",
            ids=list(ids),
            classes=sorted(classes),
        )
        found = {str(ci["id"]): {"ci": ci, "words": [], "owners": [], "team": "", "site": ""} for ci in rows[0]["rows"]}
        if found:
            _gather_words(tx, found)
            _gather_owners(tx, found)
            _gather_sites(tx, found)
        return found

    return graph.reading(work)


# Each of these comes as one record with a list of rows, sorted here: a sixth of the work of a record for each row.


def _gather_words(tx: Tx, found: dict[str, Row]) -> None:
    rows = tx.run(
        """
        UNWIND $ids AS id
        MATCH (c:CI {id: id}) WITH id, c
        MATCH (s:SourceRecord)-[:RECORD_OF]->(c)
        WHERE coalesce(s.distrusted, '') = ''
        RETURN collect([id, s.source, s.observed_at, coalesce(s.absent_at, ''), s.data]) AS rows
        """,
        ids=list(found),
    )[0]["rows"]
    for ci, source, at, absent_at, data in sorted(rows, key=lambda row: (row[0], row[1], row[2])):
        if not absent_at:
            _speak(found[ci]["words"], _words(source, at, data))


def _gather_owners(tx: Tx, found: dict[str, Row]) -> None:
    rows = tx.run(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})-[:OWNED_BY|USED_BY]->(p:CI)
        OPTIONAL MATCH (p)-[:BELONGS_TO]->(t:CI)
        RETURN collect([id, p.display_name, p.class, t.display_name]) AS rows
        """,
        ids=list(found),
    )[0]["rows"]
    for ci, name, cls, team in sorted(rows, key=lambda row: (row[0], row[1] or "", row[3] is None, row[3] or "")):
        one = found[ci]
        if name not in one["owners"]:
            one["owners"].append(name)
        one["team"] = one["team"] or (name if cls == "team" else team) or ""


def _gather_sites(tx: Tx, found: dict[str, Row]) -> None:
    rows = tx.run(
        """
        UNWIND $ids AS id
        MATCH (:CI {id: id})-[:LOCATED_IN*1..3]->(s:CI {class: 'site'})
        RETURN collect([id, s.display_name]) AS rows
        """,
        ids=list(found),
    )[0]["rows"]
    for ci, site in sorted(rows, key=lambda row: (row[0], row[1] or "")):
        found[ci]["site"] = found[ci]["site"] or site or ""


def _speak(words: list[Row], newer: Row) -> None:
    """Add a source's word. It may have a record for each thing it takes this one for: of each value the newest counts."""
    older = words[-1] if words and words[-1]["source"] == newer["source"] else None
    if older is None:
        words.append(newer)
        return
    for name, word in newer["attributes"].items():
        if name not in older["attributes"] or older["attributes"][name][1] <= word[1]:
            older["attributes"][name] = word
    older["coverage"] |= newer["coverage"]
    if newer["software"] is not None:
        older["software"], older["software_at"] = newer["software"], newer["software_at"]
    older["observed_at"] = newer["observed_at"]


def _words(source: str, at: str, data: str) -> Row:
    """One source record's body (reconciliation/records.py documents the form): times left out are those of the record."""
    body = orjson.loads(data)
    return {
        "source": source,
        "observed_at": at,
        "attributes": {name: (tuple(v) if isinstance(v, list) else v, when or at) for name, (v, when) in body.get("a", {}).items()},
        "coverage": {part: (look[0], look[2]) for part, look in body.get("p", {}).items()},
        "software": tuple(body["s"][0]) if "s" in body else None,
        "software_at": (body["s"][1] or at) if "s" in body else "",
    }


_CURRENT: tuple[str, ...] = (
    *("ci", "policy", "state", "reason", "edition", "severity", "since", "checked_at", "evidence"),
    *("cls", "ownership", "declared", "site", "team", "name", "rev"),
)
_AS_LIST: LiteralString = """ RETURN collect([e.ci, e.policy, e.state, e.reason, e.edition, e.severity, e.since, e.checked_at, e.evidence,
    e.cls, e.ownership, e.declared, e.site, e.team, e.name, e.rev]) AS rows"""


def current(graph: Graph, ids: Sequence[str], policies: Collection[str] | None = None) -> list[Row]:
    """The current evaluations of these endpoints, by these policies alone where they are given."""
    if policies is not None:
        keyed: LiteralString = "UNWIND $keys AS key MATCH (e:Evaluation {key: key})" + _AS_LIST
        found = graph.read(keyed, keys=[f"{ci}|{policy}" for ci in ids for policy in sorted(policies)])
    else:
        query: LiteralString = "UNWIND $ids AS id MATCH (e:Evaluation {ci: id})" + _AS_LIST
        found = graph.read(query, ids=list(ids))
    return [dict(zip(_CURRENT, row, strict=True)) for row in found[0]["rows"]]


def endpoint_ids(graph: Graph, classes: Collection[str]) -> list[str]:
    """Ids of all CIs of these classes, and of all that still have an evaluation."""
    there = graph.read("MATCH (c:CI) WHERE c.class IN $classes RETURN collect(c.id) AS ids", classes=sorted(classes))
    judged = graph.read("MATCH (s:EndpointStanding) RETURN collect(s.ci) AS ids")
    return sorted({*there[0]["ids"], *judged[0]["ids"]})


def write(graph: Graph, writes: Writes) -> None:
    """Write one batch or raise GraphConflict: somebody else judged one of these endpoints meanwhile, gather again."""
    graph.writing(lambda tx: _write(tx, writes))


def _write(tx: Tx, writes: Writes) -> None:
    if writes.closed:
        tx.run("UNWIND $rows AS row CREATE (p:PastEvaluation) SET p = row", rows=writes.closed)
    if writes.new:
        tx.run("UNWIND $rows AS row MATCH (c:CI {id: row.ci}) CREATE (e:Evaluation)-[:EVALUATES]->(c) SET e = row", rows=writes.new)
    if writes.changed:
        _change(tx, writes.changed)
    if writes.ended:
        _end(tx, writes.ended)
    standings.renew(tx, writes.standings, writes.weights, writes.moves)
    compliance_counts.add(tx, list(writes.counts.values()))


def _change(tx: Tx, rows: Sequence[Row]) -> None:
    done = tx.run(
        """
        UNWIND $rows AS row
        MATCH (e:Evaluation {key: row.key})
        SET e.lock = row.before_rev
        WITH e, row WHERE e.rev = row.before_rev
        SET e += row.props
        RETURN count(e) AS n
        """,
        rows=rows,
    )
    _all_there(done, rows)


def _end(tx: Tx, rows: Sequence[Row]) -> None:
    gone = tx.run(
        """
        UNWIND $rows AS row
        MATCH (e:Evaluation {key: row.key})
        SET e.lock = row.before_rev
        WITH e, row WHERE e.rev = row.before_rev
        DETACH DELETE e
        RETURN count(*) AS n
        """,
        rows=rows,
    )
    _all_there(gone, rows)
    tx.run(  # of one that was joined into another: its intervals are told with the one that carries on
        "UNWIND $ids AS id MATCH (r:Redirect {id: id}) MATCH (p:PastEvaluation {ci: id}) SET p.ci = r.to, p.was = id",
        ids=sorted({row["ci"] for row in rows}),
    )


def _all_there(done: Sequence[Row], rows: Sequence[Row]) -> None:
    if done[0]["n"] != len(rows):
        raise GraphConflict("Somebody else judged one of these endpoints meanwhile.")


def note_sweep(graph: Graph, at: str, endpoints: int) -> None:
    """Note that every current result was confirmed at `at`."""
    graph.write("MERGE (k:EvaluationCount {key: '#sweep'}) SET k.at = $at, k.endpoints = $n, k.n = 0", at=at, n=endpoints)


def last_sweep(graph: Graph) -> str:
    """When every result was last confirmed (ISO text); empty: never."""
    rows = graph.read("MATCH (k:EvaluationCount {key: '#sweep'}) RETURN k.at AS at")
    return str(rows[0]["at"]) if rows else ""


def counts(graph: Graph) -> list[Row]:
    """The kept counts, every cell. Rows: policy, state, reason, ownership, site, team, cls, n."""
    return compliance_counts.everything(graph)


def counts_of(graph: Graph, policy: str) -> int:
    """How many endpoints this policy has judged."""
    rows = graph.read("MATCH (k:EvaluationCount {policy: $policy}) WHERE k.n > 0 RETURN sum(k.n) AS n", policy=policy)
    return int(rows[0]["n"] or 0) if rows else 0


def recount(graph: Graph) -> list[Row]:
    """What the counts must be, from the evaluations themselves (slow: tests and the nightly check). Rows as `counts`."""
    return graph.read(
        """
        MATCH (e:Evaluation)
        RETURN e.policy AS policy, e.state AS state, e.reason AS reason, e.declared AS ownership, e.site AS site, e.team AS team,
               e.cls AS cls, count(*) AS n
        """
    )


def listed(
    graph: Graph, places: Sequence[str], where: Mapping[str, str], *, after: tuple[str, str], limit: int, backwards: bool = False
) -> list[Row]:
    """Current evaluations at these places (`policy|state`), by name; backwards those before `after`, nearest first.

    `where`: ownership, site, team, cls, reason, severity, name (a part).
    """
    query: LiteralString = (
        """
        MATCH (e:Evaluation) WHERE e.place IN $places
          AND ($ownership IS NULL OR e.declared = $ownership) AND ($site IS NULL OR e.site = $site) AND ($team IS NULL OR e.team = $team)
          AND ($cls IS NULL OR e.cls = $cls) AND ($reason IS NULL OR e.reason = $reason)
          AND ($severity IS NULL OR e.severity = $severity) AND ($name IS NULL OR e.name_lower CONTAINS $name)
        """
        + (_BEFORE if backwards else _BEYOND)
        + " RETURN collect([name_lower, key]) AS rows"
    )
    words = {key: where.get(key) for key in ("ownership", "site", "team", "cls", "reason", "severity", "name")}
    rows = graph.read(query, places=list(places), after=after[0], key=after[1], limit=limit, **words)[0]["rows"]
    order = {key: (name_lower, key) for name_lower, key in rows}
    whole: LiteralString = "UNWIND $keys AS key MATCH (e:Evaluation {key: key}) RETURN key, e" + SHAPE
    found = [{**row["e"], "key": row["key"], "name_lower": order[row["key"]][0]} for row in graph.read(whole, keys=list(order))]
    return sorted(found, key=lambda row: order[row["key"]], reverse=backwards)


# Sorting names takes half as long as sorting the nodes themselves on the embedded engine. The place in the list is asked for apart from the
# pattern: in it, Neo4j takes `key > $key` for the best beginning, and reads the results of all policies.
_BEYOND: LiteralString = """
    WITH e.name_lower AS name_lower, e.key AS key
    WITH name_lower, key WHERE name_lower > $after OR (name_lower = $after AND key > $key)
    WITH name_lower, key ORDER BY name_lower, key LIMIT $limit
"""
_BEFORE: LiteralString = """
    WITH e.name_lower AS name_lower, e.key AS key
    WITH name_lower, key WHERE name_lower < $after OR (name_lower = $after AND key < $key)
    WITH name_lower, key ORDER BY name_lower DESC, key DESC LIMIT $limit
"""


def past(graph: Graph, ci: str, *, limit: int = 500) -> list[Row]:
    """Closed intervals of one endpoint, newest first. Rows: policy, state, reason, edition, since, until, evidence."""
    return graph.read(
        """
        MATCH (p:PastEvaluation {ci: $ci})
        RETURN p.policy AS policy, p.state AS state, p.reason AS reason, p.edition AS edition, p.since AS since, p.until AS until,
               p.evidence AS evidence
        ORDER BY until DESC, policy LIMIT $limit
        """,
        ci=ci,
        limit=limit,
    )


def worst_end(graph: Graph, *, limit: int) -> str | None:
    """Where a window of the order of `standings.rank` ends that holds as many as are asked for, or all there are; None: there are none."""
    query: LiteralString = "MATCH (s:EndpointStanding) WHERE s.rank > $place WITH s.rank AS rank LIMIT $limit RETURN max(rank + '') AS end"
    end = graph.read(query, place="", limit=limit)[0]["end"]  # as `cmdb.graph.compliance_lists` asks
    return None if end is None else str(end)


def worst(graph: Graph, *, limit: int) -> list[Row]:
    """Endpoints with the heaviest failures, those as heavy by name: as many of the order of `standings.rank` as are asked for."""
    end = worst_end(graph, limit=limit)
    if end is None:
        return []
    rows = graph.read(
        "MATCH (s:EndpointStanding) WHERE s.rank > $place AND s.rank <= $end RETURN collect([s.rank, s.ci]) AS rows", place="", end=end
    )
    order = {ci: rank for rank, ci in sorted(rows[0]["rows"])[:limit]}
    whole = graph.read(
        """
        UNWIND $ids AS id
        MATCH (s:EndpointStanding {ci: id})
        RETURN s {.ci, .name, .cls, .ownership, .declared, .site, .team, .fails, .unknowns, .passes, .weight, .worst} AS s
        """,
        ids=list(order),
    )
    return sorted((row["s"] for row in whole), key=lambda one: order[one["ci"]])
