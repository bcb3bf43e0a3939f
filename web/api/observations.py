"""`/api/v1/observations`: the door for programs that saw something."""

from __future__ import annotations

import re
import time
from typing import Any

from flask import Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, RootModel

from cmdb import store
from cmdb.errors import Invalid
from cmdb.intake import submit_observation
from cmdb.model import times
from cmdb.model.observation_json import InvalidObservation, from_json, observation_schema
from cmdb.model.observation_sifting import Sifted, sifted
from reconciliation import preview
from web.api.paging import ListQuery, list_of, listing
from web.api.problem import FieldProblem, problem
from web.api.security import PREFIX, api_blueprint
from web.api.shapes import Applied, RefusedOut
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.personal import without_what_is_personal
from web.frame.record import record
from web.services import services

api = api_blueprint("observations", "What sources saw. Accepted means durable; it is applied in the background.")
_WAIT = re.compile(r"\bwait=(\d{1,3})\b")
LONGEST_WAIT_S = 30


class ObservationIn(BaseModel):
    """An observation; `/api/v1/observations/schema` has the whole schema."""

    model_config = ConfigDict(extra="allow")

    source: dict[str, str] = Field(description="Who saw it: kind and name.")
    items: list[Any] = Field(description="What was seen.")


class ObservationsQuery(BaseModel):
    """Whether to write."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="Answer what would change without accepting it.")
    strict: bool = Field(default=False, description="Refuse the whole where any piece of it is wrong, and list all that is.")


class EntriesQuery(ListQuery):
    """Which entries."""

    state: str | None = Field(default=None, pattern="^(waiting|running|done|parked)$", description="Only those in this state.")


class EntryPath(BaseModel):
    """Which entry."""

    entry_id: str = Field(min_length=1, max_length=64, description="The id given when it was accepted.")


class EntryOut(BaseModel):
    """An accepted observation or report, and what became of it."""

    id: str = Field(description="Its id.")
    kind: str = Field(description="observation, or the kind of report.")
    state: str = Field(description="waiting, running, done or parked (a person must look).")
    reason: str = Field(description="Why the last try failed; empty if none did.")
    attempts: int = Field(description="How often it was tried.")
    received_at: str = Field(description="When it was accepted.")
    progress: dict[str, int] | None = Field(
        description="How far a large one is that is not done: items, of_items, relations, of_relations; null for others."
    )
    result: dict[str, Any] | None = Field(description="When done: counts, and per item its outcome and CI.")
    refused: RefusedOut | None = Field(description="Pieces that were wrong and were left out; null if there were none.")
    status_url: str = Field(description="Where to ask again.")

    @classmethod
    def of(cls, entry: store.Entry) -> EntryOut:
        """From the ledger's entry."""
        refused = entry.meta.get("refused")
        return cls(
            id=entry.id,
            kind=entry.kind,
            state=entry.state,
            reason=entry.reason,
            attempts=entry.attempts,
            received_at=times.to_text(entry.received_at),
            progress=services().ledger.intake.progress(entry),
            result=dict(entry.result) if entry.result is not None else None,
            refused=RefusedOut.kept(refused) if refused else None,
            status_url=f"{PREFIX}/observations/{entry.id}",
        )


class SchemaDocument(RootModel[dict[str, Any]]):
    """A JSON Schema."""


@api.post("/observations", responses={200: Applied, 202: EntryOut})
@needs(Permission.REPORT)
def accept(query: ObservationsQuery, body: ObservationIn) -> Response:
    """Accept an observation: it is on the disk before the 202. `Prefer: wait=10` waits for its result.

    An item, relation or coverage that is wrong is left out, with what cannot do without it, and `refused` says why; the others count.
    Nothing becomes absent by it: a complete look at a part of which something was refused counts as partial. With `strict`, or where
    nothing good is left, it is refused as a whole with every problem and its path; nothing of it is kept.
    """
    here = services()
    try:
        read = _read(body.model_dump(exclude_none=False), strict=query.strict)
    except InvalidObservation as error:
        listed = [FieldProblem(field=p.path, message=p.message) for p in error.problems]
        return problem(422, "The observation is not accepted", error.message, field=error.field, errors=listed)
    seen, refused = read.observation, RefusedOut.of(read) if read.count else None
    if seen.source.kind == "rule":
        raise Invalid("The source kind rule is the house's own; say import, api, agent, ssh, snmp, local or person.", field="source.kind")
    if query.dry_run:
        done = Applied.of(preview(here.graph, here.catalogue, seen)).model_copy(update={"refused": refused})
        return jsonify(done.model_dump(mode="json"))
    said = without_what_is_personal(here.graph, here.ledger, here.catalogue, seen)
    entry = submit_observation(here.ledger, said, actor=viewer().actor, sifted=read)
    record("observation.accept", entry, {"source": seen.source.key, "items": len(seen.items), "refused": read.count})
    told = EntryOut.of(_settled(entry)).model_copy(update={"refused": refused})
    response = jsonify(told.model_dump(mode="json"))
    response.status_code = 202
    response.headers["Location"] = f"{PREFIX}/observations/{entry}"
    return response


def _read(given: dict[str, Any], *, strict: bool) -> Sifted:
    """Raises InvalidObservation."""
    catalogue, now = services().catalogue, times.now()
    return Sifted(from_json(given, catalogue, now=now)) if strict else sifted(given, catalogue, now=now)


def _settled(entry_id: str) -> store.Entry:
    """The entry, after waiting for its result as long as the client prefers (at most 30 s)."""
    wanted = _WAIT.search(request.headers.get("Prefer", ""))
    until = time.monotonic() + min(int(wanted.group(1)) if wanted else 0, LONGEST_WAIT_S)
    intake = services().ledger.intake
    entry = intake.get(entry_id)
    while entry.state in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.05)
        entry = intake.get(entry_id)
    return entry


@api.get("/observations", responses={200: list_of(EntryOut)})
@needs(Permission.READ)
def entries(query: EntriesQuery) -> Response:
    """Accepted observations and reports, newest first."""
    place = query.place("observations")
    rows = services().ledger.intake.list(query.state, query.limit + 1, str(place[0]) if place else None)
    return listing("observations", rows, query, out=EntryOut.of, key=lambda entry: (entry.id,))


@api.get("/observations/schema", responses={200: SchemaDocument})
@needs(Permission.READ)
def schema() -> Response:
    """The JSON Schema (2020-12) of an observation, made from the catalogue."""
    return jsonify(observation_schema(services().catalogue))


@api.get("/observations/<entry_id>", responses={200: EntryOut})
@needs(Permission.READ)
def one(path: EntryPath) -> Response:
    """What became of one."""
    return jsonify(EntryOut.of(services().ledger.intake.get(path.entry_id)).model_dump(mode="json"))
