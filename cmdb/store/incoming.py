"""A body on its way into the intake: checked, packed, and the writes that keep it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cmdb.errors import Conflict, Invalid
from cmdb.store import intake_moves as moves
from cmdb.store.database import Database, Tx
from cmdb.store.entry import pack
from cmdb.store.replays import keep_seen
from cmdb.store.settings import put_in, says_in
from cmdb.store.texts import required, to_json

MAX_BODY = 64 << 20


class Outdated(Conflict):
    """What a body was made by says something else by now: make it anew."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is to be accepted. `meta["subject"]` names the device whose entries keep their order.

    `beside`: given the entry's id, settings (key → JSON value) that are put in the same commit: with the body, or not at all.
    `seen`: the report's digest, by which it is known when it comes again (`Replays`).
    `given`: a setting (key, value) by which the body was made: where it says something else by the commit, nothing is kept.
    """

    kind: str
    body: bytes = field(repr=False)
    meta: Mapping[str, Any]
    beside: Callable[[str], Mapping[str, Any]] | None = None
    seen: bytes = b""
    given: tuple[str, Any] | None = None


def entering(database: Database, at: str, incoming: Incoming) -> tuple[str, Callable[[Tx], None]]:
    """The id that the entry will have, and the writes that keep it. Raises `Invalid` as `Intake.accept`; the writes Outdated (`given`)."""
    body, subject = incoming.body, incoming.meta.get("subject")
    if len(body) > MAX_BODY:
        raise Invalid(f"The body is {len(body):,} bytes; at most {MAX_BODY:,} are accepted.", field="body")
    if subject is not None and not isinstance(subject, str):
        raise Invalid("The subject in meta must be a text.", field="subject")
    line = (subject if len(subject) <= 200 else hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()) if subject else None
    number, digest = uuid4().hex, hashlib.sha256(body).hexdigest()
    meta = to_json(dict(incoming.meta), "meta", 65536)
    values = (number, required(incoming.kind, "kind"), line, meta, digest, len(body), at)
    packed = packed_unless_kept(database, digest, body)
    kept = incoming.beside(number) if incoming.beside else {}
    put = [(required(key, "key", 200), to_json(value, "value", 1_000_000)) for key, value in kept.items()]

    def work(tx: Tx) -> None:
        if incoming.given is not None and not says_in(tx, *incoming.given):
            raise Outdated("What the report was read by changed meanwhile; read it again.")
        moves.enter(tx, values)
        moves.put_body(tx, digest, body, packed)
        if incoming.seen:
            keep_seen(tx, incoming.seen, number)
        for key, text in put:
            put_in(tx, key, text)

    return number, work


def packed_unless_kept(database: Database, sha256: str, body: bytes) -> tuple[str, bytes] | None:
    """The body as it is stored; None where an equal one is stored already, so that packing it again would be for nothing."""
    return None if database.one(moves.HAS_BODY, sha256) is not None else pack(body)
