"""Run the steps that a graph has not seen yet, then make the catalogue's constraints and indexes."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from cmdb.errors import CmdbError, Conflict
from cmdb.graph import schema
from cmdb.graph.door import Graph
from cmdb.graph.migrations import lock
from cmdb.graph.migrations.steps import Running, Step, module_of, read_steps
from cmdb.model.catalogue import Catalogue
from cmdb.model.times import now, to_text

_log = logging.getLogger(__name__)
SCHEMA_STEP: Final = "constraints and indexes of the catalogue"


@dataclass(frozen=True, slots=True)
class Status:
    """Where a graph stands."""

    version: int
    """The highest step that was applied."""
    newest: int
    """The highest step this release has."""
    applied: tuple[Step, ...]
    pending: tuple[Step, ...]
    holder: str
    """Who is migrating at this moment (`host:process`), or empty."""

    @property
    def newer(self) -> bool:
        """True where a newer release wrote the graph."""
        return self.version > self.newest


@dataclass(frozen=True, slots=True)
class _Record:
    number: int
    name: str
    checksum: str
    applied_at: str
    place: str


def migrate(
    graph: Graph, catalogue: Catalogue, dry_run: bool = False, *, steps: Sequence[Step] | None = None, wait_s: float = 900.0
) -> list[Step]:
    """Apply what is missing and return it, in order; with `dry_run` only say what would be applied (with its statements).

    One process works, others that call this at the same time wait up to `wait_s` and find nothing left to do. A run that was killed is
    taken up where it stopped. Raises `Conflict` for a graph of a newer release or a step that was changed after it was applied, `Busy`.
    """
    known = tuple(steps) if steps is not None else read_steps()
    pending = _pending(graph, catalogue, known)
    if dry_run or not pending:
        return list(pending)
    with lock.held(graph, wait_s=wait_s):
        schema.make(graph, schema.Unique("Migration", "number"))
        pending = _pending(graph, catalogue, known)  # the one before us may have done it all
        return [_apply(graph, catalogue, step) for step in pending]


def status(graph: Graph, catalogue: Catalogue | None = None, *, steps: Sequence[Step] | None = None) -> Status:
    """Where the graph stands; with a catalogue also whether its constraints and indexes are there. Changes nothing, never refuses."""
    known = tuple(steps) if steps is not None else read_steps()
    records = _records(graph)
    applied = [Step(r.number, r.name, r.checksum, applied_at=r.applied_at) for r in records.values() if r.applied_at]
    missing = [step for step in known if not _done(records, step)]
    if catalogue is not None and not _done(records, wanted := _schema_step(graph, catalogue)):
        missing.append(wanted)
    return Status(
        version=max((step.number for step in applied), default=0),
        newest=max((step.number for step in known), default=0),
        applied=tuple(sorted(applied, key=lambda step: step.number)),
        pending=tuple(missing),
        holder=lock.holder(graph),
    )


def _pending(graph: Graph, catalogue: Catalogue, known: Sequence[Step]) -> tuple[Step, ...]:
    records = _records(graph)
    by_number = {step.number: step for step in known}
    for record in records.values():
        step = by_number.get(record.number)
        if record.number and step is None:
            raise Conflict(
                f"A newer Moorings wrote this graph (its schema is {max(records)}, this one knows {max(by_number, default=0)}); "
                "install that release, or restore a backup from before the upgrade."
            )
        if step is not None and record.applied_at and record.checksum != step.checksum:
            raise Conflict(f"Migration {step.title} was changed after it was applied to this graph; install the release's own file again.")
    missing = [step for step in known if not _done(records, step)]
    wanted = _schema_step(graph, catalogue)
    if not _done(records, wanted):
        missing.append(wanted)
    return tuple(missing)


def _done(records: Mapping[int, _Record], step: Step) -> bool:
    record = records.get(step.number)
    return record is not None and bool(record.applied_at) and (step.number != 0 or record.checksum == step.checksum)


def _schema_step(graph: Graph, catalogue: Catalogue) -> Step:
    return Step(0, SCHEMA_STEP, schema.fingerprint(catalogue, graph.engine), schema.statements(catalogue, graph.engine))


def _records(graph: Graph) -> dict[int, _Record]:
    rows = graph.read(
        "MATCH (m:Migration) "
        "RETURN m.number AS number, m.name AS name, m.checksum AS checksum, m.applied_at AS applied_at, m.place AS place"
    )
    return {
        int(row["number"]): _Record(
            int(row["number"]), str(row["name"]), str(row["checksum"]), str(row["applied_at"] or ""), str(row["place"] or "")
        )
        for row in rows
    }


def _apply(graph: Graph, catalogue: Catalogue, step: Step) -> Step:
    _log.info("graph migration: %s", step.title)
    started = time.monotonic()
    record = _records(graph).get(step.number)
    # The place of an interrupted run counts only for the very same content.
    place = record.place if record is not None and not record.applied_at and record.checksum == step.checksum else ""
    _note(graph, step, applied_at=None, place=place)
    try:
        if step.number == 0:
            schema.apply(graph, catalogue)
        elif step.statements:
            _run_statements(graph, step, place)
        else:
            module_of(step).run(Running(graph, catalogue, place, lambda kept: _note(graph, step, applied_at=None, place=kept)))
    except CmdbError as error:
        raise CmdbError(f"Migration {step.title} stopped: {error.message} What was done before it stays; run it again to go on.") from error
    applied_at = to_text(now())
    _note(graph, step, applied_at=applied_at, place=None, took_ms=round((time.monotonic() - started) * 1000))
    return replace(step, applied_at=applied_at)


def _run_statements(graph: Graph, step: Step, place: str) -> None:
    for done in range(int(place or 0), len(step.statements)):
        checked: Any = step.statements[done]
        graph.write(checked)
        _note(graph, step, applied_at=None, place=str(done + 1))


def _note(graph: Graph, step: Step, **values: object) -> None:
    graph.write(
        "MERGE (m:Migration {number: $number}) SET m.name = $name, m.checksum = $checksum SET m += $values",
        number=step.number,
        name=step.name,
        checksum=step.checksum,
        values=values,
    )
