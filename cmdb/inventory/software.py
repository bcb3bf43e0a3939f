"""Software over all endpoints: who has a product or a range of its versions, how many have which, who lacks it, what changed on one.

Lists are read in the order of versions, the oldest first, so that a page of a hundred thousand holders reads the parts of lists it shows
and no others.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from weakref import WeakKeyDictionary

from cmdb.errors import Invalid, NotFound
from cmdb.graph import history
from cmdb.graph import software as store
from cmdb.graph.door import Graph, Row
from cmdb.model import versions
from cmdb.model.times import from_text, to_text
from cmdb.model.version_range import read_range

HEAVY, KEEP_S = 10_000, 300.0
"""Counts of more holders than that are kept so many seconds; all others are counted anew each time."""
_WINDOW = 500
_SHOWN = 200
"""As many names an entry of the history tells (reconciliation/planning_software.py)."""
_kept: WeakKeyDictionary[Graph, dict[str, tuple[float, list[Row]]]] = WeakKeyDictionary()
Place = tuple[str, str, str, str]
"""Where a page ended: ecosystem, version, part of a list, CI."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a product in one ecosystem. `inside`: whether the range holds it (None: it has no order). `n`: CIs, if counted."""

    ecosystem: str
    version: str
    inside: bool | None
    keys: tuple[str, ...]
    n: int = 0

    @property
    def order(self) -> tuple[object, ...]:
        """Ecosystem by ecosystem; those without an order first, then from the oldest."""
        found = versions.key(self.ecosystem, self.version)
        return (self.ecosystem, found is not None, found or (), self.version)

    @property
    def plain(self) -> bool:
        """Whether `=` and this version make a range."""
        return bool(self.version) and not re.search(r"[,|*<>=!]", self.version)


