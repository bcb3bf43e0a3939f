"""The canonical dump: the graph without ids and clocks, so that two ways to one state can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from cmdb.graph.door import Graph

_CLOCKS = {"id", "rev", "lock", "created_at", "born_at", "created_by", "updated_at"}

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def history(graph: Graph) -> list[str]:
    """Every event and every review with its answer, CIs named by their identifiers, in the order of what happened."""
    name = _namer(graph)
    gone = {r["id"]: r["to"] for r in graph.read("MATCH (r:Redirect) RETURN r.id AS id, r.to AS to")}

    def named(text: str) -> str:
        return _UUID.sub(lambda found: name(gone.get(found.group(), found.group())) or "?", text)

    events = [
        json.dumps([e["at"], e["kind"], named(e["ci"]), e["source"], e["actor"], e["reason"], sorted(map(named, map(json.dumps, changes)))])
        for row in graph.read("MATCH (e:Event) RETURN e")
        for e in [row["e"]]
        for changes in [json.loads(e["changes"])]
    ]
    reviews = [
        json.dumps([v["kind"], v["title"], v["state"], named(v.get("answer") or ""), v.get("answered_by"), v.get("answer_reason")])
        for row in graph.read("MATCH (v:Review) RETURN v")
        for v in [row["v"]]
    ]
    return sorted(events) + sorted(reviews)


def dump(graph: Graph) -> list[Any]:
    """CIs named by their identifiers, with attributes, relations, and what each source last said."""
    name = _namer(graph)
    return _dumped(graph, name)


def _namer(graph: Graph) -> Callable[[str], str]:
    keys: dict[str, list[str]] = {}
    for row in graph.read(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(c:CI) RETURN c.id AS ci, i.kind AS kind, i.value AS value, i.shared AS shared"
    ):
        keys.setdefault(row["ci"], []).append(f"{row['kind']}={row['value']}{'!' if row['shared'] else ''}")
    parents = {r["a"]: r["b"] for r in graph.read("MATCH (a:CI)-[:PART_OF]->(b:CI) RETURN a.id AS a, b.id AS b")}

    def name(ci: str) -> str:
        own = ",".join(sorted(keys.get(ci, ())))
        return f"{name(parents[ci])}/{own}" if ci in parents else own

    return name


def _dumped(graph: Graph, name: Callable[[str], str]) -> list[Any]:
    cis = {row["c"]["id"]: {k: v for k, v in row["c"].items() if k not in _CLOCKS} for row in graph.read("MATCH (c:CI) RETURN c")}
    relations = sorted(
        f"{name(r['a'])} -{r['key'].split('|')[0]}-> {name(r['b'])} by {sorted(c.split('|')[1] for c in r['claims'])}"
        for r in graph.read("MATCH (a:CI)-[r]->(b:CI) RETURN a.id AS a, b.id AS b, r.key AS key, r.claims AS claims")
    )
    records = sorted(
        f"{name(r['ci'])} {r['source']} {r['at']} {_words(r['data'])}"
        for r in graph.read("MATCH (s:SourceRecord) RETURN s.ci AS ci, s.source AS source, s.observed_at AS at, s.data AS data")
    )
    return [sorted(json.dumps([name(ci), props], sort_keys=True) for ci, props in cis.items()), relations, records]


def _words(data: str) -> str:
    body = json.loads(data)
    return json.dumps({n: [v, t] for n, (v, t) in body["a"].items() if not n.startswith("@")}, sort_keys=True)
