"""Join: two CIs were one thing all along. Everything that hangs on the younger moves to the older; its id redirects for ever."""

from __future__ import annotations

from typing import Any, LiteralString

import orjson

from cmdb.errors import GraphConflict
from cmdb.graph.door import Graph, Tx
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change
from cmdb.model.ids import uuid7

_MOVED: tuple[tuple[str, str], ...] = (
    ("IDENTIFIES", "in"),
    ("EVENT_OF", "in"),
    ("HAS_SOFTWARE", "out"),
    ("LOAN_OF", "in"),
    ("LENT_TO", "in"),
    ("ASKS_ABOUT", "in"),
    ("EVALUATES", "in"),
)
"""Relation types of the house itself, beside the catalogue's, and their direction seen from the CI."""


def join(graph: Graph, catalogue: Catalogue, keep: str, gone: str, *, reason: str, source: str, at: str) -> None:
    """Join CI `gone` into `keep` in one transaction. Doing it again does nothing. Raises GraphConflict when either does not exist."""
    graph.writing(lambda tx: _join(tx, catalogue, keep, gone, (reason, source, at)))


def _join(tx: Tx, catalogue: Catalogue, keep: str, gone: str, why: tuple[str, str, str]) -> None:
    rows = tx.run(
        "UNWIND $ids AS id MATCH (c:CI {id: id}) SET c.rev = c.rev + 1 RETURN c.id AS id, c.class AS class", ids=sorted((keep, gone))
    )
    if len(rows) != 2:
        if tx.run("MATCH (r:Redirect {id: $gone}) RETURN r.to AS to", gone=gone):
            return
        raise GraphConflict("One of the two configuration items does not exist any more.")
    _rekey_children(tx, catalogue, keep, gone, why)
    _move_records(tx, keep, gone)
    for label in sorted({kind.label for kind in catalogue.relations.values()}):
        _move(tx, label, "out", keep, gone, rekey=True)
        _move(tx, label, "in", keep, gone, rekey=True)
    for label, direction in _MOVED:
        _move(tx, label, direction, keep, gone, rekey=False)
    reason, source, happened = why
    event = {
        "id": uuid7(),
        "ci": keep,
        "kind": "joined",
        "at": happened,
        "recorded_at": happened,
        "source": source,
        "actor": "",
        "reason": reason,
        "changes": orjson.dumps([Change("joined", keep, "", "", "id", gone, keep, source, reason).to_json()]).decode(),
        "count": 1,
    }
    tx.run("MATCH (c:CI {id: $keep}) CREATE (e:Event)-[:EVENT_OF]->(c) SET e = $event", keep=keep, event=event)
    tx.run("MATCH (r:Redirect {to: $gone}) SET r.to = $keep", gone=gone, keep=keep)
    tx.run("MATCH (c:CI {id: $gone}) DETACH DELETE c", gone=gone)
    tx.run("CREATE (:Redirect {id: $gone, to: $keep, at: $at, reason: $reason})", gone=gone, keep=keep, at=happened, reason=reason)


def _rekey_children(tx: Tx, catalogue: Catalogue, keep: str, gone: str, why: tuple[str, str, str]) -> None:
    """What lies in the CI is identified inside it: its identifiers get the survivor's id; where it has the like, they join too."""
    rows = tx.run(
        """
        MATCH (:CI {id: $gone})<-[:PART_OF]-(child:CI)<-[:IDENTIFIES]-(i:Identifier)
        WHERE i.key CONTAINS $scope
        RETURN child.id AS child, i.key AS key
        """,
        gone=gone,
        scope=f"|{gone}|",
    )
    for row in rows:
        new_key = str(row["key"]).replace(f"|{gone}|", f"|{keep}|")
        twin = tx.run("MATCH (i:Identifier {key: $key})-[:IDENTIFIES]->(c:CI) RETURN c.id AS id", key=new_key)
        if not twin:
            tx.run("MATCH (i:Identifier {key: $old}) SET i.key = $new", old=row["key"], new=new_key)
            continue
        older = str(twin[0]["id"])
        if older != row["child"]:
            _join(tx, catalogue, older, str(row["child"]), why)
        tx.run("MATCH (i:Identifier {key: $old}) DETACH DELETE i", old=row["key"])


