"""What servers tell of who logged in goes with the device that had the address, out of graph and ledger; what they tell of others stays."""

from __future__ import annotations

import pytest

from cmdb.compliance import shadow
from cmdb.intake import submit_observation
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.model.times import now
from cmdb.privacy.orders import order
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.visits_work import addresses_in
from tests.privacy.devices import carry_out, found_in, graph_text, ledger_bytes, say

CLIENTS = ("10.66.77.88 log-in canvisit", "10.66.77.88 tcp/22", "10.66.77.8 tcp/443", "10.66.77.89 log-in bo")
CANARIES = ("10.66.77.88 ", "canvisit")


def _look(house: House, serial: str, clients: tuple[str, ...]) -> None:
    """A look over SSH at a server, as the workers apply it."""
    item = Item("s", "server", (Identifier("serial", serial),), {"name": serial.lower(), "seen_clients": clients})
    submit_observation(house.ledger, Observation(uuid7(), Source("ssh", "scan"), now(), (item,)), actor="scan")
    work_off(house)


def _laptop(house: House) -> str:
    item = Item(
        "x", "laptop", (Identifier("serial", "VISITOR77"),), {"name": "guest", "ownership": "corporate", "ip_addresses": ("10.66.77.88",)}
    )
    submit_observation(house.ledger, Observation(uuid7(), Source("agent", "glpi"), now(), (item,)), actor="agent")
    work_off(house)
    return next(str(row["ci"]) for row in house.graph.read("MATCH (c:CI {class: 'laptop'}) RETURN c.id AS ci"))


def _clients(house: House) -> dict[str, list[str] | None]:
    rows = house.graph.read("MATCH (c:CI {class: 'server'}) RETURN c.display_name AS name, c.seen_clients AS clients")
    return {str(row["name"]): row["clients"] and list(row["clients"]) for row in rows}


@pytest.mark.parametrize("erase", [True, False])
def test_visits_go_with_the_device(house: House, *, erase: bool) -> None:
    ci = _laptop(house)
    _look(house, "SRVONE77", CLIENTS)
    _look(house, "SRVTWO77", CLIENTS[:2])
    _look(house, "SRVTRE77", CLIENTS[3:])
    _look(house, "SRVFOUR77", CLIENTS[:1])
    _look(house, "SRVFOUR77", ())
    assert found_in(graph_text(house.graph), CANARIES)
    if erase:
        order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    else:
        say(house, ci, ownership="personal")
    (told,) = carry_out(house)
    assert (told["visits"], told["visits_bodies"]) == (2, 3), "also what was told by a host that serves nobody any more"
    assert _clients(house) == {"srvone77": list(CLIENTS[2:]), "srvtwo77": None, "srvtre77": list(CLIENTS[3:]), "srvfour77": []}
    assert not found_in(graph_text(house.graph), CANARIES)
    assert not found_in(ledger_bytes(house), CANARIES)
    assert found_in(ledger_bytes(house), ("10.66.77.89 log-in bo",)), "what is said of others is kept"
    _look(house, "SRVTWO77", CLIENTS[:2])
    assert [one.name for one in shadow.listed(house.graph, "visitor")].count("10.66.77.88") == 1, "seen anew it is a visitor"


def test_addresses_among_texts() -> None:
    assert addresses_in(["10.1.2.3", "fd00::7", "guest", "10.1.2", "", "10.1.2.3 tcp/22"]) == {"10.1.2.3", "fd00::7"}
