"""The canonical dump: the graph without ids and clocks, so that two ways to one state can be compared."""

from __future__ import annotations

import json
from typing import Any

from cmdb.graph.door import Graph

_CLOCKS = {"id", "rev", "lock", "created_at", "born_at", "created_by", "updated_at"}


def dump(graph: Graph) -> list[Any]:
    """CIs named by their identifiers, with attributes, relations, and what each source last said."""
    keys: dict[str, list[str]] = {}
    for row in graph.read(
        "MATCH (i:Identifier)-[:IDENTIFIES]->(c:CI) RETURN c.id AS ci, i.kind AS kind, i.value AS value, i.shared AS shared"
    ):
        keys.setdefault(row["ci"], []).append(f"{row['kind']}={row['value']}{'!' if row['shared'] else ''}")
    parents = {r["a"]: r["b"] for r in graph.read("MATCH (a:CI)-[:PART_OF]->(b:CI) RETURN a.id AS a, b.id AS b")}

    def name(ci: str) -> str:
        own = ",".join(sorted(keys.get(ci, ())))
        return f"{name(parents[ci])}/{own}" if ci in parents else own

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