def _move_records(tx: Tx, keep: str, gone: str) -> None:
    """Source records move; where both have one of the same source, the newer speaks and the older is kept beside it for the history."""
    rows = tx.run(
        "MATCH (s:SourceRecord)-[:RECORD_OF]->(:CI {id: $gone}) RETURN s.key AS key, s.source AS source, s.observed_at AS at", gone=gone
    )
    for row in rows:
        new_key = f"{keep}|{row['source']}"
        twin = tx.run("MATCH (s:SourceRecord {key: $key}) RETURN s.observed_at AS at", key=new_key)
        if twin and str(twin[0]["at"]) >= str(row["at"]):
            tx.run("MATCH (s:SourceRecord {key: $key}) DETACH DELETE s", key=row["key"])
            continue
        if twin:
            tx.run("MATCH (s:SourceRecord {key: $key}) DETACH DELETE s", key=new_key)
        tx.run(
            """
            MATCH (s:SourceRecord {key: $old})-[r:RECORD_OF]->(:CI {id: $gone})
            MATCH (c:CI {id: $keep})
            DELETE r
            CREATE (s)-[:RECORD_OF]->(c)
            SET s.key = $new, s.ci = $keep, s.rev = s.rev + 1
            """,
            old=row["key"],
            new=new_key,
            gone=gone,
            keep=keep,
        )


def _move(tx: Tx, label: str, direction: str, keep: str, gone: str, *, rekey: bool) -> None:
    outward = direction == "out"
    find = "MATCH (:CI {id: $gone})-[r:LABEL]->(o) RETURN o.id AS other, o.key AS other_key, labels(o) AS far, r AS props"
    if not outward:
        find = "MATCH (:CI {id: $gone})<-[r:LABEL]-(o) RETURN o.id AS other, o.key AS other_key, labels(o) AS far, r AS props"
    rows = tx.run(_typed(find, label), gone=gone)
    for row in rows:
        props = dict(row["props"])
        if row["other"] == keep:
            continue
        if rekey and "key" in props:
            props["key"] = str(props["key"]).replace(gone, keep)
            props["claims"] = [str(claim).replace(gone, keep) for claim in props.get("claims", ())]
        far = "CI" if "CI" in row["far"] else str(row["far"][0])
        _attach(tx, (label, far), keep, (str(row["other"] or ""), str(row["other_key"] or "")), props, outward=outward)
    remove = "MATCH (:CI {id: $gone})-[r:LABEL]->() DELETE r" if outward else "MATCH (:CI {id: $gone})<-[r:LABEL]-() DELETE r"
    tx.run(_typed(remove, label), gone=gone)


def _attach(tx: Tx, types: tuple[str, str], keep: str, other: tuple[str, str], props: dict[str, object], *, outward: bool) -> None:
    """The relation at the survivor, unless it has the same one already.

    `types`: relation type, label of the far node (so that its index is used). `other`: id (CIs, loans) or key (identifiers, chunks).
    """
    label, far = types
    there, make = _FAR[(bool(other[0]), outward)]
    value = other[0] or other[1]
    if tx.run(_typed(there, label, far), keep=keep, other=value)[0]["n"]:
        return
    tx.run(_typed(make, label, far), keep=keep, other=value, props=props)


_FAR: dict[tuple[bool, bool], tuple[str, str]] = {
    (True, True): (
        "MATCH (:CI {id: $keep})-[r:LABEL]->(:FARTHER {id: $other}) RETURN count(r) AS n",
        "MATCH (c:CI {id: $keep}) MATCH (o:FARTHER {id: $other}) CREATE (c)-[r:LABEL]->(o) SET r = $props",
    ),
    (True, False): (
        "MATCH (:CI {id: $keep})<-[r:LABEL]-(:FARTHER {id: $other}) RETURN count(r) AS n",
        "MATCH (c:CI {id: $keep}) MATCH (o:FARTHER {id: $other}) CREATE (c)<-[r:LABEL]-(o) SET r = $props",
    ),
    (False, True): (
        "MATCH (:CI {id: $keep})-[r:LABEL]->(:FARTHER {key: $other}) RETURN count(r) AS n",
        "MATCH (c:CI {id: $keep}) MATCH (o:FARTHER {key: $other}) CREATE (c)-[r:LABEL]->(o) SET r = $props",
    ),
    (False, False): (
        "MATCH (:CI {id: $keep})<-[r:LABEL]-(:FARTHER {key: $other}) RETURN count(r) AS n",
        "MATCH (c:CI {id: $keep}) MATCH (o:FARTHER {key: $other}) CREATE (c)<-[r:LABEL]-(o) SET r = $props",
    ),
}
"""(found by id rather than key, outward) → whether it is there already, and how it is made."""


def _typed(query: str, label: str, far: str = "") -> LiteralString:
    """Relation types come from the catalogue or from the list above, labels from the graph; never from outside."""
    for word in (label, far or label):
        if not word.replace("_", "a").isalnum() or not word.isascii():
            raise ValueError(f"not a label or relation type: {word!r}")
    checked: Any = query.replace("LABEL", label).replace("FARTHER", far)
    return checked  # type: ignore[no-any-return]
