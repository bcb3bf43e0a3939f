"""Ageing: days and failed looks make a CI missing, stale and proposed for retirement; it comes back; nobody's device is retired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cmdb.graph import ageing, cis, history
from cmdb.inventory import edit
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from cmdb.runtime.ageing import RETIRE_KEY, age_all, note_failed_look
from cmdb.runtime.house import House
from cmdb.runtime.scan_host import scan_host
from reconciliation import preview, reconcile
from reconciliation.ageing import Look, judge, rules_of, shipped_rules
from tests.discovery.ssh.sshd import free_port
from tests.reconciliation.conftest import START, catalogue, observed

__all__ = ["catalogue", "observed"]
Maker = Callable[..., Observation]
SWITCH = {"serial": "FCW1929B68S"}


def _later(days: float) -> datetime:
    return START + timedelta(days=days)


def _see(house: House, observed: Maker, minute: int = 0, source: str = "snmp:scan", serial: str = "FCW1929B68S", **more: Any) -> str:
    seen = observed([("s", "switch", {"serial": serial}, {"name": f"sw-{serial[-2:]}", "primary_ip": "192.0.2.7", **more})],
                    source=source, minute=minute)  # fmt: skip
    return reconcile(house.graph, house.catalogue, seen).resolved[0].ci


def _fail(house: House, days: int, outcome: str = "unreachable") -> None:
    with times.doing_again(_later(days)):
        note_failed_look(house, "snmp", "192.0.2.7", outcome, "no answer")


def _state(house: House, ci: str) -> tuple[str, str]:
    row = cis.get(house.graph, ci)
    return str(row.get("ageing") or ""), str(row.get("ageing_why") or "")


def test_days_and_tries_make_it_older(house: House, observed: Maker) -> None:
    """Days alone do not: a scan that nobody ran says nothing. Then it comes back with its history."""
    ci = _see(house, observed)
    age_all(house, now=_later(40))
    assert _state(house, ci) == ("", "")
    for day in (1, 2, 3):
        _fail(house, day)
    age_all(house, now=_later(4))
    assert _state(house, ci) == ("missing", "not seen for 4 days; snmp scan could not be reached 3 times, last on 2026-11-04")
    for day in (5, 6, 7):
        _fail(house, day, "credentials_failed")
    age_all(house, now=_later(31))
    assert _state(house, ci)[0] == "stale"
    assert "refused its credentials or rights 6 times" in _state(house, ci)[1]
    changed = reconcile(house.graph, house.catalogue, observed([("s", "switch", SWITCH, {"model": "X"})], source="import:list", minute=5))
    assert {c.attribute for c in changed.changes} == {"model"}
    assert _see(house, observed, minute=30 * 24 * 60 + 60) == ci
    age_all(house, now=_later(33))
    assert _state(house, ci) == ("", "")
    turns = [(c.get("before"), c.get("after")) for e in history.of_ci(house.graph, ci) if e["kind"] == "ageing" for c in e["changes"]]
    assert turns == [("stale", None), ("missing", "stale"), (None, "missing")]
    _fail(house, 34)
    assert [row["failed"] for row in ageing.looks(house.graph, [ci])] == [1]


def test_a_failed_look_finds_the_ci_it_meant(house: House, observed: Maker) -> None:
    """By the address where the same kind of look last saw it; a bug of ours says nothing of it; nobody known is nobody."""
    ci = _see(house, observed)
    _see(house, observed, source="import:list", serial="FCW1929B69T", primary_ip="192.0.2.9")
    _fail(house, 1)
    _fail(house, 1, "error")
    note_failed_look(house, "snmp", "192.0.2.9", "unreachable", "no answer")
    note_failed_look(house, "snmp", "198.51.100.1", "unreachable", "no answer")
    assert [(row["ci"], row["state"]) for row in house.graph.read("MATCH (l:Look) RETURN l.ci AS ci, l.state AS state")] == [
        (ci, "unreachable")
    ]


def test_a_scan_tells_its_failures(house: House, observed: Maker) -> None:
    """A host that does not answer is a failed look at the CI behind its address."""
    house.ledger.credentials.add("core", "snmp-v2c", {"community": "x"})
    seen = observed([("s", "server", {"serial": "SRV10001"}, {"name": "db", "primary_ip": "127.0.0.1"})], source="ssh:scan")
    ci = reconcile(house.graph, house.catalogue, seen).resolved[0].ci
    house.ledger.credentials.add("lab", "ssh-password", {"user": "root", "password": "x"})
    args = {"method": "ssh", "host": "127.0.0.1", "port": free_port(), "credential": "lab", "deadline_s": 5}
    outcome = scan_host(house, args)["outcome"]
    assert outcome in ("unreachable", "refused")
    assert [row["failed"] for row in ageing.looks(house.graph, [ci])] == [1]


def test_never_one_that_somebody_holds(house: House, observed: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is off unless switched on; then it retires what is proposed, as an observation, but what is lent stays."""
    one, lent = _see(house, observed), _see(house, observed, serial="FCW1929B69T")
    house.graph.write("UNWIND $ids AS id MATCH (c:CI {id: id}) SET c.primary_ip = null", ids=[one, lent])
    for ci in (one, lent):
        for _ in range(12):
            ageing.note_failed(house.graph, ci, "snmp:scan", state="unreachable", reason="", at=times.to_text(_later(1)))
    house.graph.write("CREATE (:Holding {key: $ci, loan: 'l1'})", ci=lent)
    house.graph.write("MATCH (p:CI {id: $ci}) CREATE (:Loan {id: 'l1', due_on: ''})-[:LENT_TO]->(p)", ci=one)
    age_all(house, now=_later(200))
    assert [_state(house, ci)[0] for ci in (one, lent)] == ["retire", "retire"]
    assert cis.get(house.graph, one).get("status") is None
    house.ledger.settings.put(RETIRE_KEY, True)
    age_all(house, now=_later(201))
    assert [cis.get(house.graph, ci).get("status") for ci in (one, lent)] == ["retired", None]
    assert [_state(house, ci)[0] for ci in (one, lent)] == ["", "retire"]
    back = edit.changed(house.catalogue, cis.get(house.graph, one), {"status": "in_use"}, actor="vera", reason="found", rev=None)
    assert [c.attribute for c in preview(house.graph, house.catalogue, back).changes] == ["status"]


