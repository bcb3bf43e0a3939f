"""What quotes an erased device elsewhere goes with it: questions, waiting relations, undo notes, enrolled agents, results of scans."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from cmdb.compliance import waivers
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.compliance.waivers import Draft
from cmdb.errors import Invalid
from cmdb.graph import cis, privacy, review_writes
from cmdb.intake import submit_observation
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from cmdb.model.times import now, to_text
from cmdb.privacy import orders as privacy_orders
from cmdb.privacy.orders import order
from cmdb.runtime import large
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.scan_order import SCAN_HOST
from reconciliation import batches, reconcile
from tests.compliance.by_source.site import Site
from tests.privacy.devices import FORBIDDEN, carry_out, found_in, graph_text, ledger_bytes, report, say

CANARIES = (*FORBIDDEN, "canleft")
"""`canleft` stands in what is made here."""


def _ask(house: House, ci: str) -> None:
    """A question about it, answered."""
    key, number, at = f"canleft-{ci}", uuid7(), to_text(now())
    props = {
        "kind": "who",
        "title": "canleft asks",
        "evidence": "CANSERIAL77 is shown by canleft",
        "history": "[]",
        "seen_at": at,
        "class": "laptop",
    }
    row = {"key": key, "id": number, "at": at, "props": props, "candidates": [ci], "clues": ["serial||canserial77", "hostname||canleft"]}
    house.graph.writing(lambda tx: review_writes.ask(tx, [row]))
    review_writes.close(house.graph, number, answer="same", decided=ci, by="otto", reason="canleft seen", at=at)


def _leave_things(house: House, ci: str) -> None:
    """All that can quote a device: see the module's first line."""
    _ask(house, ci)
    device = Item("d", "laptop", (Identifier("ci", ci),))
    other = Item("o", "switch", (Identifier("chassis_id", "canleft-switch", "name"),))
    link = Relation("connected_to", "d", "o")
    reconcile(house.graph, house.catalogue, Observation(uuid7(), Source("snmp", "scan"), now(), (device, other), (link,)))
    evaluate(house.graph, house.catalogue, shipped(), [ci])
    waivers.request(house.graph, Draft("firewall-on", "Not possible here.", _in_a_month(), "Locked room", ci=ci), by="otto")
    number = house.ledger.jobs.enqueue(SCAN_HOST, {"host": "10.66.77.88", "port": 22, "method": "ssh"}, key="canleft:10.66.77.88")
    job = house.ledger.jobs.claim([SCAN_HOST])
    assert job is not None
    assert job.id == number
    told = {"host": "10.66.77.88", "outcome": "ok", "reason": "canleft", "changes": [{"ci": ci, "after": "CANSERIAL77"}]}
    assert house.ledger.jobs.finish(job, told)


def _in_a_month() -> str:
    return (now() + timedelta(days=30)).date().isoformat()


def test_an_erased_device_is_quoted_nowhere(house: House) -> None:
    ci = report(house, "corporate")
    _leave_things(house, ci)
    assert len(found_in(graph_text(house.graph), CANARIES)) >= 10
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    result = carry_out(house)[-1]
    assert (result["questions"], result["scans"]) == (1, 1)
    assert not found_in(graph_text(house.graph).replace("canleft-switch", ""), CANARIES)
    assert not found_in(ledger_bytes(house), CANARIES)
    waiver = waivers.listed(house.graph)[0]
    assert waiver.name == cis.get(house.graph, ci)["display_name"], "the exception stays, without the name that went"


@pytest.mark.parametrize("erase", [True, False])
def test_an_enrolled_agent_is_forgotten_and_may_come_back(house: House, *, erase: bool) -> None:
    """What osquery's door remembers between messages; its key stays good, and its next results are a report again."""
    site = Site(house)
    system = {"hostname": "canleft", "hardware_vendor": "Dell Inc.", "hardware_serial": "CANSERIAL77", "uuid": "x"}
    ci = site.osquery(9, {"system": [system], "interfaces": [{"interface": "eth0", "mac": "c0:ff:ee:12:34:56", "address": "10.66.77.88"}]})
    words = ("canserial77", "10.66.77.88", "c0:ff:ee:12:34:56", *(("canleft",) if erase else ()))
    assert found_in(ledger_bytes(house), words)
    if erase:
        order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    else:
        say(house, ci, ownership="personal")
    assert carry_out(house)[-1]["agents"] == 1
    assert not found_in(ledger_bytes(house), words)
    assert not found_in(graph_text(house.graph), words)
    assert cis.get(house.graph, ci)["id"] == ci


