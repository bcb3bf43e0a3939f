"""Whose a device is becomes different while its reports are on their way: none slips in under the old class, at whatever moment it came."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import orjson
import pytest

from cmdb.compliance.endpoints import read_endpoints
from cmdb.compliance.evaluate import evaluate
from cmdb.privacy import orders
from cmdb.privacy.orders import APPLY, keep_class, known_class, order
from cmdb.runtime import privacy_work
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.store import Incoming, Outdated
from discovery.reports.message import read_message
from reconciliation.forgetting import forget
from tests.compliance.by_source.site import Site
from tests.privacy.devices import AGENT, FORBIDDEN, HEADERS, carry_out, content, found_in, graph_text, ledger_bytes, report, say
from web.agent.desk import Desk, kept


def _body(serial: str) -> bytes:
    told = content()
    told["bios"]["ssn"] = serial
    return orjson.dumps({"action": "inventory", "deviceid": "nb7-2026-01-02-03-04-05", "itemtype": "Computer", "content": told})


def _door(house: House) -> tuple[Desk, object]:
    token = house.ledger.agent_tokens.find(house.ledger.agent_tokens.add("door", ownership="corporate"))
    assert token is not None
    return Desk(house.ledger), token


def test_a_report_that_was_read_under_another_class_is_not_kept(house: House) -> None:
    desk, token = _door(house)
    came = desk.incoming(read_message(_body("CANSERIAL77"), HEADERS), token)  # type: ignore[arg-type]
    assert isinstance(came, Incoming)
    keep_class(house.ledger, AGENT, "personal")
    with pytest.raises(Outdated):
        kept(house.ledger, [came])
    assert house.ledger.intake.list() == []


def test_the_door_reads_it_again_under_the_new_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, token = _door(house)
    cut, turns = Desk.incoming, list[object]()

    def overtaken(self: Desk, *given: object) -> object:
        came = cut(self, *given)  # type: ignore[arg-type]
        if not turns:
            keep_class(house.ledger, AGENT, "personal")
        turns.append(came)
        return came

    monkeypatch.setattr(Desk, "incoming", overtaken)
    desk.take(read_message(_body("CANSERIAL77"), HEADERS), token)  # type: ignore[arg-type]
    assert len(turns) == 2
    assert len(house.ledger.intake.list()) == 1
    assert not found_in(ledger_bytes(house), FORBIDDEN)


def test_a_report_that_is_applied_while_the_order_is_carried_out_goes_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted before the door knew, applied after the graph was looked at."""
    monkeypatch.setattr(orders, "_AGAIN", timedelta())
    ci = report(house, "corporate")
    say(house, ci, ownership="personal")
    done: list[str] = []

    def overtaken(*given: Any) -> Any:
        told = forget(*given)
        if not done:
            done.append(report(house, "corporate"))
            assert found_in(graph_text(house.graph), FORBIDDEN), "it came in, since the door did not know yet"
        return told

    monkeypatch.setattr(privacy_work, "forget", overtaken)
    assert len(carry_out(house)) == 2
    assert not found_in(graph_text(house.graph), FORBIDDEN)
    assert not found_in(ledger_bytes(house), FORBIDDEN)


def test_an_order_is_not_lost_to_one_that_runs(house: House) -> None:
    """The one that runs has looked at the device already, when it changes hands once more; orders that wait stand for each other."""
    first = order(house.ledger, "c1", by="ada", reason="changed hands")
    assert order(house.ledger, "c1", by="ada", reason="and back") == first
    running = house.ledger.jobs.claim([APPLY])
    assert running is not None
    second = order(house.ledger, "c1", by="ada", reason="and back")
    assert second not in ("", first)
    assert order(house.ledger, "c1", by="ada", reason="once more") == second


def test_one_that_is_done_again_may_be_done_yet_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_AGAIN", timedelta())
    words = {"by": "ada", "reason": "reports wait", "erase": False}
    first = orders.again(house.ledger, "c1", **words)  # type: ignore[arg-type]
    assert house.ledger.jobs.claim([APPLY]) is not None
    assert orders.again(house.ledger, "c1", **words) != first  # type: ignore[arg-type]


