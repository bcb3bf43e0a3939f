"""Where somebody logged in or used a service, by address; and which of these addresses no known device has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmdb.graph import visitors as store
from cmdb.graph.door import Graph

MOST_HOSTS = 5000
MOST_ADDRESSES = 5000
_LOGIN = "log-in "


@dataclass(frozen=True, slots=True)
class Visit:
    """One address that was served: on which hosts and as what, with which accounts, when last, told by whom."""

    address: str
    where: tuple[str, ...]
    accounts: tuple[str, ...]
    seen_at: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visits:
    """`by_device`: id of what has the address → its visits; `nobodys`: those of addresses that nothing known has."""

    by_device: Mapping[str, tuple[Visit, ...]]
    nobodys: tuple[Visit, ...]


def visits(graph: Graph) -> Visits:
    """What the hosts that serve told at their last look, of at most 5,000 hosts and addresses. Two reads."""
    where: dict[str, list[str]] = {}
    accounts: dict[str, set[str]] = {}
    seen: dict[str, tuple[str, set[str]]] = {}
    for row in store.hosts(graph, limit=MOST_HOSTS):
        for told in row["clients"]:
            address, _, what = str(told).partition(" ")
            if address not in where and len(where) >= MOST_ADDRESSES:
                continue
            where.setdefault(address, []).append(f"{row['name']} {what}".strip())
            if what.startswith(_LOGIN):
                accounts.setdefault(address, set()).add(what.removeprefix(_LOGIN))
            at, sources = seen.get(address, ("", set[str]()))
            seen[address] = (max(at, str(row["seen_at"] or "")), sources | set(row["sources"] or ()))
    made = {
        one: Visit(one, tuple(sorted(places)), tuple(sorted(accounts.get(one, ()))), seen[one][0], tuple(sorted(seen[one][1])))
        for one, places in where.items()
    }
    return _sorted_out(made, store.holders(graph, sorted(made)))


def _sorted_out(made: Mapping[str, Visit], holders: Mapping[str, list[str]]) -> Visits:
    by_device: dict[str, list[Visit]] = {}
    for address, cis in holders.items():
        for ci in cis:
            by_device.setdefault(ci, []).append(made[address])
    nobodys = tuple(one for address, one in sorted(made.items()) if address not in holders)
    return Visits({ci: tuple(some) for ci, some in by_device.items()}, nobodys)
