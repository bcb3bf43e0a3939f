"""What the network sees and nobody answers for; security software switched off, as a timeline and as incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from cmdb.compliance import protection, shadow
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.graph import compliance_lists
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from reconciliation import reconcile
from tests.compliance.conftest import NOW
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor

Reporter = Callable[..., str]
MAC = {"mac_addresses": ["00:1b:21:3c:4d:5e"]}


def _why(graph: Graph) -> dict[str, str]:
    return {one.ci: one.why for one in shadow.listed(graph)}


def test_what_nobody_answers_for(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    unknown = reporter(graph, "THING7QX", "snmp:scan", cls="device", **MAC)
    dark = reporter(graph, "DARK7QX", "snmp:scan", relations=[("used_by", "person", "Ada")])
    nobodys = reporter(graph, "ALONE7QX", "agent:glpi", ownership="corporate", firewall_enabled=True)
    fine = reporter(graph, "FINE7QX", "agent:glpi", ownership="corporate", firewall_enabled=True, relations=[("owned_by", "person", "Bo")])
    listed_only = reporter(graph, "LIST7QX", "import:list")
    evaluate(graph, catalogue, shipped(), None, NOW)
    assert _why(graph) == {unknown: "unclaimed", dark: "dark", nobodys: "nobodys"}
    assert {fine, listed_only}.isdisjoint(_why(graph))
    found = {one.ci: one for one in shadow.listed(graph)}
    assert found[dark].people == ("Ada",)
    assert found[unknown].addresses == ("00:1b:21:3c:4d:5e",)
    assert [one.ci for one in shadow.listed(graph, "dark")] == [dark]


@pytest.mark.parametrize("few", [True, False])
def test_page_by_page_it_tells_all_of_it_once(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch, *, few: bool
) -> None:
    """Kind after kind, however the pages are cut; also where the endpoints are walked by name, some at a time."""
    monkeypatch.setattr(shadow, "_AHEAD", 1)
    if few:
        monkeypatch.setattr(compliance_lists, "FEW", 0)
        monkeypatch.setattr(compliance_lists, "_FIRST", 1)
    for n in range(3):
        reporter(graph, f"THING{n}7QX", "snmp:scan", cls="device", hostname=f"thing-{n}", days=n % 2)
        reporter(graph, f"DARK{n}7QX", "snmp:scan", hostname=f"dark-{n}")
        reporter(graph, f"ALONE{n}7QX", "agent:glpi", ownership="corporate", firewall_enabled=True, hostname=f"alone-{n}")
        reporter(graph, f"WHOSE{n}7QX", "agent:glpi", firewall_enabled=True, relations=[("owned_by", "person", "Bo")])
        reporter(graph, f"SRV{n}7QX", "ssh:scan", cls="server", name=f"srv{n}", seen_clients=[f"10.20.9.{n + 1} tcp/22"])
    evaluate(graph, catalogue, shipped(), None, NOW)
    whole = shadow.listed(graph)
    assert Counter(one.why for one in whole) == dict.fromkeys(shadow.WHY, 3)
    told: list[shadow.Shadow] = []
    for limit in (1, 4, 100):
        told = []
        while more := shadow.page(graph, after=told[-1].place if told else None, limit=limit):
            assert len(more) == limit or len(told) + len(more) == len(whole)
            told += more
        assert [one.why for one in told] == [why for why in shadow.WHY for _ in range(3)]
        assert sorted(told, key=lambda one: one.place) == sorted(whole, key=lambda one: one.place)
    assert [one.name for one in shadow.page(graph, "dark", limit=9)] == ["dark-0", "dark-1", "dark-2"]
    seen = [one.seen_at for one in told if one.why == "unclaimed"]
    assert seen == sorted(seen, reverse=True)


def test_what_only_a_switch_heard_is_called_by_its_address(graph: Graph, catalogue: Catalogue) -> None:
    heard = {"ref": "far", "class": "device", "identifiers": [{"kind": "mac", "value": "00-1B-21-3C-4D-5F"}]}
    told = {"source": {"kind": "snmp", "name": "scan"}, "observed_at": NOW.isoformat(), "items": [heard]}
    reconcile(graph, catalogue, from_json(told, catalogue, now=NOW))
    (one,) = shadow.listed(graph)
    assert (one.name, one.addresses) == ("00:1b:21:3c:4d:5f", ("00:1b:21:3c:4d:5f",))


def test_an_address_that_says_nothing_is_no_name(graph: Graph, catalogue: Catalogue) -> None:
    heard = {
        "ref": "far",
        "class": "device",
        "identifiers": [{"kind": "mac", "value": "00:00:00:00:00:00"}, {"kind": "chassis_id", "value": "cubicle-17"}],
    }
    told = {"source": {"kind": "snmp", "name": "scan"}, "observed_at": NOW.isoformat(), "items": [heard]}
    reconcile(graph, catalogue, from_json(told, catalogue, now=NOW))
    assert [one.name for one in shadow.listed(graph)] == ["cubicle-17"]


def test_one_step(
    visit: Callable[[str], Visitor],  # noqa: F811
    embedded_graph: Graph,
    catalogue: Catalogue,
    reporter: Reporter,
) -> None:
    graph, otto = embedded_graph, visit("otto")
    ours, theirs = (reporter(graph, f"TH{n}NG7QX", "snmp:scan", cls="device", hostname=f"thing-{n}") for n in (1, 2))
    reporter(graph, "PC17QXX", "import:list", relations=[("owned_by", "person", "Bodil")])
    assert "thing-1" in otto.get("/compliance/shadow").text
    assert "people are called nobody" in otto.post(f"/compliance/shadow/{ours}", {"step": "corporate", "owner": "nobody"}, follow=True).text
    wrong = otto.post(f"/compliance/shadow/{ours}?why=unclaimed", {"step": "corporate", "owner": "nobody"})
    assert wrong.status_code == 422
    assert 'value="nobody" aria-invalid="true"' in wrong.text, "marked, and what was typed is kept"
    assert wrong.text.count('<details class="confirm mt-1" open>') == 1
    assert f'action="/compliance/shadow/{ours}?why=unclaimed"' in wrong.text, "still the same view"
    assert "Say whose it is" in otto.post(f"/compliance/shadow/{ours}", {"step": "mine"}, follow=True).text
    assert "Registered" in otto.post(f"/compliance/shadow/{ours}", {"step": "corporate", "owner": "Bodil"}, follow=True).text
    assert "not ours" in otto.post(f"/compliance/shadow/{theirs}", {"step": "not-ours"}, follow=True).text
    assert _why(graph) == {}
    assert "Bodil" in otto.get(f"/cis/{ours}").text
    assert visit("vera").post(f"/compliance/shadow/{ours}", {"step": "corporate"}).status_code == 403


def test_a_timeline_and_an_incident(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """On, then off on two of a site within half an hour, then on again with old signatures, then silent."""

    def said(hours: float, serials: str, **facts: object) -> None:
        for number in serials:
            words = {"antimalware_present": True, "relations": [("located_in", "site", "HQ")], **facts}
            ids[number] = reporter(graph, f"GUARD{number}7Q", days=-hours / 24, **words)
        evaluate(graph, catalogue, shipped(), list(ids.values()), NOW + timedelta(hours=hours))

    ids: dict[str, str] = {}
    on, off = {"antimalware_enabled": True, "antimalware_up_to_date": True}, {"antimalware_enabled": False}
    said(0, "123", **on)
    said(5, "1", **off)
    said(5.3, "2", **off)
    said(29, "1", **(on | {"antimalware_up_to_date": False}))
    evaluate(graph, catalogue, shipped(), list(ids.values()), NOW + timedelta(days=30))
    spans = protection.timeline(graph, ids["1"])[::-1]
    assert [(one.state, one.reason) for one in spans] == [("protected", ""), ("disabled", ""), ("degraded", ""), ("unknown", "stale")]
    assert [one.until for one in spans[:-1]] == [one.since for one in spans[1:]]
    assert spans[-1].until == ""
    (found,) = protection.incidents(graph, NOW + timedelta(hours=30))
    assert (found.site, len(found.endpoints), found.since) == ("HQ", 2, spans[1].since)
    restored = protection.restored(graph, NOW + timedelta(days=31))
    assert restored[0].site == "HQ"
    assert restored[0].mean_h > 24


def test_removed_is_not_disabled() -> None:
    at = [f"2026-11-0{n}" for n in range(1, 5)]
    rows = [
        {"policy": "antimalware-present", "state": "fail", "reason": "", "since": at[1], "until": at[2]},
        {"policy": "antimalware-on", "state": "fail", "reason": "", "since": at[0], "until": at[2]},
        {"policy": "antimalware-on", "state": "unknown", "reason": "conflict", "since": at[2], "until": ""},
    ]
    assert [(one.state, one.since) for one in protection.spans(rows)] == [("unknown", at[2]), ("removed", at[1]), ("disabled", at[0])]