def test_osquery_that_enrols_anew_is_cut_by_whose_it_became(house: House) -> None:
    system = {"hostname": "nb7", "hardware_vendor": "Dell Inc.", "hardware_serial": "CANSERIAL77", "uuid": FORBIDDEN[-1]}
    site = Site(house)
    ci = site.osquery(9, {"system": [system]}, system_info=system)
    say(house, ci, ownership="personal")
    carry_out(house)
    assert not found_in(graph_text(house.graph) + ledger_bytes(house).decode("latin-1"), FORBIDDEN)
    site.nodes -= 1
    site.osquery(9, {}, system_info=system)
    work_off(house)
    assert known_class(house.ledger, "59b3fa62-c7e1-4b8f-badb-000000000001") == "personal"
    assert not found_in(graph_text(house.graph) + ledger_bytes(house).decode("latin-1"), FORBIDDEN)


def _again(house: House, words: str, monitor: str) -> str:
    """One more report of the same laptop, which differs in what is forbidden."""
    told = content()
    told["softwares"] = [{"name": "firefox-esr", "version": "128.1"}, {"name": f"canprog-{words}", "version": "1"}]
    told["local_groups"] = [{"id": "27", "name": "sudo", "member": [f"canadmin-{words}"]}]
    told["monitors"] = [{"caption": "Office screen", "manufacturer": "DEL", "serial": monitor}]
    ci = report(house, "corporate", told)
    evaluate(house.graph, house.catalogue, None, [ci])
    return ci


def test_what_it_had_before_goes_too(house: House) -> None:
    """Lists of before the last, results that ended, and what records of others say of why these are not the same."""
    ci = _again(house, "one", "CANMONITOR1")
    _again(house, "two", "CANMONITOR2")
    _again(house, "three", "CANMONITOR3")
    other = content()
    other["hardware"] |= {"name": "nb8", "uuid": "5EC4E7C4-1111-4222-8333-444455557777"}
    other["bios"] |= {"ssn": "OTHERSERIAL", "msn": "OTHERBOARD"}
    other["networks"], other["storages"], other["softwares"], other["virtualmachines"] = [], [], [], []
    other["monitors"] = [{"caption": "Office screen", "manufacturer": "DEL", "serial": "OTHERMONITOR"}]
    body = orjson.dumps({"action": "inventory", "deviceid": "nb8-2026-01-02-03-04-05", "itemtype": "Computer", "content": other})
    assert report(house, "corporate", body=body) != ci
    words = ("canadmin-one", "canadmin-two", "canadmin-three", "canprog", "CANMONITOR")
    assert found_in(graph_text(house.graph), words) == list(words)
    say(house, ci, ownership="personal")
    carry_out(house)
    assert not found_in(graph_text(house.graph), words)
    assert "OTHERMONITOR" in graph_text(house.graph)


def test_who_judged_by_what_went_does_not_write_it_afterwards(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep has read facts and results; the device becomes personal, and the order is carried out; then the sweep writes."""
    ci = _again(house, "one", "CANMONITOR1")
    told = content() | {"local_groups": [{"id": "27", "name": "sudo", "member": ["canadmin-late"]}]}
    report(house, "corporate", told)
    turns: list[str] = []

    def overtaken(*given: Any) -> Any:
        found = read_endpoints(*given)
        if not turns:
            turns.append(ci)
            say(house, ci, ownership="personal")
            carry_out(house)
        return found

    monkeypatch.setattr(sys.modules["cmdb.compliance.evaluate"], "read_endpoints", overtaken)
    evaluate(house.graph, house.catalogue, None, [ci])
    assert turns
    assert not found_in(graph_text(house.graph), ("canadmin",))


def test_a_device_of_which_all_is_kept_is_not_judged_again(house: House) -> None:
    """Each new device has an order: a write to each of its results would make who judges it meanwhile begin anew."""
    ci = _again(house, "one", "CANMONITOR1")
    revisions = "MATCH (e:Evaluation {ci: $ci}) RETURN e.policy AS policy, e.rev AS rev ORDER BY policy"
    before = house.graph.read(revisions, ci=ci)
    order(house.ledger, ci, by="ada", reason="changed hands")
    carry_out(house)
    assert house.graph.read(revisions, ci=ci) == before
