"""An auditor's sample: a list of endpoints, given or drawn, and what was proven of each on a day.

A drawn sample can be drawn again: the endpoints judged then stand in the order of SHA-256 of the seed and their id, and the first count.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cmdb.compliance import past
from cmdb.compliance.hindsight import with_hindsight
from cmdb.compliance.report import policy_of
from cmdb.compliance.waivers import overlay
from cmdb.errors import Invalid
from cmdb.graph import compliance as results
from cmdb.graph import compliance_past as store
from cmdb.graph.door import Graph, Row
from cmdb.inventory.listing import named
from cmdb.model.times import to_text

MOST = 200
"""How many endpoints one sample may hold."""
_LONGEST, _TOLD = 200, 60
_COUNTED_BY = "reported-recently"
"""The policy that is asked of every endpoint: who was judged by it was known."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One line of a sample. `why`: why no endpoint was found for it; `rows`: one a policy, with `waiver`, by policy."""

    given: str
    ci: str = ""
    name: str = ""
    why: str = ""
    rows: tuple[Row, ...] = field(default=())

    def counts(self) -> Counter[str]:
        """Results by state."""
        return Counter(str(row["state"]) for row in self.rows)

    def of_state(self, state: str) -> list[Row]:
        """The results in that state."""
        return [row for row in self.rows if row["state"] == state]


def read_list(text: str, *, what: str = "A sample") -> list[str]:
    """The endpoints of a list, one a line; what stands behind a comma, semicolon or tab is left out. Raises Invalid for more than 200,
    which `what` cannot hold.
    """
    lines = (line.replace(";", ",").replace("\t", ",").partition(",")[0].strip().strip('"') for line in text.lstrip("\ufeff").splitlines())
    found = list(dict.fromkeys(line[:_LONGEST] for line in lines if line))
    if len(found) > MOST:
        raise Invalid(f"{what} holds at most {MOST} endpoints; these are {len(found):,}.", field="endpoints")
    return found


def drawn(graph: Graph, count: int, seed: str, when: datetime, where: Mapping[str, str] | None = None) -> list[str]:
    """Ids of that many endpoints of those that were known then. The same seed, moment and scope draw the same. Raises Invalid."""
    if not 1 <= count <= MOST:
        raise Invalid(f"Draw 1 to {MOST} endpoints.", field="draw")
    ids = [str(row["ci"]) for row in past.every_at(graph, policy_of(graph, _COUNTED_BY).id, when, where or {})]
    return sorted(ids, key=lambda ci: hashlib.sha256(f"{seed}|{ci}".encode()).digest())[:count]


def sample(graph: Graph, words: Sequence[str], when: datetime, known: datetime | None = None) -> list[Sampled]:
    """What was proven of these endpoints at that time, in the order given. A fixed number of reads.

    Each row has `hindsight`: the result as known at `known` (None: not asked).
    """
    hits = _hits(graph, words)
    ids = [str(hit["id"]) for _, hit in hits if not isinstance(hit, str)]
    rows: dict[str, list[Row]] = {}
    for row in with_hindsight(graph, [row for found in of_endpoints(graph, ids, when).values() for row in found], when, known):
        rows.setdefault(str(row["ci"]), []).append(row)
    found = []
    for word, hit in hits:
        if isinstance(hit, str):
            found.append(Sampled(word, why=hit))
            continue
        ci = str(hit["id"])
        mine = tuple(rows.get(ci, ()))
        found.append(Sampled(word, ci, str(hit.get("display_name") or ci), "" if mine else "nothing was judged of it then", mine))
    return found


def of_endpoints(graph: Graph, ids: Iterable[str], when: datetime) -> dict[str, list[Row]]:
    """id → its results at that time, by policy, each with the exception or attestation over it. Three reads."""
    wanted, at = sorted(set(ids)), to_text(when)
    if not wanted:
        return {}
    over = overlay(graph, at=when)
    every = [row for row in results.current(graph, wanted) if row["since"] <= at] + store.of_endpoints_at(graph, wanted, at)
    found: dict[str, dict[str, Row]] = {}
    for row in every:
        full = {**row, "declared": row.get("declared") or row["ownership"], "until": row.get("until") or ""}
        found.setdefault(str(row["ci"]), {})[str(row["policy"])] = {**full, "waiver": over.over(full)}
    return {ci: [rows[policy] for policy in sorted(rows)] for ci, rows in found.items()}


def ids_of(graph: Graph, words: Sequence[str], *, classes: Collection[str] = (), field: str = "endpoints") -> list[str]:
    """The ids of what these words name: id, asset tag, serial number, host name or name; only of these `classes`, where some are given.

    One read. Raises Invalid (of `field`) naming every word that fails, and why.
    """
    hits = _hits(graph, words, classes)
    why: dict[str, list[str]] = {}
    for word, hit in hits:
        if isinstance(hit, str):
            why.setdefault(hit, []).append(f"“{word[:_TOLD]}”")
    if why:
        raise Invalid(" ".join(f"{', '.join(those)}: {reason}." for reason, those in why.items()), field=field)
    return list(dict.fromkeys(str(hit["id"]) for _, hit in hits if not isinstance(hit, str)))


def _hits(graph: Graph, words: Sequence[str], classes: Collection[str] = ()) -> list[tuple[str, Row | str]]:
    """Each word with the one thing that is called so, or why there is none."""
    found = named(graph, dict.fromkeys(words))
    return [(word, _one(found.get(word, []), classes)) for word in words]


def _one(rows: Sequence[Row], classes: Collection[str]) -> Row | str:
    fit = [row for row in rows if not classes or row["class"] in classes]
    if len(fit) == 1:
        return fit[0]
    if fit:
        return f"{len(fit)} things are known by that name; give a serial number"
    return f"this is no endpoint ({str(rows[0]['class']).replace('_', ' ')})" if rows else "nothing is known by that name"