def test_never_one_with_an_open_change(house: House, observed: Maker) -> None:
    """A change that is not done nor cancelled keeps what it affects; when it is done, the rule goes on."""
    ids = [_see(house, observed, serial=f"FCW1929B69{letter}", primary_ip=None) for letter in "TUV"]
    planned = edit.created(
        house.catalogue, "change", {"name": "Replace the core", "change_number": "RFC-7", "state": "approved"}, actor="ada", reason=""
    )
    change = reconcile(house.graph, house.catalogue, planned).resolved[0].ci
    draft = edit.created(house.catalogue, "change", {"name": "Replace the core", "change_number": "RFC-8"}, actor="ada", reason="")
    other = reconcile(house.graph, house.catalogue, draft).resolved[0].ci
    for one, ci in ((change, ids[0]), (other, ids[1])):
        told = edit.related(house.graph, house.catalogue, "affects", one, ci, attributes={}, actor="ada", reason="")
        reconcile(house.graph, house.catalogue, told)
    for ci in ids:
        for _ in range(12):
            ageing.note_failed(house.graph, ci, "snmp:scan", state="unreachable", reason="", at=times.to_text(_later(1)))
    house.ledger.settings.put(RETIRE_KEY, True)
    age_all(house, now=_later(200))
    assert [cis.get(house.graph, ci).get("status") for ci in ids] == [None, None, "retired"]
    for one, state in ((change, "done"), (other, "cancelled")):
        row = cis.get(house.graph, one)
        reconcile(house.graph, house.catalogue, edit.changed(house.catalogue, row, {"state": state}, actor="ada", reason="", rev=None))
    age_all(house, now=_later(201))
    assert [cis.get(house.graph, ci).get("status") for ci in ids] == ["retired"] * 3


def test_reading_does_not_grow_with_rows(house: House, observed: Maker) -> None:
    """A fixed number of statements for a window of CIs."""
    for n in range(30):
        _see(house, observed, serial=f"FCW1929B{n:03}")
    with house.graph.counting() as counter:
        age_all(house, now=_later(40))
    assert counter.queries <= 8


def test_agents_that_fall_silent(catalogue: Catalogue) -> None:
    """A report that did not come is a try of its day; a person never ages; bad rules are refused in words."""
    rules, now = shipped_rules(), _later(20)
    laptop = {"class": "laptop", "last_seen_at": times.to_text(START), "sources": ["agent:ocs"], "status": None}
    assert judge(laptop, (), rules, catalogue, now).state == "missing"
    assert judge({**laptop, "status": "retired"}, (), rules, catalogue, now).state == ""
    assert judge({**laptop, "class": "person"}, (), rules, catalogue, now).state == ""
    assert judge({**laptop, "sources": ["import:list"]}, (), rules, catalogue, now).state == ""
    old = Look("ssh:scan", "unreachable", times.to_text(START - timedelta(days=1)), "", 50)
    assert judge({**laptop, "sources": ["ssh:scan"]}, (old,), rules, catalogue, now).state == ""
    days = {"missing": 9, "stale": 5, "retire": 90}
    bad = {"daily": [], "looks": [], "classes": {"device": {s: {"days": d, "tries": 1} for s, d in days.items()}}}
    with pytest.raises(ValueError, match="must be at least 1 and grow"):
        rules_of(bad)


def test_a_process_that_does_not_run_just_now(house: House, observed: Maker) -> None:
    """It ends when it was not seen for a week of complete looks; a port of the same device ends at once."""
    host = ("s", "server", {"serial": "SRV10001"}, {"name": "db"})
    inside: list[tuple[Any, ...]] = [
        ("p", "software_instance", {"process_name": "nightly"}, {}, "s"),
        ("e", "interface", {"if_name": "eth9"}, {}, "s"),
    ]
    cover = [("s", "processes", "complete"), ("s", "interfaces", "complete")]

    def there() -> list[str]:
        rows = house.graph.read("MATCH (c:CI) WHERE c.presence = 'present' RETURN c.display_name AS name")
        return sorted(str(row["name"]) for row in rows)

    reconcile(house.graph, house.catalogue, observed([host, *inside], coverage=cover, source="ssh:scan"))
    seen = []
    for day in (1, 6, 8):
        reconcile(house.graph, house.catalogue, observed([host], coverage=cover, source="ssh:scan", minute=day * 24 * 60))
        seen.append(there())
    assert seen == [["db", "nightly"], ["db", "nightly"], ["db"]]
