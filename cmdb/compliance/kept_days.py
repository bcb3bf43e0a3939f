"""The counts of each day as they were kept: the overview as of a date, and the trend.

Of each day are kept every cell, and apart the sums of the fleet, of each site and of each team, so that a page reads what it shows and
no more: for the overview with reasons (`sums`), for the trend of many days the bare numbers in columns (`face`).
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from cmdb.compliance.chosen import active
from cmdb.compliance.policy import ASKED, STATES, Policy
from cmdb.compliance.report import DIMENSIONS, Grave, Overview, graver, overview_of
from cmdb.compliance.waivers import Overlay, excepted, overlay
from cmdb.errors import Invalid
from cmdb.graph import compliance_counts as counts
from cmdb.graph import compliance_past as store
from cmdb.graph.compliance_past import Sums
from cmdb.graph.door import Graph, Row
from cmdb.model.times import to_text

_COLUMNS = ("policy", "state", "reason", "ownership", "site", "team", "cls", "n")
_FACED = ("policy", "ownership", "cls", "site")
_OF_ALL = ("policy", "state", "ownership", "cls")
_OF_PLACE = (*_OF_ALL, "site", "team")


@dataclass(frozen=True, slots=True)
class Day:
    """The counts of one day; `share` is pass / (pass + fail + unknown)."""

    day: str
    states: Mapping[str, int]

    @property
    def share(self) -> float | None:
        """The headline of that day; None where nobody was asked."""
        asked = sum(self.states[state] for state in ASKED)
        return self.states["pass"] / asked if asked else None


def keep_today(graph: Graph, now: datetime) -> None:
    """Keep the counts of this day; the last call of a day stays."""
    cells, at = counts.cells(graph), to_text(now)
    fleet: dict[tuple[str, ...], int] = {}
    sums: dict[str, dict[tuple[str, ...], int]] = {"": fleet}
    for policy, state, reason, ownership, site, team, cls, n in cells:  # _COLUMNS
        of_all = (policy, state, reason, ownership, "", "", cls)
        fleet[of_all] = fleet.get(of_all, 0) + n
        # Of a site the teams are not told apart: who asks for a team reads that team's sums.
        for name, of_place in ((f"site|{site}", ""), (f"team|{team}", team)):
            if not name.endswith("|"):
                key = (policy, state, reason, ownership, site, of_place, cls)
                kept = sums.setdefault(name, {})
                kept[key] = kept.get(key, 0) + n
    choices = {name: sorted({cell[_COLUMNS.index(name)] for cell in cells} - {""}) for name in DIMENSIONS}
    days = {place: Sums(packed([[*key, n] for key, n in rows.items()]), _face(rows)) for place, rows in sums.items()}
    store.keep_day(graph, store.KeptDay(at[:10], at, packed(cells), orjson.dumps(choices).decode(), days))


def _face(rows: Mapping[tuple[str, ...], int]) -> str:
    """Numbers by state, one for each combination of `_FACED`; the combinations apart, since they are the same day after day."""
    columns = [_COLUMNS.index(name) for name in _FACED]
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for key, n in rows.items():
        states = found.setdefault(tuple(key[at] for at in columns), dict.fromkeys(STATES, 0))
        states[key[1]] += n
    order = sorted(found)
    return packed([orjson.dumps(order).decode(), [[found[key][state] for key in order] for state in STATES]])


_PACKED = "b64:"


def packed(rows: Sequence[object]) -> str:
    """Rows as text: the same words over and over, which compress to a twentieth."""
    return _PACKED + base64.b64encode(zlib.compress(orjson.dumps(rows), 6)).decode()


def _unpacked(text: str) -> list[Any]:
    """Rows as they were packed; those of earlier releases are in base 85, which takes ten times as long to read, or plain JSON."""
    found: list[Any] = orjson.loads(text if text.startswith("[") else zlib.decompress(_bytes(text)))
    return found


def _bytes(text: str) -> bytes:
    return base64.b64decode(text[len(_PACKED) :]) if text.startswith(_PACKED) else base64.b85decode(text)


def _wanted(where: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in where.items() if key in DIMENSIONS and value}


def _place(wanted: Mapping[str, str]) -> str:
    return next((f"{kind}|{wanted[kind]}" for kind in ("team", "site") if kind in wanted), "")


def trend(graph: Graph, now: datetime, *, days: int = 90, policy: str = "", where: Mapping[str, str] | None = None) -> list[Day]:
    """The counts of each kept day up to now, of one policy or all, narrowed by ownership, site, team, cls and severity (as it is now)."""
    wanted = _wanted(where or {})
    place = _place(wanted)
    wanted.pop("team", "")  # the sums of a team are of that team alone
    if policy:
        wanted["policy"] = policy
    severity = (where or {}).get("severity", "")
    grave = graver(active(graph), severity)[0] if severity else Grave()
    span = [to_text(now - timedelta(days=back))[:10] for back in range(days, -1, -1)]
    among: dict[str, list[int] | None] = {}
    found = []
    for one in store.days(graph, span, place):
        if one["face"]:
            found.append(Day(one["day"], _faced(one["face"], wanted, grave, among)))
        else:
            team = {"team": str((where or {}).get("team", ""))} if place.startswith("team|") else {}
            found.append(Day(one["day"], _summed(one, wanted | team, _OF_PLACE if place else _OF_ALL, grave)))
    return found


def _faced(face: str, wanted: Mapping[str, str], grave: Grave, among: dict[str, list[int] | None]) -> dict[str, int]:
    """State → number, of one kept day. `among`: which of some combinations are wanted (None: all), noted for the days that follow."""
    cells, columns = _unpacked(face)
    if cells not in among:
        among[cells] = _fitting(orjson.loads(cells), wanted, grave) if wanted or grave.severity else None
    places = among[cells]
    if places is None:
        return {state: sum(column) for state, column in zip(STATES, columns, strict=True)}
    return {state: sum([column[at] for at in places]) for state, column in zip(STATES, columns, strict=True)}


def _fitting(cells: Iterable[Sequence[str]], wanted: Mapping[str, str], grave: Grave) -> list[int]:
    asked = [(_FACED.index(name), value) for name, value in wanted.items()]
    return [
        at
        for at, cell in enumerate(cells)
        if all(cell[column] == value for column, value in asked) and (not grave.severity or (cell[0], cell[1]) in grave.pairs)
    ]


def _summed(kept: Row, wanted: Mapping[str, str], names: Sequence[str], grave: Grave) -> dict[str, int]:
    """State → number, of one day that an earlier release kept."""
    columns, rows = (names, _unpacked(kept["sums"])) if kept["sums"] else (_COLUMNS, _unpacked(kept["counts"] or "[]"))
    for name, value in wanted.items():
        column = columns.index(name)
        rows = [row for row in rows if row[column] == value]
    if grave.severity:
        policy, owner = columns.index("policy"), columns.index("ownership")
        rows = [row for row in rows if (row[policy], row[owner]) in grave.pairs]
    at, states = columns.index("state"), dict.fromkeys(STATES, 0)
    for row in rows:
        states[row[at]] += row[-1]
    return states


def overview_at(graph: Graph, when: datetime, where: Mapping[str, str], policies: Sequence[Policy] | None = None) -> tuple[Overview, str]:
    """The overview as it was kept last at or before that time, and when that was. Raises Invalid where no day that early was kept."""
    wanted = _wanted(where)
    day = store.last_day(graph, to_text(when))
    if day is None:
        raise Invalid("Nothing was kept at or before that time; the trend begins with the first day that was.", field="as_of")
    over, place = overlay(graph, at=when), _place(wanted)
    kept = store.of_day(graph, str(day["day"]), place, whole=_reaches_in(over, place))
    every = _unpacked(kept["counts"] or kept["sums"] or "[]")
    choices = {name: tuple(values) for name, values in orjson.loads(kept["choices"]).items()} if kept["choices"] else _choices(every)
    narrowed = every
    for name, value in wanted.items():
        column = _COLUMNS.index(name)
        narrowed = [row for row in narrowed if row[column] == value]
    grave, chosen = graver(policies or active(graph), where.get("severity", ""))
    rows = grave.among(dict(zip(_COLUMNS, row, strict=True)) for row in narrowed)
    accepted = excepted(graph, rows, over, wanted | grave.word)
    return replace(overview_of(graph, rows, wanted, chosen, accepted), choices=choices), str(day["at"])


def _reaches_in(over: Overlay, place: str) -> bool:
    """Whether an exception is for sites or teams that these sums do not tell apart."""
    groups = [one for one in over.waivers if one.kind == "exception" and not one.ci]
    return not place.startswith("team|") and any(one.team or (one.site and not place) for one in groups)


def _choices(every: Iterable[Sequence[Any]]) -> dict[str, tuple[str, ...]]:
    rows = list(every)
    return {name: tuple(sorted({row[_COLUMNS.index(name)] for row in rows} - {""})) for name in DIMENSIONS}
