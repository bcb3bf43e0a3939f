"""Where somebody logged in or used a service, by address; and which of these addresses no known device has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmdb.graph import visitors as store
from cmdb.graph.door import Graph, Row

_LOGIN = "log-in "

Hashed = Callable[[str], str]
"""Address → the keyed hash by which a personal device that was registered from it is known: its address itself is not kept."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One address that was served: on which hosts and as what, with which accounts, when last, told by whom."""

    address: str
    where: tuple[str, ...]
    accounts: tuple[str, ...]
    seen_at: str
    sources: tuple[str, ...]


def visits(graph: Graph) -> dict[str, Visit]:
    """Address → what the hosts that serve told of it at their last look. One read."""
    told: dict[str, list[tuple[Row, str]]] = {}
    for row in store.hosts(graph):
        for one in row["clients"]:
            address, _, what = str(one).partition(" ")
            told.setdefault(address, []).append((row, what))
    return {address: _visit(address, some) for address, some in told.items()}


def _visit(address: str, told: Sequence[tuple[Row, str]]) -> Visit:
    return Visit(
        address,
        tuple(sorted(f"{row['name']} {what}".strip() for row, what in told)),
        tuple(sorted({what.removeprefix(_LOGIN) for _, what in told if what.startswith(_LOGIN)})),
        max(str(row["seen_at"] or "") for row, _ in told),
        tuple(sorted({source for row, _ in told for source in row["sources"] or ()})),
    )


def nobodys(graph: Graph, addresses: Iterable[str], hashed: Hashed | None = None) -> set[str]:
    """Those of these addresses that nothing known has. Two reads."""
    asked = sorted(set(addresses))
    held = store.holders(graph, asked)
    left = [one for one in asked if one not in held]
    if hashed is None or not left:
        return set(left)
    named = {hashed(one): one for one in left}
    return set(left) - {named[value] for value in store.known_as(graph, sorted(named.keys() - {""}))}


def of_devices(graph: Graph, ids: Collection[str], served: Mapping[str, Visit]) -> dict[str, list[Visit]]:
    """ci → the visits from its addresses, for those of these that have some. Two reads."""
    found: dict[str, list[Visit]] = {}
    for ci, words in store.addresses_of(graph, sorted(ids)).items():
        if mine := sorted(words & served.keys()):
            found[ci] = [served[one] for one in mine]
    return found
