"""Reports that say what their device said the last time, worked off together: their bodies are not even read.

What a body came down to is remembered by its hash and by what the door knew beside it. A report of such a body is a repeat if the graph
says so (reconciliation/storm.py); else it is taken up alone, like any other. In memory only: after a start each device is read once.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from weakref import WeakKeyDictionary

from cmdb import metrics
from cmdb.errors import CmdbError, GraphUnavailable
from cmdb.model import times
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from cmdb.runtime.house import House
from cmdb.runtime.leases import LEASE_S, LEASES
from cmdb.runtime.news import freshest_lately, news
from cmdb.runtime.touched import waiting
from cmdb.store import Entry, Ledger
from discovery.reports.intake import KIND as AGENT_REPORT
from discovery.reports.intake import is_steady
from reconciliation.repeats import RULE, Repeat
from reconciliation.storm import Utterance, all_said_before, utterance

log = logging.getLogger(__name__)

TOGETHER = 64
"""Reports that share one transaction."""
MOST = 50_000
"""Bodies that are remembered: about 25 MB."""
_AWAY_S = 3.0
_BESIDE = ("site", "ownership", "cls", "platform")


class Remembered:
    """What bodies came down to, the newest. Safe for many threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._said: OrderedDict[str, dict[tuple[str, ...], Utterance]] = OrderedDict()
        self._doubted: OrderedDict[str, None] = OrderedDict()

    def knows(self, sha256: str) -> bool:
        """Whether a body of this hash is remembered, with whatever the door knew beside it."""
        return sha256 in self._said

    def get(self, entry: Entry) -> Utterance | None:
        """What the body of this entry comes down to."""
        with self._lock:
            found = self._said.get(entry.sha256, {})
            if found:
                self._said.move_to_end(entry.sha256)
            return found.get(_beside(entry))

    def keep(self, entry: Entry, said: Utterance, *, sure: bool) -> None:
        """Remember it. One that was no repeat when it was thought to be is remembered only when it is `sure` that it was one since."""
        with self._lock:
            if entry.sha256 in self._doubted and not sure:
                return
            self._doubted.pop(entry.sha256, None)
            self._said.setdefault(entry.sha256, {})[_beside(entry)] = said
            self._said.move_to_end(entry.sha256)
            if len(self._said) > self._most:
                self._said.popitem(last=False)

    def doubt(self, sha256: str) -> None:
        """It was no repeat: forget what this body came down to."""
        with self._lock:
            self._said.pop(sha256, None)
            self._doubted[sha256] = None
            if len(self._doubted) > self._most:
                self._doubted.popitem(last=False)


def _beside(entry: Entry) -> tuple[str, ...]:
    return tuple(str(entry.meta.get(name) or "") for name in _BESIDE)


_REMEMBERED: WeakKeyDictionary[Ledger, Remembered] = WeakKeyDictionary()
_GUARD = threading.Lock()


def remembered(house: House) -> Remembered:
    """That of this house."""
    with _GUARD:
        return _REMEMBERED.setdefault(house.ledger, Remembered())


def learn(house: House, entry: Entry, observation: Observation, changes: Changes) -> None:
    """After an entry was applied: what its body comes down to, for the next time."""
    if entry.kind != AGENT_REPORT or entry.meta.get("observed_at") or not is_steady(observation):
        return
    said = utterance(observation)
    if said is not None:
        remembered(house).keep(entry, said, sure=all(one.rule == RULE for one in changes.resolved))


def work_off_repeats(house: House) -> int:
    """Take up what is known to be a repeat and mark it seen, all in one transaction. Returns how many left the line."""
    known = remembered(house)
    entries = house.ledger.intake.claim_known(TOGETHER, known.knows, LEASE_S)
    if not entries:
        return 0
    intake = house.ledger.intake
    try:
        with ExitStack() as held:
            for entry in entries:
                held.enter_context(LEASES.holding(lambda entry=entry: intake.renew(entry, LEASE_S)))  # type: ignore[misc]
            return _settle(house, entries, _said(house, entries))
    except GraphUnavailable as error:
        for entry in entries:
            intake.release(entry, error.message, delay_s=_AWAY_S)
    except CmdbError as error:  # lost races: each is taken up alone
        log.info("intake: repeats are taken up alone reason=%s", error.message)
        for entry in entries:
            _alone(house, entry)
    return 0


def _said(house: House, entries: Sequence[Entry]) -> list[Repeat | None]:
    known = remembered(house)
    said = [(place, one, str(entry.meta["received_at"])) for place, entry in enumerate(entries) if (one := known.get(entry)) is not None]
    found: list[Repeat | None] = [None] * len(entries)
    for (place, _, _), repeat in zip(said, all_said_before(house.graph, [(one, at) for _, one, at in said]), strict=True):
        found[place] = repeat
    return found


def _settle(house: House, entries: Sequence[Entry], found: Sequence[Repeat | None]) -> int:
    at, done, fresh = times.to_text(times.now()), [], freshest_lately(house.graph)
    for entry, known in zip(entries, found, strict=True):
        if known is None:
            _alone(house, entry)
            continue
        changes = Changes(entry.id, (), known.resolved, applied=True, before=known.before)
        waiting(house).add(news(changes, times.from_text(str(entry.meta["received_at"])), fresh))
        done.append((entry, {"at": at, "counts": {}, "items": changes.to_json()["items"], "changes": []}))
    count = house.ledger.intake.done_many(done)
    for _ in done:
        with metrics.work("intake", AGENT_REPORT) as outcome:
            outcome.name = "done"
    return count


def _alone(house: House, entry: Entry) -> None:
    """Back to the head of its line, where it is taken up with its body."""
    remembered(house).doubt(entry.sha256)
    house.ledger.intake.release(entry, delay_s=0)
