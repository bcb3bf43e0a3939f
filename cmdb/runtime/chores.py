"""What the rooms ask of the runtime: compliance after each report and by the clock, reminders of overdue loans once a day."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from cmdb.compliance.chosen import JUDGE_BY, active
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.past import keep_repairs
from cmdb.compliance.waivers import expire
from cmdb.graph.waiting import how_many
from cmdb.intake.acts import JUDGE, act_now
from cmdb.intake.doubts import DOUBT, FORESEE
from cmdb.inventory import coverage, sources
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.privacy.orders import APPLY
from cmdb.runtime import clock, doubt_work, jobs_work, review_work, rules_work, touched
from cmdb.runtime.ageing import AGE, age_all
from cmdb.runtime.house import House
from cmdb.runtime.notes_work import SETTLE, settle_files
from cmdb.runtime.notifying import NOTIFY, notify
from cmdb.runtime.privacy_work import apply_privacy
from cmdb.runtime.reminding import REMIND, remind_daily
from cmdb.store import Job
from reconciliation.catching_up import catch_up, overdue
from reconciliation.orders import GIVE_UP, carry_out
from reconciliation.owning import PERIOD_DAYS, marks_age
from reconciliation.parked import WAIT_KEY, waiting_days
from reconciliation.recompute import overtaken

EVALUATE = "evaluate"
OVERTAKEN = "overtaken"
MARKS = "marks"
COUNT = "count"
CATCH_UP = "catch-up"
MARKS_KEY = "sharing.days"
"""Ledger setting: for how many days only one must have been seen with a shared identifier, so that it is that one's alone."""


def judge_touched(house: House, ids: Collection[str]) -> None:
    """Judge the endpoints an observation touched; others are left alone by `evaluate`."""
    if ids:
        evaluate(house.graph, house.catalogue, None, sorted(ids))


def judge_ordered(house: House, job: Job, _stopping: threading.Event) -> dict[str, Any]:
    """Judge the CIs that a person joined, split or is told of otherwise than before."""
    ids = [str(ci) for ci in job.args["cis"]]
    judge_touched(house, ids)
    return {"judged": len(ids)}


def judge_by(house: House, job: Job, _stopping: threading.Event) -> dict[str, Any]:
    """Judge every endpoint by the policies that were changed or switched, and by no other."""
    only = frozenset(str(one) for one in job.args["policies"])
    return asdict(evaluate(house.graph, house.catalogue, None, only=only))


def judge_all(house: House) -> dict[str, Any]:
    """The sweep: time alone turns facts stale, and ends exceptions."""
    for ended in expire(house.graph):
        house.ledger.audit.write(
            "time", f"{ended.kind}.expire", ended.id, {"policy": ended.policy, "scope": ended.scope, "until": ended.until}
        )
    done = asdict(evaluate(house.graph, house.catalogue, None))
    keep_repairs(house.graph, [policy.id for policy in active(house.graph)], times.now())
    return done


def time_passed(house: House) -> dict[str, Any]:
    """Words of people that ended, and words older than their age limit, stop counting."""
    changes = len(overtaken(house.graph, house.catalogue))
    if changes:
        review_work.look_anew(house)
    return {"changes": changes}


def marks(house: House) -> dict[str, Any]:
    """Marks *shared* of identifiers that only one living thing still shows."""
    days = house.ledger.settings.get(MARKS_KEY, PERIOD_DAYS)
    aged = dict(marks_age(house.graph, times.now(), days=int(days) if isinstance(days, int) and days > 0 else PERIOD_DAYS))
    if aged["cleared"]:
        review_work.look_anew(house)
    return aged


def relations_wait(house: House) -> dict[str, Any]:
    """Relations whose other end is known after all come in; those nobody told of for long are given up."""
    changes = Changes("", tuple(catch_up(house.graph, house.catalogue)), (), applied=True)
    touched.waiting(house).add(touched.touched_by(changes))
    if changes.changes:
        review_work.look_anew(house)
    return {"changes": len(changes.changes), "given_up": _given_up(house), "waiting": how_many(house.graph)}


def _given_up(house: House) -> int:
    """Kept as orders, so that a replay gives up the same."""
    days, given = waiting_days(house.ledger.settings.get(WAIT_KEY)), 0
    while found := overdue(house.graph, days=days):
        reason = f"nobody showed it, and nobody told of it for {days} days"
        args = {"relations": [one.said() for one in found], "by": "", "reason": reason}

        def work(args: Mapping[str, Any] = args) -> Changes:
            return carry_out(house.graph, house.catalogue, GIVE_UP, args)

        done = act_now(house.ledger, house.graph, GIVE_UP, args, work, about={one.anchor for one in found if one.anchor})
        given += len(done.changes)
        if not done.changes:
            break
    return given


def count_all(house: House) -> dict[str, Any]:
    """What the pages of coverage and sources show, where it is due."""
    now = times.now()
    return {"coverage": coverage.renew(house.graph, house.ledger, now), "sources": sources.renew(house.graph, house.ledger, now)}


def install() -> None:
    """Make all of it known to workers and clock. Doing it again is harmless."""
    if judge_touched not in touched.AFTER:
        touched.AFTER.append(judge_touched)
    if all(chore.kind != EVALUATE for chore in clock.CHORES):
        clock.CHORES.append(clock.Chore(EVALUATE, timedelta(hours=1), judge_all))
        clock.CHORES.append(clock.Chore(REMIND, timedelta(days=1), remind_daily))
        clock.CHORES.append(clock.Chore(NOTIFY, timedelta(days=1), notify))
        clock.CHORES.append(clock.Chore(SETTLE, timedelta(days=1), settle_files))
        clock.CHORES.append(clock.Chore(OVERTAKEN, timedelta(days=1), time_passed))
        clock.CHORES.append(clock.Chore(AGE, timedelta(hours=1), age_all))
        clock.CHORES.append(clock.Chore(MARKS, timedelta(days=1), marks))
        clock.CHORES.append(clock.Chore(CATCH_UP, timedelta(hours=1), relations_wait))
        clock.CHORES.append(clock.Chore(COUNT, timedelta(minutes=5), count_all, rest=clock.COUNTING_RESTS))
        clock.CHORES.append(clock.Chore(review_work.LOOK_AGAIN, timedelta(minutes=1), review_work.look_again_some))
    jobs_work.HANDLERS[APPLY] = apply_privacy
    jobs_work.HANDLERS[JUDGE] = judge_ordered
    jobs_work.HANDLERS[JUDGE_BY] = judge_by
    jobs_work.HANDLERS[rules_work.CHECK] = rules_work.check_job
    jobs_work.HANDLERS[rules_work.USE] = rules_work.use_job
    jobs_work.HANDLERS[DOUBT] = doubt_work.doubt_job
    jobs_work.HANDLERS[FORESEE] = doubt_work.foresee_job
    jobs_work.HANDLERS[review_work.ANSWER_GROUP] = review_work.answer_group
    clock.install()
