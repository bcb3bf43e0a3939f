"""Shadow IT and dark endpoints: seen on a switch port, in ARP or as a connection and not reporting, or reporting and nobody's.

Only a graph that also scans the network can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from cmdb.compliance.visitors import Visit, visits
from cmdb.graph import compliance as results
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


def listed(graph: Graph, why: str = "") -> list[Shadow]:
    """All of them (at most 2,000 a kind), those seen last first; of one kind (`WHY`) if given. A fixed number of reads."""
    found: dict[str, tuple[str, dict[str, object]]] = {}
    if why in ("", "unclaimed"):
        found |= {row["ci"]: ("unclaimed", dict(row)) for row in store.unclaimed(graph, limit=MOST)}
    places = {"dark": ("dark-endpoint|fail",), "nobodys": ("owner-known|fail",), "undeclared": ("ownership-known|fail",)}
    wanted: dict[str, str] = {}
    for kind, place in places.items():
        if why in ("", kind):
            for row in results.listed(graph, place, {}, after=("", ""), limit=MOST):
                wanted.setdefault(row["ci"], kind)
    reporting = _reporting(graph, [ci for ci, kind in wanted.items() if kind != "dark"])
    wanted = {ci: kind for ci, kind in wanted.items() if kind == "dark" or ci in reporting}
    found |= {row["ci"]: (wanted[row["ci"]], dict(row)) for row in store.these(graph, list(wanted))}
    where, people = store.whereabouts(graph, list(found)), store.people(graph, list(found))
    for ci, macs in store.heard(graph, [ci for ci, (_, row) in found.items() if not row.get("macs")]).items():
        found[ci][1]["macs"] = [spelt(mac, "mac") for mac in macs]
    served = visits(graph)
    for ci in served.by_device.keys() & found.keys():
        where.setdefault(ci, []).extend(place for visit in served.by_device[ci] for place in visit.where)
        people.setdefault(ci, []).extend(account for visit in served.by_device[ci] for account in visit.accounts)
    made = [_shadow(ci, kind, row, where.get(ci, []), people.get(ci, [])) for ci, (kind, row) in found.items()]
    if why in ("", "visitor"):
        made += [_visitor(one) for one in served.nobodys]
    return sorted(made, key=lambda one: (one.seen_at, one.ci, one.name), reverse=True)


def _visitor(one: Visit) -> Shadow:
    return Shadow("", one.address, "", "visitor", one.seen_at, one.where, one.sources, (one.address,), one.accounts)


def _reporting(graph: Graph, ids: list[str]) -> set[str]:
    """Of these the endpoints that report."""
    rows = results.current(graph, ids) if ids else []
    return {row["ci"] for row in rows if row["policy"] == "reported-recently" and row["state"] == "pass"}


def _shadow(ci: str, kind: str, row: dict[str, object], where: list[str], people: list[str]) -> Shadow:
    def many(name: str) -> tuple[str, ...]:
        given = row.get(name)
        return tuple(str(one) for one in given) if isinstance(given, list | tuple) else ()

    return Shadow(
        ci=ci,
        name=str(row["name"] or ci),
        cls=str(row["cls"]),
        why=kind,
        seen_at=str(row["seen_at"] or ""),
        where=tuple(where),
        sources=many("sources"),
        addresses=(*many("ips"), *many("macs")),
        people=tuple(people),
    )
