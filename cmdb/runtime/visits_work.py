"""When a device may not keep its addresses any more: what hosts told of them goes too, out of the graph and out of kept observations."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from ipaddress import ip_address

from cmdb.graph import visitors
from cmdb.intake.submit import OBSERVATION
from cmdb.runtime.house import House
from cmdb.store import Entry
from cmdb.store.erasing import Rewritten
from reconciliation.forgetting_visits import forget_visits


def addresses_in(texts: Iterable[str]) -> frozenset[str]:
    """Those of the texts that are IP addresses."""
    return frozenset(one for one in texts if _is_address(one))


def without_visits(house: House, addresses: Collection[str], by: str, reason: str, stopping: threading.Event) -> dict[str, int]:
    """Take it out, and say of how many hosts and bodies. Told to stop it leaves the rest, which the order begins anew with."""
    if not addresses:
        return {}
    rows = visitors.all_hosts(house.graph)
    hosts = sorted(str(row["ci"]) for row in rows if any(str(one).partition(" ")[0] in addresses for one in row["clients"]))
    for host in hosts:
        forget_visits(house.graph, house.catalogue, host, addresses, by=by, reason=reason)
    return {"visits": len(hosts), "visits_bodies": _bodies(house, addresses, stopping)}


def _bodies(house: House, addresses: Collection[str], stopping: threading.Event) -> int:
    """Observations that tell of the addresses lose their bodies, also those of hosts that serve nobody any more: their hashes and what
    became of them stay."""
    told, place = tuple(f'"{one} '.encode() for one in addresses), 0
    erasing, emptied = house.ledger.erasing, 0
    while not stopping.is_set():
        window = erasing.of_kind(OBSERVATION, place)
        rows = [Rewritten(entry, entry.meta, entry.result, True) for entry in window.entries if _tells(entry, told)]
        emptied += erasing.rewrite(rows) if rows else 0
        if window.last is None:
            break
        place = window.last
    return emptied


def _tells(entry: Entry, told: tuple[bytes, ...]) -> bool:
    done = entry.state in ("done", "parked")
    return done and entry.body is not None and any(one in entry.body for one in told)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
