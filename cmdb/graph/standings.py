"""The standing of an endpoint: how many of its results fail, pass and are unknown, how heavy that is, and which policies it fails.

It is kept in the transaction that changes the results, under a lock of its own: somebody who judges by one policy and somebody who
judges by all may be at it at the same time. Judging by all sums the results; judging by one adds the difference and reads no results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cmdb.graph.door import Row, Tx

RANK_HEAD = 6
"""So many characters of a rank come before the shelf."""
_DIGITS = RANK_HEAD - 1
_HEAVIEST = 10**_DIGITS - 1


class Move(NamedTuple):
    """A result that came, went or changed: (state, severity) before and after, None where there was or is none."""

    policy: str
    before: tuple[str, str] | None
    after: tuple[str, str] | None


Moves = Mapping[str, Sequence[Move]]
"""ci → what changed of its results."""


def renew(tx: Tx, rows: Sequence[Row], weights: Mapping[str, int], moves: Moves | None = None) -> None:
    """Keep these standings. Rows: `ci` and `words` (name, cls, ownership, declared, site, team), None: as they were.

    `weights`: severity → weight. `moves`: everything that this transaction changed of their results, None: sum the results anew. A standing
    without words and without any result left goes.
    """
    if not rows:
        return
    ids = sorted({str(row["ci"]) for row in rows})
    words = {str(row["ci"]): row["words"] for row in rows}
    kept = _locked(tx, ids)
    sums = {} if moves is None else _by_difference(kept, ids, moves, weights)
    rest = [ci for ci in ids if ci not in sums]
    sums |= _summed(tx, rest, weights)
    props = [
        {"ci": ci, "props": _ranked({**_told_of(ci, words[ci]), **sums.get(ci, _sum((), weights))}, kept[ci][-1])}
        for ci in ids
        if words[ci] or ci in sums
    ]
    if props:
        tx.run("UNWIND $rows AS row MATCH (s:EndpointStanding {ci: row.ci}) SET s += row.props", rows=props)
    gone = [ci for ci in ids if not words[ci] and ci not in sums]
    if gone:
        tx.run("UNWIND $ids AS id MATCH (s:EndpointStanding {ci: id}) DELETE s", ids=gone)


def shelf(name: str, ci: str) -> str:
    """Where an endpoint stands in the order of names; SOH keeps a name before the longer ones that begin with it."""
    return f"{name.lower()}\x01{ci}"


def rank(weight: int, place: str) -> str | None:
    """Where an endpoint stands in the order of what is to repair, the heaviest first, those as heavy by name; None: nothing is.

    `place`: as `shelf` gives it. As text, since the embedded engine reads ranges of texts by an index, and none of numbers.
    """
    return f"{max(_HEAVIEST - weight, 0):0{_DIGITS}d}\x01{place}" if weight > 0 else None


def _ranked(props: Row, place: str | None) -> Row:
    """`place`: the shelf as it was, for one whose words are not told anew."""
    return {**props, "rank": rank(int(props["weight"]), str(props.get("shelf") or place or ""))}


def _told_of(ci: str, words: Row | None) -> Row:
    return {**words, "shelf": shelf(str(words["name"]), ci)} if words else {}


def _locked(tx: Tx, ids: Sequence[str]) -> dict[str, list[Any]]:
    """The standings as they are, from now on changed by nobody else: fails, unknowns, passes, weight, worst, heavy, shelf."""
    found = tx.run(
        """
        UNWIND $ids AS id
        MERGE (s:EndpointStanding {ci: id})
        SET s.lock = 1
        RETURN collect([s.ci, s.fails, s.unknowns, s.passes, s.weight, s.worst, s.heavy, s.shelf]) AS rows
        """,
        ids=list(ids),
    )
    return {row[0]: row[1:] for row in found[0]["rows"]}


def _summed(tx: Tx, ids: Sequence[str], weights: Mapping[str, int]) -> dict[str, Row]:
    if not ids:
        return {}
    found = tx.run(
        "UNWIND $ids AS id MATCH (e:Evaluation {ci: id}) RETURN collect([id, e.policy, e.state, e.severity]) AS rows", ids=list(ids)
    )
    results: dict[str, list[Sequence[str]]] = {}
    for ci, *result in found[0]["rows"]:
        results.setdefault(ci, []).append(result)
    return {ci: _sum(one, weights) for ci, one in results.items()}


def _by_difference(kept: Mapping[str, list[Any]], ids: Sequence[str], moves: Moves, weights: Mapping[str, int]) -> dict[str, Row]:
    """The standings that a difference gives; those it does not (new, of an earlier release, nothing left) are left out."""
    found: dict[str, Row] = {}
    for ci in ids:
        fails, unknowns, passes, _, worst, heavy, _ = kept[ci]
        if fails is None or heavy is None or len(heavy) != len(worst or ()):
            continue
        failed: dict[str, int] = dict(zip(worst or (), heavy, strict=True))
        tally = {"unknown": unknowns, "pass": passes}
        if _moved(failed, tally, moves.get(ci, ()), weights) and (failed or any(tally.values())):
            found[ci] = _told(sorted((-weight, policy) for policy, weight in failed.items()), tally["unknown"], tally["pass"])
    return found


def _moved(failed: dict[str, int], tally: dict[str, int], moves: Sequence[Move], weights: Mapping[str, int]) -> bool:
    """Apply the differences; false where they do not fit what was kept."""
    fits = True
    for policy, before, after in moves:
        for result, sign in ((before, -1), (after, 1)):
            state, severity = result or ("", "")
            if state in tally:
                tally[state] += sign
                fits &= tally[state] >= 0
            elif state == "fail" and sign > 0:
                fits &= policy not in failed
                failed[policy] = weights[severity]
            elif state == "fail":
                fits &= failed.pop(policy, None) == weights[severity]
    return fits


def _sum(results: Sequence[Sequence[str]], weights: Mapping[str, int]) -> Row:
    states = [state for _, state, _ in results]
    failed = sorted((-weights[severity], policy) for policy, state, severity in results if state == "fail")
    return _told(failed, states.count("unknown"), states.count("pass"))


def _told(failed: Sequence[tuple[int, str]], unknowns: int, passes: int) -> Row:
    """`heavy` are the weights of `worst`, so that the next difference needs no results."""
    heavy = [-weight for weight, _ in failed]
    return {
        "fails": len(failed),
        "unknowns": unknowns,
        "passes": passes,
        "weight": sum(heavy),
        "worst": [policy for _, policy in failed],
        "heavy": heavy,
    }
