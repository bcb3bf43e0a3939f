"""Answers in bulk as a job: it goes on where it was, and says how far it is. And the questions that need no answer any more."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from cmdb import __version__
from cmdb.errors import Invalid
from cmdb.graph import reviews
from cmdb.intake.acts import ACT, answer_now
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.privacy import orders as privacy
from cmdb.runtime.house import House
from cmdb.runtime.touched import touched_by, waiting
from cmdb.store import Job
from reconciliation import answer, rules, take_back
from reconciliation.bulk_answers import STEP, Say, Tally, answer_all, check_choice
from reconciliation.looking_again import look_again

ANSWER_GROUP = "answer-reviews"
LOOK_AGAIN = "look-again"
"""Kind of the chore that looks at open questions in turn."""
_PLACE, _ROUND, _SEEN = "reviews.place", "reviews.round", "reviews.seen"
"""Ledger settings: the last question looked at; what was applied when this round began; the same of the last round that changed nothing."""
_LOOKED_THROUGH = 1_000


def answering(house: House, by: str) -> Say:
    """Answers one question for `by`, and keeps the answer in the ledger."""

    def say(review: str, choice: str, ci: str, reason: str) -> Changes:
        said = {"choice": choice, "ci": ci, "by": by, "reason": reason}
        work = partial(answer, house.graph, house.catalogue, review, choice, ci, by=by, reason=reason)
        return answer_now(house.ledger, house.graph, review, said, work)

    return say


def taking_back(house: House, review: str, *, by: str, reason: str) -> Changes:
    """Takes an answer back, and keeps that in the ledger. Raises as `reconciliation.take_back`."""
    work = partial(take_back, house.graph, house.catalogue, review, by=by, reason=reason)
    return answer_now(house.ledger, house.graph, review, {"by": by, "reason": reason}, work)


def answer_group(house: House, job: Job, stopping: threading.Event) -> dict[str, Any] | None:
    """Answer all open questions of a group. None: stopped or cancelled; what was answered stays so. Raises Invalid for a bad order."""
    group, choice = str(job.args.get("group", "")), str(job.args.get("answer", ""))
    if not group:
        raise Invalid("The job does not say which group it answers.", field="group")
    check_choice(choice)
    by, reason = str(job.args.get("by", "")), str(job.args.get("reason", ""))
    done = dict(job.progress or {})
    tally = Tally(int(done.get("answered", 0)), left=list(done.get("left", ())))
    tally.counts.update(done.get("counts", {}))
    place, total = str(done.get("place", "")), int(done.get("total", 0)) or reviews.count_group(house.graph, group)
    while ids := reviews.open_ids(house.graph, filters={"group": group}, after=place, limit=STEP):
        answer_all(house.graph, house.catalogue, ids, choice, by=by, reason=reason, tally=tally, say=answering(house, by))
        place = ids[-1]
        told = {**tally.to_json(), "place": place, "total": total, "done": tally.answered + len(tally.left)}
        if not house.ledger.jobs.heartbeat(job, told) or stopping.is_set():
            return None
    return tally.to_json()


def look_again_some(house: House) -> dict[str, Any]:
    """Close those of the next open questions whose answer is known by now; the next turn goes on behind them.

    Quiet where every question was looked at today, nothing came of it, and nothing that was applied since changed anything.
    """
    settings = house.ledger.settings
    place, seen = str(settings.get(_PLACE, "")), settings.get(_SEEN)
    if not place and isinstance(seen, dict) and _still_so(house, seen):
        return {"looked": 0, "closed": 0, "quiet": True}
    if not place:
        settings.put(_ROUND, _now_of(house))
    done = look_again(house.graph, house.catalogue, after=place)
    if done.changes:
        settings.put(_ROUND, {})  # what it changed may be the answer of another
    if place or done.place:
        settings.put(_PLACE, done.place)
    if not done.place:
        settings.put(_SEEN, settings.get(_ROUND, {}))
    told = Changes("", done.changes, (), applied=True)
    waiting(house).add(touched_by(told))
    privacy.after(house.ledger, told, by="rule")
    return {"looked": done.looked, "closed": sum(change.kind == "review_closed" for change in done.changes)}


def look_anew(house: House) -> None:
    """The graph was changed by other ways than the ledger's entries (time, other rules): the next round looks at every question."""
    house.ledger.settings.put(_SEEN, {})
    house.ledger.settings.put(_ROUND, {})


def _now_of(house: House) -> dict[str, Any]:
    """What this round will have known: version and rules, the day, the last entry that was applied."""
    last = next(iter(house.ledger.intake.results_after(None, 1)), None)
    return {
        "version": f"{__version__} {rules.label()}",
        "day": times.to_text(times.now())[:10],
        "last": [last.finished_text, last.id] if last else [],
    }


def _still_so(house: House, seen: dict[str, Any]) -> bool:
    """Whether nothing changed since. Entries that changed nothing – reports that say the same again – are passed over for the next time."""
    now = _now_of(house)
    if (seen.get("version"), seen.get("day")) != (now["version"], now["day"]) or bool(seen["last"]) != bool(now["last"]):
        return False
    if seen["last"] == now["last"]:
        return True
    since = house.ledger.intake.results_after((seen["last"][0], seen["last"][1]), _LOOKED_THROUGH)
    if len(since) == _LOOKED_THROUGH or any(entry.kind == ACT or (entry.result or {}).get("counts") for entry in since):
        return False
    if since:
        house.ledger.settings.put(_SEEN, {**seen, "last": [since[-1].finished_text, since[-1].id]})
    return True
