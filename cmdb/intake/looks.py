"""Looks that were applied and are still kept: one report, one host of a scan, one import; and those of a whole scan.

They are read again where somebody does not believe one of them (reconciliation/distrust_looks.py), and listed so that it can be named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.model.observation import Observation
from cmdb.store import Entry, Ledger

LOOK, SCAN = "look:", "scan:"
_PAGE = 200
_HOSTS = 1_000
_LISTED = 2_000
"""A result that lists fewer items lists them all."""

Read = Callable[[Entry], Observation]
"""Reads the body of an entry of any kind."""


class KeptLooks:
    """The looks in a ledger. `until`: only what was applied by then (`Entry.finished_text`); `any_ci`: CIs have other ids there."""

    def __init__(self, ledger: Ledger, read: Read, *, until: str = "", any_ci: bool = False) -> None:
        self._ledger, self._read, self._until, self._any_ci = ledger, read, until, any_ci

    def told(self, entries: Collection[str]) -> Iterator[Observation]:
        """What these entries said. Raises NotFound, Invalid where a body is not kept any more."""
        for number in sorted(entries):
            entry = self._ledger.intake.get(number)
            if not _applied(entry):
                raise Invalid("It was not applied: there is nothing to distrust.", field="subject")
            if entry.body is None:
                raise Invalid("What it said is not kept any more; distrust the thing or the source instead.", field="subject")
            yield self._read(entry)

    def others(self, source: str, without: Collection[str], cis: Collection[str]) -> Iterator[Observation]:
        """What the others of a source said that may speak of these CIs, as far as it is kept."""
        for entry in _pages(self._ledger, source):
            late = self._until and entry.finished_text > self._until
            if entry.id in without or late or not _applied(entry) or not (self._any_ci or _speaks_of(entry.result or {}, cis)):
                continue
            whole = self._ledger.intake.get(entry.id)
            if whole.body is not None:
                yield self._read(whole)


def _applied(entry: Entry) -> bool:
    return entry.state == "done" and not (entry.result or {}).get("dropped")


def _speaks_of(result: Any, cis: Collection[str]) -> bool:
    """Results list the first items only: one that may have had more may speak of anything."""
    items = result.get("items") or ()
    return not items or len(items) >= _LISTED or any(item.get("ci") in cis for item in items)


def _pages(ledger: Ledger, source: str) -> Iterator[Entry]:
    before: str | None = None
    while page := ledger.intake.applied_by(source, _PAGE, before):
        yield from page
        before = page[-1].id


def looks_of(ledger: Ledger, source: str, limit: int = 50) -> Sequence[Entry]:
    """The newest applied looks of a source, without their bodies."""
    return [entry for entry in ledger.intake.applied_by(source, limit, None) if _applied(entry)]


def scans_of(ledger: Ledger, source: str, limit: int = 20) -> list[dict[str, Any]]:
    """The newest scans whose hosts speak as this source. Rows: id, at, hosts (how many were to be looked at), state."""
    kind, _, name = source.partition(":")
    if name != SCAN.rstrip(":"):
        return []
    jobs = [
        job for job in ledger.jobs.list("scan", None, None, limit * 5) if job.args.get("method") == kind and not job.args.get("dry_run")
    ]
    return [{"id": job.id, "at": job.created_at, "hosts": (job.progress or {}).get("total", 0), "state": job.state} for job in jobs[:limit]]


def entries_of(ledger: Ledger, name: str) -> list[str]:
    """The entries that `look:<entry>` or `scan:<job>` names. Raises NotFound, Invalid for another name."""
    if name.startswith(LOOK):
        return [ledger.intake.get(name.removeprefix(LOOK)).id]
    if not name.startswith(SCAN):
        raise Invalid("Name it look: and an entry of the intake, or scan: and a job.", field="subject")
    scan = ledger.jobs.get(name.removeprefix(SCAN))
    found: list[str] = []
    before: str | None = None
    while page := ledger.jobs.list(None, None, scan.id, _HOSTS, before):
        found += [str(job.result["entry"]) for job in page if isinstance(job.result, dict) and job.result.get("entry")]
        before = page[-1].id
    if not found:
        raise NotFound("This scan brought nothing in.")
    return [number for number in found if _applied(ledger.intake.get(number))]
