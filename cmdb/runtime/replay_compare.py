"""What a replay made, beside what is there: new, joined, parted, changed. Both graphs are read in windows, never whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from cmdb.graph import cis, replaying
from cmdb.graph.door import Graph
from cmdb.inventory.past import KEPT

_WINDOW = 1_000
_SHOWN = 200


@dataclass(slots=True)
class Compared:
    """Numbers, and of each kind the first 200 with the names people know.

    `joined`: several CIs of today are one in the replay; `parted`: one is several; `changed`: the same with other values; `only_now`: not
    made again (their observations are no longer kept, or never were); `only_replayed`: CIs that are not there today.
    """

    same: int = 0
    joined: int = 0
    parted: int = 0
    changed: int = 0
    only_now: int = 0
    only_replayed: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, what: str, row: Mapping[str, Any], **more: Any) -> None:
        """Count one, and keep it while there is room."""
        setattr(self, what, getattr(self, what) + 1)
        if len(self.shown) < _SHOWN:
            self.shown.append({"what": what, "ci": row["id"], "class": row["class"], "name": row["display_name"], **more})


def compare(now: Graph, replayed: Graph, pairs: Mapping[str, Collection[str]]) -> Compared:
    """`pairs`: id of now → ids in the replayed graph, as the replay learned them."""
    found, there = Compared(), _survived(now, replayed, pairs)
    back: dict[str, set[str]] = {}
    for one, others in there.items():
        for other in others:
            back.setdefault(other, set()).add(one)
    after = ""
    while rows := cis.window(now, after, limit=_WINDOW):
        _judge(found, rows, replayed, there, back)
        after = str(rows[-1]["id"])
    after = ""
    while rows := cis.window(replayed, after, limit=_WINDOW):
        for row in rows:
            if row["id"] not in back:
                found.tell("only_replayed", row)
        after = str(rows[-1]["id"])
    return found


def _survived(now: Graph, replayed: Graph, pairs: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """The pairs with the ids of CIs that were joined since replaced by the survivors'."""
    old = replaying.survivors(now, pairs.keys())
    new = replaying.survivors(replayed, {other for others in pairs.values() for other in others})
    found: dict[str, set[str]] = {}
    for one, others in pairs.items():
        found.setdefault(old.get(one, one), set()).update(new.get(other, other) for other in others)
    return found


def _judge(
    found: Compared, rows: list[dict[str, Any]], replayed: Graph, there: Mapping[str, set[str]], back: Mapping[str, set[str]]
) -> None:
    wanted = {other for row in rows for other in there.get(str(row["id"]), ())}
    made = cis.many(replayed, wanted)
    for row in rows:
        others = there.get(str(row["id"]), set()) & made.keys()
        if not others:
            found.tell("only_now", row)
        elif len(others) > 1:
            found.tell("parted", row, into=len(others))
        elif len(back[min(others)]) > 1:
            found.tell("joined", row, into=min(others))
        elif names := _different(row, made[min(others)]):
            found.tell("changed", row, attributes=names)
        else:
            found.same += 1


def _different(row: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    names = {name for name in {*row, *other} if (name not in KEPT or name in ("class", "presence")) and not name.startswith("find")}
    return sorted(name for name in names - OWN if row.get(name) != other.get(name))


OWN = frozenset(("ageing", "ageing_why"))
"""Properties that the house computes by the clock."""
