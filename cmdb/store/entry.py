"""One accepted body as the intake gives it out."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString

from cmdb.store.database import Row
from cmdb.store.texts import from_json
from cmdb.store.times import from_text, maybe, to_text

COLUMNS: LiteralString = "seq, id, kind, meta, state, attempts, reason, result, received_at, finished_at, run_at, sha256, size, lease"


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted body. `body` is None where retention dropped it, and in lists (`get` reads it); `size` and `sha256` stay.

    `run_at`: when it may be tried again after a failure. `lease` names the claim it came from; empty when nobody holds it.
    """

    id: str
    kind: str
    body: bytes | None = field(repr=False)
    meta: Mapping[str, Any]
    state: str
    attempts: int
    reason: str
    result: Mapping[str, Any] | None
    received_at: datetime
    finished_at: datetime | None
    run_at: datetime | None
    sha256: str
    size: int
    lease: str

    @property
    def tried(self) -> bool:
        """Whether it was taken up before, and may be half done: the worker died, or the graph went away."""
        return self.attempts > 1 or bool(self.reason)

    @property
    def finished_text(self) -> str:
        """`finished_at` as the ledger writes it: the place in the order of what was applied; empty while it is not."""
        return to_text(self.finished_at) if self.finished_at is not None else ""


def entry_from(row: Row, body: bytes | None) -> Entry:
    """Reads a row of `COLUMNS`."""
    _, number, kind, meta, state, attempts, reason, result, received_at, finished_at, run_at, sha256, size, lease = row
    return Entry(
        *(number, kind, body, from_json(meta), state, attempts, reason, from_json(result)),
        *(from_text(received_at), maybe(finished_at), maybe(run_at), sha256, size, lease or ""),
    )


def pack(body: bytes) -> tuple[str, bytes]:
    """(coding, bytes) as stored: compressed where that saves anything."""
    packed = zlib.compress(body, 3)  # level 3: three times as fast as the default for a few percent more bytes
    return ("zlib", packed) if len(packed) < len(body) else ("raw", body)


def unpack(coding: str, body: bytes, size: int) -> bytes:
    """What `pack` was given; never more than `size` bytes."""
    return body if coding == "raw" else zlib.decompressobj().decompress(body, max(size, 1))
