"""An observation goes in as its published JSON, and comes out again for the worker that applies it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

import orjson

from cmdb.errors import Invalid
from cmdb.model.observation import Observation
from cmdb.model.observation_json import from_stored, to_json
from cmdb.model.observation_sifting import Sifted
from cmdb.store import Entry, Ledger

OBSERVATION = "observation"
"""The kind of intake entry whose body is an observation. Agent reports come in as they were sent, under a kind of their own."""


def submit_observation(ledger: Ledger, observation: Observation, *, actor: str, sifted: Sifted | None = None) -> str:
    """Keeps the observation, durable on return, and gives the id of its entry (`ledger.intake.get` tells what became of it).

    `actor` is the login of the person, or the name of the token, behind it; it replaces what the observation says of that, since only
    the door knows. `sifted`: how it was read, where pieces of it were refused. Raises `Invalid` (larger than 64 MB), `StoreUnavailable`
    or `Busy`: then nothing was kept.
    """
    said = replace(observation, actor=actor)
    body, meta = stored(said)
    return ledger.intake.accept(OBSERVATION, body, meta=meta | ({"refused": refused_of(sifted)} if sifted and sifted.count else {}))


def refused_of(sifted: Sifted) -> dict[str, Any]:
    """What the ledger keeps of the pieces that were refused: how many, where the first of them stood, and why, without any value of theirs.

    What was refused was never applied, so the orders of privacy do not know of it; only who sent it is told the values.
    """
    told: list[dict[str, str]] = []
    room = _TOLD_SIZE
    for piece in sifted.refused:
        reason = _QUOTED.sub("“…”", "; ".join(problem.message for problem in piece.problems))[:_TOLD_LENGTH]
        room -= 2 * len(reason) + 60
        if room < 0:
            break
        told.append({"path": piece.path, "message": reason})
    return {"items": sifted.items, "relations": sifted.relations, "coverage": sifted.coverage, "told": told}


_QUOTED = re.compile("“.*”", re.DOTALL)
"""From the first value in a message to the end of the last."""
_TOLD_LENGTH = 300
_TOLD_SIZE = 40_000


def stored(said: Observation) -> tuple[bytes, dict[str, Any]]:
    """(body, meta) as the ledger keeps an observation: what differs each time although the same was seen stands beside the body."""
    whole = to_json(said)
    beside = {name: whole.pop(name) for name in _BESIDE if name in whole}
    meta = {
        "subject": subject_of(said),
        "observation": said.id,
        "source": said.source.key,
        "actor": said.actor,
        "items": len(said.items),
        "relations": len(said.relations),
        "said": beside,
    }
    return orjson.dumps(whole), meta


_BESIDE = ("id", "observed_at", "actor")


def observation_of(entry: Entry) -> Observation:
    """The observation of a claimed entry. Raises `Invalid` for another kind of entry, and for a body that retention dropped."""
    if entry.kind != OBSERVATION:
        raise Invalid(f"The entry is of kind {entry.kind}, not an observation.", field="kind")
    if entry.body is None:
        raise Invalid("The entry's body is no longer kept.", field="body")
    try:
        return from_stored({**orjson.loads(entry.body), **entry.meta.get("said", {})})
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Invalid(f"The entry holds no observation that this version can read ({type(error).__name__}).", field="body") from error


def subject_of(observation: Observation) -> str:
    """What the observation is about, as the name of its line: entries of one line are applied one after another, in the order they came.

    One thing seen by one source is one line, so that two looks at a device neither overtake nor collide, and a scan of a thousand hosts
    is a thousand lines. An observation of several things is in the line of its source.
    """
    roots = [item for item in observation.items if item.parent is None and item.identifiers and item.attributes]
    if len(roots) != 1:
        return f"source:{observation.source.key}"
    named = sorted((each.kind, each.scope, each.value.strip().lower()) for each in roots[0].identifiers)
    digest = hashlib.sha256(orjson.dumps([roots[0].cls, named])).hexdigest()[:32]
    return f"{observation.source.key}|{digest}"
