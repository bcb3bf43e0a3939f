"""Accepted observations of a command are applied: by the workers of a running server, else right here. And how Changes are shown."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cmdb.cli.shell import note, shown
from cmdb.errors import CmdbError
from cmdb.intake.acts import act_now
from cmdb.intake.doubts import MOST_AT_ONCE, items_of_looks, none_under_way, ordered_later, under_way
from cmdb.intake.looks import KeptLooks
from cmdb.model.change import Changes
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import observation_of, work_off
from cmdb.runtime.workers import Workers, somebody_works
from cmdb.store import Entry, Job
from reconciliation.orders import LOOKS, NAMES_CIS, carry_out, extent_of, left_for

_LOOK_EVERY_S = 0.1
_PATIENCE_S = 600.0


def applied(house: House, ids: Collection[str], *, patience_s: float = _PATIENCE_S) -> list[Entry]:
    """The entries when they are applied or set aside, or after `patience_s` as they are then."""
    until = time.monotonic() + patience_s
    wanted = list(dict.fromkeys(ids))
    while True:
        if not somebody_works(house.settings.data):
            work_off(house)
        entries = [house.ledger.intake.get(entry) for entry in wanted]
        if all(entry.state in ("done", "parked") for entry in entries) or time.monotonic() > until:
            return entries
        time.sleep(_LOOK_EVERY_S)


def ordered(house: House, name: str, args: Mapping[str, Any], *, apply: bool) -> Changes:
    """A person's order about what is one thing or who is believed (reconciliation/orders.py), foreseen, or done and kept."""

    def work() -> Changes:
        kept = KeptLooks(house.ledger, observation_of)
        return carry_out(house.graph, house.catalogue, name, args, apply=apply, kept=kept)

    if not apply:
        return work()
    about = [str(args[key]) for key in NAMES_CIS if key in args]
    return act_now(house.ledger, house.graph, name, args, work, about=about, decided=left_for)


def doubted(house: House, name: str, args: Mapping[str, Any], *, apply: bool) -> dict[str, Any]:
    """An order about who is believed: here at once, or where it is about many CIs by a job with its progress on standard error.

    Gives `Changes` as JSON, or counts and the first changes. The job goes on where it was when this command is killed and given again, or
    when a server starts. Raises as the order itself.
    """
    job_id = under_way(house.ledger, name, args) if apply else ""
    if not job_id:
        size = items_of_looks(house.ledger, args["entries"]) if name == LOOKS else extent_of(house.graph, name, args)
        if size <= MOST_AT_ONCE:
            if apply:
                none_under_way(house.ledger)
            return ordered(house, name, args, apply=apply).to_json()
        job_id = ordered_later(house.ledger, name, args, apply=apply)
        note(f"{size:,} CIs: job {job_id}")
    with workers_if_none(house):
        told = _followed(house, job_id)
    if told.state != "done":
        raise CmdbError(f"The job did not come to its end: {told.reason or told.state}.")
    return dict(told.result)


def _followed(house: House, job_id: str) -> Job:
    said = ""
    while True:
        job = house.ledger.jobs.get(job_id)
        if job.state not in ("waiting", "running"):
            return job
        told = job.progress or {}
        line = f"{told['done']:,} of {told['total']:,} {told['step']}" if "total" in told else ""
        if line and line != said:
            note(line)
            said = line
        time.sleep(_LOOK_EVERY_S)


@contextmanager
def workers_if_none(house: House) -> Iterator[None]:
    """Workers of this process while the block runs, unless somebody else's work on this data."""
    if somebody_works(house.settings.data):
        yield
        return
    workers = Workers(house, count=2, with_clock=False)
    workers.start()
    try:
        yield
    finally:
        workers.stop()


def changes_text(changes: Sequence[Mapping[str, Any]], counts: Mapping[str, int]) -> str:
    """Changes (as JSON) a line each, and their counts."""
    lines = [_line(change) for change in changes]
    if sum(counts.values()) > len(lines):
        lines.append(f"… and {sum(counts.values()) - len(lines):,} more")
    total = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))
    return "\n".join([*lines, total or "Nothing changes."])


def _line(change: Mapping[str, Any]) -> str:
    who = f"{shown(change.get('class', ''))} {shown(change.get('name') or change.get('ci', ''))}".strip()
    kind, attribute = change["kind"], shown(change.get("attribute", ""))
    before, after = shown(change.get("before")), shown(change.get("after"))
    if kind == "ci_created":
        return f"+ {who}"
    if kind == "attribute":
        return f"~ {who}  {attribute}: {before or '(nothing)'} → {after or '(nothing)'}"
    if kind.startswith("relation"):
        sign = {"relation_added": "+", "relation_ended": "-"}.get(kind, "~")
        return f"{sign} {who}  {attribute} {after or before}"
    reason = shown(change.get("reason", ""))
    return f"~ {who}  {kind.replace('_', ' ')}{f' ({attribute})' if attribute else ''}{f': {reason}' if reason else ''}"
