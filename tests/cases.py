"""Questions of identity for tests: machines that show the network cards of two others, and systems that come back on other cards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cmdb.graph import reviews
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation import reconcile

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def told(graph: Graph, catalogue: Catalogue, source: str, day: int, *items: Item) -> None:
    """One observation, `day` days after START."""
    kind, _, name = source.partition(":")
    reconcile(graph, catalogue, Observation(uuid7(), Source(kind, name), START + timedelta(days=day), items))


def which(graph: Graph, catalogue: Catalogue, mark: str, count: int = 1, *, source: str = "agent:ocs") -> None:
    """`count` questions which of two laptops (`MARK-0a`, `MARK-0b`) it is. `mark`: two hexadecimal digits, one of its own for each call."""
    cards = {n: [f"00:1b:21:{mark}:{n:02x}:0{side}" for side in (1, 2)] for n in range(count)}
    for place, side in enumerate("ab"):
        told(graph, catalogue, f"ssh:{side}", 1, *(_known(f"{mark}-{n}{side}", cards[n][place], f"{side}{mark}{n:029x}") for n in cards))
    asked = [Item(f"z{n}", "laptop", tuple(Identifier("mac", card) for card in cards[n]), {"model": f"M{n}"}) for n in cards]
    told(graph, catalogue, source, 2, *asked)


def _known(name: str, card: str, machine_id: str) -> Item:
    shows = (Identifier("hostname", name), Identifier("mac", card), Identifier("machine_id", machine_id))
    return Item(name, "laptop", shows, {"name": name})


def double(graph: Graph, catalogue: Catalogue, mark: str, count: int = 1) -> None:
    """`count` questions whether the system that came back on another network card is the same server."""
    for n in range(count):
        name = f"srv-{mark}-{n}"
        shows = (Identifier("hostname", name), Identifier("machine_id", f"c{mark}{n:029x}"))
        for day, side, source in ((1, 1, "ssh:a"), (30, 9, "agent:b")):
            card = Identifier("mac", f"00:25:90:{mark}:{n:02x}:0{side}")
            told(
                graph, catalogue, source, day, Item("x", "server", (*shows, card), {"name": name, "os_name": "Debian", "model": f"R{side}"})
            )


def open_ids(graph: Graph, kind: str = "") -> list[str]:
    """Open questions, the oldest first."""
    return reviews.open_ids(graph, filters={"kind": kind}, limit=500)
