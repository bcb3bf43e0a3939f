"""Shadow IT and dark endpoints: seen on a switch port, in ARP or as a connection and not reporting, or reporting and nobody's.

Only a graph that also scans the network can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmdb.compliance.visitors import Hashed, Visit, nobodys, of_devices, visits
from cmdb.graph import compliance_lists as lists
from cmdb.graph import shadow as store
from cmdb.graph.door import Graph
from cmdb.model.naming import spelt

WHY = {
    "unclaimed": "seen on the network, and nobody knows what it is",
    "dark": "an endpoint that the network sees and that does not report",
    "visitor": "an address that logged in or used a service, and no known device has it",
    "nobodys": "reports, and has no owner",
    "undeclared": "reports, and nobody said whose it is",
}
MOST = 2000
"""Of each kind, where all are asked for at once."""
_AHEAD, _WIDER, _WIDEST = 300, 4, 8000
_SORTED = 500
Place = tuple[str, str, str]
"""Where one stands: its kind, and its place in the order of its kind."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """One thing nobody answers for: why it is here, where and by whom it was seen, who may be using it.

    A visitor has no CI yet: `ci` and `cls` are empty, and its name is the address.
    """

    ci: str
    name: str
    cls: str
    why: str
    seen_at: str
    where: tuple[str, ...]
    sources: tuple[str, ...]
    addresses: tuple[str, ...]
    people: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class _Found:
    """One before it is looked at: its place, and what it is."""

    place: Place
    ci: str = ""
    visit: Visit | None = None


def listed(graph: Graph, why: str = "", *, hashed: Hashed | None = None, most: int = MOST) -> list[Shadow]:
    """All of them (at most `most` a kind), those seen last first; of one kind (`WHY`) if given. A fixed number of reads a kind."""
    made = [one for kind in ((why,) if why else WHY) for one in page(graph, kind, limit=most, hashed=hashed)]
    return sorted(made, key=lambda one: (one.seen_at, one.ci, one.name), reverse=True)


def page(graph: Graph, why: str = "", *, after: Place | None = None, limit: int, hashed: Hashed | None = None) -> list[Shadow]:
    """Up to `limit` after that place: kind after kind in the order of `WHY`, what was seen last first, endpoints by name.

    It reads about as much as it tells of, however many there are.
    """
    served = visits(graph)
    found: list[_Found] = []
    begun = list(WHY).index(after[0]) if after is not None and after[0] in WHY else 0
    for kind in list(WHY)[begun:]:
        if why in ("", kind) and len(found) < limit:
            place = after if after is not None and after[0] == kind else (kind, "", "")
            found += _of_kind(graph, place, limit - len(found), served, hashed)
    return _told(graph, found, served)


def _of_kind(graph: Graph, place: Place, limit: int, served: Mapping[str, Visit], hashed: Hashed | None) -> list[_Found]:
    if place[0] == "unclaimed":
        rows = sorted(((str(at or ""), str(ci)) for ci, at in store.unclaimed(graph)), reverse=True)
        return [_Found(("unclaimed", at, ci), ci) for at, ci in rows if not any(place[1:]) or (at, ci) < place[1:]][:limit]
    if place[0] == "visitor":
        return _visitors(graph, place, limit, served, hashed)
    return _endpoints(graph, place, limit)


def _visitors(graph: Graph, place: Place, limit: int, served: Mapping[str, Visit], hashed: Hashed | None) -> list[_Found]:
    rows = sorted(((one.seen_at, address) for address, one in served.items()), reverse=True)
    rows = [row for row in rows if not any(place[1:]) or row < place[1:]]
    found: list[_Found] = []
    start, step = 0, max(_AHEAD, limit)
    while start < len(rows) and len(found) < limit:
        some = rows[start : start + step]
        free = nobodys(graph, (address for _, address in some), hashed)
        found += [_Found(("visitor", at, address), visit=served[address]) for at, address in some if address in free]
        start, step = start + step, step * _WIDER
    return found[:limit]


_FAILS = {"dark": "dark-endpoint", "nobodys": "owner-known", "undeclared": "ownership-known"}
_LOOKED_AT = ("dark-endpoint", "owner-known", "reported-recently")


def _endpoints(graph: Graph, place: Place, limit: int) -> list[_Found]:
    """By name. One that fails more than one of these policies stands where it comes first."""
    found: list[_Found] = []
    after, step = place[1:], limit if place[0] == "dark" else 2 * limit
    whole = sorted(store.failing(graph, _FAILS[place[0]])) if limit > _SORTED else None  # so many are told sooner than walked to
    while len(found) < limit:
        if whole is None:
            some = lists.page(graph, _FAILS[place[0]], ("fail",), {}, after=after, limit=step, backwards=False)
            rows = [(row["name_lower"], row["key"], row["ci"]) for row in some]
        else:
            rows = [row for row in whole if row[:2] > after][:step]
        states = _states(graph, [ci for _, _, ci in rows]) if place[0] != "dark" else {}
        found += [_Found((place[0], name, key), ci) for name, key, ci in rows if place[0] == "dark" or _is(place[0], states.get(ci, {}))]
        if len(rows) < step:
            break
        after, step = rows[-1][:2], min(step * _WIDER, _WIDEST)
    return found[:limit]


def _states(graph: Graph, ids: list[str]) -> dict[str, dict[str, str]]:
    """ci → policy → state, of the policies that tell where an endpoint stands. One read."""
    states: dict[str, dict[str, str]] = {}
    for ci, policy, state in store.states(graph, ids, _LOOKED_AT):
        states.setdefault(ci, {})[policy] = state
    return states


def _is(kind: str, states: Mapping[str, str]) -> bool:
    """Whether an endpoint that reports is of this kind and none before it."""
    before = {"dark-endpoint"} | ({"owner-known"} if kind == "undeclared" else set())
    return states.get("reported-recently") == "pass" and not any(states.get(policy) == "fail" for policy in before)


def _told(graph: Graph, found: Sequence[_Found], served: Mapping[str, Visit]) -> list[Shadow]:
    """What is told of them, in the same order. A fixed number of reads."""
    ids = [one.ci for one in found if one.ci]
    rows = {row["ci"]: dict(row) for row in store.these(graph, ids)}
    where, people = store.whereabouts(graph, ids), store.people(graph, ids)
    for ci, macs in store.heard(graph, [ci for ci, row in rows.items() if not row.get("macs")]).items():
        rows[ci]["macs"] = [spelt(mac, "mac") for mac in macs]
    for ci, some in (of_devices(graph, ids, served) if served else {}).items():
        where.setdefault(ci, []).extend(place for visit in some for place in visit.where)
        people.setdefault(ci, []).extend(account for visit in some for account in visit.accounts)
    made = []
    for one in found:
        if one.visit is not None:
            made.append(_visitor(one.visit, one.place))
        elif one.ci in rows:
            made.append(_shadow(one, rows[one.ci], where.get(one.ci, []), people.get(one.ci, [])))
    return made


def _visitor(one: Visit, place: Place) -> Shadow:
    return Shadow("", one.address, "", "visitor", one.seen_at, one.where, one.sources, (one.address,), one.accounts, place)


def _shadow(found: _Found, row: Mapping[str, object], where: list[str], people: list[str]) -> Shadow:
    def many(name: str) -> tuple[str, ...]:
        given = row.get(name)
        return tuple(str(one) for one in given) if isinstance(given, list | tuple) else ()

    return Shadow(
        ci=found.ci,
        name=str(row["name"] or found.ci),
        cls=str(row["cls"]),
        why=found.place[0],
        seen_at=str(row["seen_at"] or ""),
        where=tuple(where),
        sources=many("sources"),
        addresses=(*many("ips"), *many("macs")),
        people=tuple(people),
        place=found.place,
    )