@dataclass(frozen=True, slots=True)
class Holder:
    """A CI with one version of the product; `sources` said so."""

    ci: str
    cls: str
    name: str
    ecosystem: str
    version: str
    sources: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Lacking:
    """A CI of which the product is not known. `state`: lacks (a complete list is there, without it) or unknown, with the reason."""

    ci: str
    cls: str
    name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One product that was installed, updated or removed; before and after as `name version`, empty for none."""

    at: str
    kind: str
    name: str
    before: str
    after: str
    source: str


def products(graph: Graph, beginning: str, *, after: str = "", limit: int = 50) -> list[Row]:
    """Products whose name begins so. Rows: name_lower, name, ecosystems, versions."""
    return store.products(graph, " ".join(beginning.split()), after=after, limit=limit)


def versions_of(graph: Graph, name: str, span: str = "", ecosystem: str = "", *, count: bool = True) -> list[Version]:
    """The versions of a product, in their ecosystem's order, and which of them the range holds.

    Raises NotFound for a product nobody has reported, Invalid for the range.
    """
    wanted = read_range(span)
    rows = store.versions(graph, name.strip())
    if not rows:
        raise NotFound("No source has reported a product of that name.")
    counted = {(row["ecosystem"], row["version"]): int(row["n"]) for row in _counts(graph, name.strip())} if count else {}
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if not ecosystem or row["ecosystem"] == ecosystem:
            groups.setdefault((row["ecosystem"], row["version"]), []).append(row["key"])
    found = [Version(eco, text, wanted.holds(eco, text), tuple(keys), counted.get((eco, text), 0)) for (eco, text), keys in groups.items()]
    return sorted(found, key=lambda one: one.order)


def _counts(graph: Graph, name: str) -> list[Row]:
    kept, now = _kept.setdefault(graph, {}), time.monotonic()
    before = kept.get(name.lower())
    if before and now - before[0] < KEEP_S:
        return before[1]
    rows = store.counts(graph, name)
    kept.pop(name.lower(), None)
    if sum(row["n"] for row in rows) > HEAVY:
        kept[name.lower()] = (now, rows)
    return rows


def who_has(graph: Graph, name: str, span: str = "", ecosystem: str = "", *, after: Place | None = None, limit: int = 50) -> list[Holder]:
    """CIs with the product in that range, by version from the oldest, those after `after`. Raises NotFound, Invalid."""
    found: list[Holder] = []
    for one in versions_of(graph, name, span, ecosystem, count=False):
        if not one.inside or (after and one.order < Version(after[0], after[1], None, ()).order):
            continue
        here = after if after and (one.ecosystem, one.version) == after[:2] else None
        for holder in _of_version(graph, one, here):
            found.append(holder)
            if len(found) >= limit:
                return found
    return found


def everyone_with(graph: Graph, name: str, span: str = "", ecosystem: str = "") -> Iterator[Holder]:
    """All of them, window by window: for files."""
    after: Place | None = None
    while rows := who_has(graph, name, span, ecosystem, after=after, limit=_WINDOW):
        yield from rows
        after = rows[-1].place


def _of_version(graph: Graph, one: Version, after: Place | None) -> Iterator[Holder]:
    """CIs with that version, part by part; one with several such parts stands at the first."""
    parts = store.parts_with(graph, one.keys)
    known, start, width = set(parts), 0, 4
    if after:
        parts = [part for part in parts if part >= after[2]]
    while start < len(parts):
        batch = parts[start : start + width]
        start, width = start + width, min(width * 4, _WINDOW)
        holders = store.holders(graph, batch)
        pairs = [(p, ci) for p in batch for ci in holders.get(p, ()) if not after or (p, ci) > after[2:]]
        for window in (pairs[place : place + 100] for place in range(0, len(pairs), 100)):
            about = store.parts_of(graph, [ci for _, ci in window], one_bucket(parts))
            for part, ci in window:
                row = about.get(ci)
                mine = [pair for pair in row["parts"] if pair[0] in known] if row else []
                if row and mine and min(pair[0] for pair in mine) == part:
                    sources = tuple(sorted({str(source) for _, source in mine}))
                    place = (one.ecosystem, one.version, part, ci)
                    yield Holder(ci, str(row["class"]), str(row["display_name"] or ci), one.ecosystem, one.version, sources, place)


def one_bucket(parts: Sequence[str]) -> str:
    """What the keys of all parts with one product begin with."""
    return parts[0].partition("-")[0] + "-"


def lacking(
    graph: Graph, classes: Collection[str], name: str, span: str = "", *, state: str = "", after: str = "", limit: int = 50
) -> list[Lacking]:
    """Present CIs of these classes without the product in that range, by id; `state` (lacks, unknown) narrows.

    Where nobody has reported the product at all, everything lacks it or is unknown. Raises Invalid for the range.
    """
    span_read = read_range(span)
    rows = store.versions(graph, name.strip())
    judged = [(row["key"], span_read.holds(row["ecosystem"], row["version"])) for row in rows]
    have = store.all_holders(graph, [key for key, inside in judged if inside])
    unsure = store.all_holders(graph, [key for key, inside in judged if inside is None])
    ids = [ci for ci in store.of_classes(graph, classes) if ci > after and ci not in have]
    found: list[Lacking] = []
    for start in range(0, len(ids), _WINDOW):
        for row in store.looked(graph, ids[start : start + _WINDOW]):
            one = _lacking(row, unsure)
            if not state or one.state == state:
                found.append(one)
                if len(found) >= limit:
                    return found
    return found


def everyone_lacking(graph: Graph, classes: Collection[str], name: str, span: str = "", *, state: str = "") -> list[Lacking]:
    """All of them: for files."""
    return lacking(graph, classes, name, span, state=state, limit=10_000_000)


def _lacking(row: Row, unsure: Collection[str]) -> Lacking:
    states = {state for _, state, _ in row["looks"]}
    if row["id"] in unsure:
        state, reason = "unknown", "it has a version that cannot be compared"
    elif "complete" in states:
        state, reason = "lacks", ""
    elif "partial" in states:
        state, reason = "unknown", "its list is known in part only"
    else:
        state, reason = "unknown", "no source has told what is installed on it"
    return Lacking(row["id"], str(row["class"]), str(row["display_name"] or row["id"]), state, reason)


def since_of(text: str) -> datetime:
    """From when on: a day (its beginning, UTC) or a time with a zone. Raises Invalid naming `since`."""
    given = text.strip()
    day = re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII)
    try:
        return from_text(f"{given}T00:00:00Z" if day else given)
    except Invalid as error:
        raise Invalid("since is no day and no time with a zone; write e.g. 2026-11-01 or 2026-11-01T08:00:00Z.", field="since") from error


def changed(graph: Graph, ci: str, since: datetime) -> tuple[list[Changed], bool]:
    """What was installed, updated and removed on one CI from then on, the newest first; and whether an entry told not everything.

    The first list of a CI is no change. By when it was so, as its source told.
    """
    found: list[Changed] = []
    short = False
    at = to_text(since)
    for event in history.since(graph, [ci], at).get(ci, ()):
        for change in event["changes"]:
            if change.get("attribute") != "software" or event["at"] < at:
                continue
            before, after = list(change.get("before") or ()), list(change.get("after") or ())
            short = short or max(len(before), len(after)) >= _SHOWN
            found += _pairs(before, after, str(event["at"]), str(change.get("source") or ""))
    return sorted(found, key=lambda one: (one.at, one.name), reverse=True), short


def _pairs(before: list[str], after: list[str], at: str, source: str) -> list[Changed]:
    """What belongs together by the name, which is everything before the last word."""
    texts = [(_name(text), side, text) for side, listed in (("before", before), ("after", after)) for text in listed]
    found = []
    for name, group in groupby(sorted(texts), key=lambda one: one[0]):
        sides: dict[str, list[str]] = {"before": [], "after": []}
        for _, side, text in group:
            sides[side].append(text)
        was, now = ", ".join(sides["before"]), ", ".join(sides["after"])
        kind = "updated" if was and now else "installed" if now else "removed"
        found.append(Changed(at, kind, name, was, now, source))
    return found


def _name(text: str) -> str:
    name, _, version = text.rpartition(" ")
    return name if name and any(sign.isdigit() for sign in version) else text