def test_the_history_of_other_ends_does_not_name_it(house: House) -> None:
    """A service that rested on it, and the machine that took its place: what they tell of themselves stays."""
    ci = Site(house).osquery(9, {"system": [{"hostname": "canleft", "hardware_vendor": "Dell Inc.", "hardware_serial": "CANSERIAL77"}]})
    mail = Item("s", "service", (Identifier("name", "Mail"),), {"description": "old"})
    heir = Item("h", "server", (Identifier("serial", "HEIRSER1"),), {"model": "M1"})
    here = Item("x", "workstation", (Identifier("ci", ci),))
    ties = (Relation("depends_on", "s", "x"), Relation("replaces", "h", "x"))
    list_of = Source("import", "list")
    done = reconcile(house.graph, house.catalogue, Observation(uuid7(), list_of, now(), (mail, heir)))
    ids = {one.ref: one.ci for one in done.resolved}
    told = (replace(mail, attributes={"description": "of all"}), replace(heir, attributes={"model": "M2"}), here)
    reconcile(house.graph, house.catalogue, Observation(uuid7(), list_of, now(), told, ties))
    for other in ids.values():
        assert found_in(repr(privacy.events(house.graph, other)), ("canleft",)), "the history of both ends tells of a relation"
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    carry_out(house)
    assert not found_in(graph_text(house.graph), ("canleft",))
    service, machine = (_changes(house, ids[ref]) for ref in "sh")
    assert [(c["kind"], c["attribute"]) for c in service] == [("attribute", "description")], "what rests on it is not kept, and not told"
    assert [(c["kind"], c["attribute"]) for c in machine] == [("attribute", "model"), ("relation_added", "replaces")]
    assert (machine[1]["after"], machine[1]["reason"]) == (ci, cis.get(house.graph, ci)["display_name"])


def _changes(house: House, ci: str) -> list[dict[str, Any]]:
    changes = [one for event in privacy.events(house.graph, ci) for one in orjson.loads(event["changes"])]
    return sorted(changes, key=lambda one: (one["kind"], one["attribute"]))


def test_a_large_import_that_was_parked_half_applied(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its applied parts told of the device, and its body, go; what it said of others stays in the graph."""
    for room in (batches, large):
        monkeypatch.setattr(room, "LARGEST", 20)
    mine = Item("canleft", "laptop", (Identifier("serial", "CANSERIAL77"),), {"name": "canleft", "ownership": "corporate"})
    others = [Item(f"o{n}", "laptop", (Identifier("serial", f"OTHERS{n:03}"),), {"name": f"o{n}"}) for n in range(50)]
    told = Observation("all", Source("import", "all.csv"), now(), (mine, *others))
    entry = submit_observation(house.ledger, told, actor="ada")

    def overtaken(*_: object) -> None:
        raise Invalid("somebody gave up")

    monkeypatch.setattr(privacy_orders, "after", lambda *_, **__: None)
    real = large._told
    monkeypatch.setattr(large, "_told", lambda part, at: overtaken() if part.number else real(part, at))
    work_off(house)
    (part,) = house.ledger.intake.parts(entry)
    assert house.ledger.intake.get(entry).state == "parked"
    ci = next(str(one["ci"]) for one in part["items"] if one["ref"] == "canleft")
    assert found_in(ledger_bytes(house), CANARIES)
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    assert carry_out(house)[-1]["bodies"] == 1
    assert not found_in(ledger_bytes(house), CANARIES)
    assert (house.ledger.intake.parts(entry), house.ledger.intake.get(entry).body) == ([], None)
    assert house.graph.read("MATCH (c:Laptop) WHERE c.display_lower STARTS WITH 'o' RETURN count(c) AS n")[0]["n"] >= 19
