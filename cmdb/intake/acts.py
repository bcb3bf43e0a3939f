"""What people do at once goes through the ledger too: kept before it is done, so that the whole graph can be made again from what was said.

An act is an observation of a person (an edit, a relation, a loan's facts), or an order about what is known (an answer to a review, a
split): its name, its arguments, and by which identifiers the CIs it names are known, since in another graph they have other ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import orjson

from cmdb.errors import CmdbError, Invalid
from cmdb.graph import cis, reviews
from cmdb.graph.door import Graph
from cmdb.intake.submit import OBSERVATION, stored
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from cmdb.store import Entry, Ledger

ACT = "act"
"""The kind of intake entry whose body is an act that is no observation."""
JUDGE = "judge"
"""The kind of job that judges the compliance of some CIs at once; args: cis (ids)."""
DIRECT = "ci"
_IDENTITY = frozenset({"joined", "split", "distrusted", "trusted"})
_MOST_JUDGED = 5_000

T = TypeVar("T")


def apply_now(ledger: Ledger, graph: Graph, seen: Observation, work: Callable[[Observation], Changes]) -> Changes:
    """`work(seen)` (reconcile) at once, kept in the ledger before and settled after. Raises what `work` raises; then it stays undone."""
    named = {i.value for item in seen.items for i in item.identifiers if i.kind == DIRECT}
    body, meta = stored(seen)
    entry = ledger.intake.begin(OBSERVATION, body, meta=_small(meta | {"about": cis.keys_of(graph, named), "at": _present()}))
    return _settled(ledger, entry, lambda: work(seen), _told)


def act_now(
    ledger: Ledger,
    graph: Graph,
    name: str,
    args: Mapping[str, Any],
    work: Callable[[], T],
    *,
    about: Collection[str] = (),
    decided: Callable[[T], str] = lambda _: "",
) -> T:
    """`work()` at once, as the act `name` with JSON arguments. Raises as `apply_now`.

    `about`: ids of the CIs that the arguments name. `decided`: the id of a CI that it made, from what `work` returns.
    """
    body = orjson.dumps({"act": name, "args": dict(args)})
    entry = ledger.intake.begin(ACT, body, meta=_small({"act": name, "about": cis.keys_of(graph, about), "at": _present()}))
    return _settled(ledger, entry, work, lambda done: {"decided": decided(done)})


def act_done(ledger: Ledger, number: str, name: str, args: Mapping[str, Any], at: str) -> None:
    """Keep an act that a job (`number`) has begun to carry out, at the moment `at`; once, however often it is told."""
    body = orjson.dumps({"act": name, "args": dict(args)})
    ledger.intake.keep_done(number, ACT, body, meta={"act": name, "about": {}, "at": at}, result={"at": at, "job": number})


def answer_now(ledger: Ledger, graph: Graph, review: str, said: Mapping[str, str], work: Callable[[], T]) -> T:
    """`work()`, which answers the review, as the act `answer`; `said` without a choice: takes its answer back. Raises as `apply_now`.

    `said`: choice, ci, by, reason.
    """
    asked = reviews.get(graph, review)
    candidates = sorted(str(c["id"]) for c in asked["candidates"])
    question = {"key": asked["key"], "kind": asked["kind"], "candidates": candidates}
    name = "answer" if said.get("choice") else "take_back"
    body = orjson.dumps({"act": name, "args": {"review": question, **said}})
    entry = ledger.intake.begin(ACT, body, meta=_small({"act": name, "about": cis.keys_of(graph, candidates), "at": _present()}))
    return _settled(ledger, entry, work, lambda _: {"decided": str(reviews.get(graph, review).get("decided") or "")})


def act_of(entry: Entry) -> tuple[str, dict[str, Any]]:
    """(name, arguments) of an entry that holds an act. Raises Invalid for any other."""
    if entry.kind != ACT or entry.body is None:
        raise Invalid("The entry holds no act.", field="kind")
    told = orjson.loads(entry.body)
    return str(told["act"]), dict(told["args"])


def _settled(ledger: Ledger, entry: Entry, work: Callable[[], T], result: Callable[[T], Mapping[str, Any]]) -> T:
    try:
        with times.doing_again(times.from_text(str(entry.meta["at"]))):  # one moment for all it does, now and when it is done again
            done = work()
    except BaseException as error:
        reason = error.message if isinstance(error, CmdbError) else type(error).__name__
        ledger.intake.drop(entry, f"Not done, and the person was told so: {reason}")
        raise
    ledger.intake.done(entry, result(done))
    if isinstance(done, Changes):
        _judge(ledger, done)
    return done


def _judge(ledger: Ledger, done: Changes) -> None:
    """What is another thing now, or is spoken of by others, is judged at once; what does not fit, by the next sweep."""
    if done.applied and any(change.kind in _IDENTITY for change in done.changes):
        ledger.jobs.enqueue(JUDGE, {"cis": sorted(done.touched())[:_MOST_JUDGED]}, priority=10)


def _present() -> str:
    return times.to_text(times.now())


def _told(changes: Changes) -> dict[str, Any]:
    told = changes.to_json()
    return {"counts": told["counts"], "items": told["items"][:2000], "changes": told["changes"][:200]}


def _small(meta: dict[str, Any]) -> dict[str, Any]:
    """Without the identifiers where they would not fit: an edit names a few CIs, never thousands."""
    return meta if len(orjson.dumps(meta)) < 60_000 else {**meta, "about": {}}
