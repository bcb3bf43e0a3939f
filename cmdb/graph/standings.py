"""The standing of an endpoint: how many of its results fail, pass and are unknown, how heavy that is, and which policies it fails.

It is summed from the endpoint's results in the transaction that changes them, under a lock of its own: somebody who judges by one policy
and somebody who judges by all may be at it at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmdb.graph.door import Row, Tx


def renew(tx: Tx, rows: Sequence[Row], weights: Mapping[str, int]) -> None:
    """Sum these standings anew. Rows: `ci` and `words` (name, cls, ownership, declared, site, team), None: as they were.

    `weights`: severity → weight. A standing without words and without any result left goes.
    """
    if not rows:
        return
    ids = sorted({str(row["ci"]) for row in rows})
    words = {str(row["ci"]): row["words"] for row in rows}
    tx.run("UNWIND $ids AS id MERGE (s:EndpointStanding {ci: id}) SET s.lock = 1", ids=ids)
    found: dict[str, list[list[str]]] = {
        row["id"]: row["results"]
        for row in tx.run(
            "UNWIND $ids AS id MATCH (e:Evaluation {ci: id}) RETURN id, collect([e.policy, e.state, e.severity]) AS results", ids=ids
        )
    }
    kept = [{"ci": ci, "props": {**(words[ci] or {}), **_sum(found.get(ci, []), weights)}} for ci in ids if words[ci] or ci in found]
    tx.run("UNWIND $rows AS row MATCH (s:EndpointStanding {ci: row.ci}) SET s += row.props", rows=kept)
    gone = [ci for ci in ids if not words[ci] and ci not in found]
    if gone:
        tx.run("UNWIND $ids AS id MATCH (s:EndpointStanding {ci: id}) DELETE s", ids=gone)


def _sum(results: Sequence[Sequence[str]], weights: Mapping[str, int]) -> Row:
    states = [state for _, state, _ in results]
    failed = sorted((-weights[severity], policy) for policy, state, severity in results if state == "fail")
    return {
        "fails": len(failed),
        "unknowns": states.count("unknown"),
        "passes": states.count("pass"),
        "weight": -sum(weight for weight, _ in failed),
        "worst": [policy for _, policy in failed],
    }
