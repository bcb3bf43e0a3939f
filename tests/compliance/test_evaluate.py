"""Evaluation over the graph: silence, age, contradiction, privacy; intervals; kept counts; nothing written twice."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cmdb.compliance.endpoints import read_endpoints
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.report import as_of, endpoints, of_endpoint, overview, silent, worst
from cmdb.graph import compliance as store
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from tests.compliance.conftest import NOW, few

Reporter = Callable[..., str]
GOOD = {
    "os_family": "linux",
    "os_name": "Debian GNU/Linux",
    "os_version": "12.5",
    "disk_encrypted": True,
    "firewall_enabled": True,
    "antimalware_present": True,
    "antimalware_enabled": True,
    "antimalware_up_to_date": True,
    "ownership": "corporate",
}


def _said(graph: Graph, ci: str) -> dict[str, str]:
    found = of_endpoint(graph, ci)
    assert found is not None
    return {one.policy.id: f"{one.state}({one.reason})" if one.reason else one.state for one in found.results}


def _counts(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter({json.dumps([row[k] for k in sorted(row) if k != "n"]): row["n"] for row in rows})


def test_facts_of_a_moment_ago_are_not_written_over_newer_ones(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep has read the facts; a report comes, and is judged; then the sweep writes."""
    ci = reporter(graph, "7XK2M13", days=1, **GOOD)
    evaluate(graph, catalogue, few(), [ci], NOW - timedelta(hours=20))
    reporter(graph, "7XK2M13", days=0.5, **(GOOD | {"firewall_enabled": False}))
    read, turns = read_endpoints, list[str]()

    def overtaken(*given: Any) -> Any:
        found = read(*given)
        if not turns:
            turns.append(ci)
            reporter(graph, "7XK2M13", **(GOOD | {"firewall_enabled": True, "disk_encrypted": False}))
            evaluate(graph, catalogue, few(), [ci], NOW)
        return found

    monkeypatch.setattr(sys.modules["cmdb.compliance.evaluate"], "read_endpoints", overtaken)
    evaluate(graph, catalogue, few(), None, NOW)
    said = _said(graph, ci)
    assert (said["firewall-on"], said["disk-encryption"]) == ("pass", "fail")


def test_a_good_laptop_passes_and_ages_into_unknown(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """All pass with evidence; three weeks of silence later nothing passes that needs a report; the intervals answer for both days."""
    ci = reporter(graph, "7XK2M13", relations=[("owned_by", "person", "Ada")], **GOOD)
    done = evaluate(graph, catalogue, few(), [ci], NOW)
    assert (done.endpoints, done.new, done.changed, done.ended) == (1, 8, 0, 0)
    assert set(_said(graph, ci).values()) == {"pass"}
    found = of_endpoint(graph, ci)
    assert found is not None
    disk = next(one for one in found.results if one.policy.id == "disk-encryption")
    assert disk.evidence[1] == {"fact": "disk.encrypted", "value": True, "at": "2026-11-22T12:00:00.000Z", "source": "agent:glpi"}
    later = NOW + timedelta(days=21)
    assert evaluate(graph, catalogue, few(), None, later).changed == 6
    assert _said(graph, ci) == {
        "reported-recently": "fail",
        "antimalware-on": "unknown(stale)",
        "antimalware-present": "unknown(stale)",
        "disk-encryption": "unknown(stale)",
        "firewall-on": "unknown(stale)",
        "signatures-fresh": "unknown(stale)",
        "os-supported": "pass",
        "owner-known": "pass",
    }
    assert as_of(graph, ci, NOW + timedelta(days=1))["disk-encryption"]["state"] == "pass"
    assert as_of(graph, ci, later)["disk-encryption"]["reason"] == "stale"
    assert as_of(graph, ci, NOW - timedelta(days=1)) == {}
    assert [row["name_lower"] for row in silent(graph)] == [found.name.lower()]


def test_twice_is_once(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """A second run writes nothing, also after the same report again; counts stay what the evaluations say."""
    ids = [reporter(graph, f"SER{n}00X", **(GOOD | {"disk_encrypted": n % 2 == 0})) for n in range(4)]
    evaluate(graph, catalogue, few(), ids, NOW)
    for later in (0, 1):
        with graph.counting() as counter:
            done = evaluate(graph, catalogue, few(), ids, NOW + timedelta(days=later))
        assert (done.endpoints, done.new, done.changed) == (4, 0, 0)
        assert counter.queries == 6
    assert store.recount(graph)
    assert _counts(store.counts(graph)) == _counts(store.recount(graph))


def test_silence_is_never_a_pass(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """Each way to say nothing has its own reason; a switch is not asked; a personal phone has no firewall to ask for."""
    nothing = reporter(graph, "NOTHING1", "import:list")
    told = {
        "not_looked": ("not_looked", "the agent sent no such section"),
        "privacy": ("not_looked", "not kept for a personal device"),
        "refused": ("refused", "needs root"),
        "failed": ("failed", "timed out"),
        "partial": ("partial", "nothing about firewall"),
        "query": ("failed", "the query for it failed on the endpoint"),
        "one query": ("partial", "nothing about drives; the query for firewall failed on the endpoint"),
    }
    ci = {name: reporter(graph, f"S-{name}", coverage={"security": look}) for name, look in told.items()}
    ended = reporter(graph, "ENDED99", antimalware_enabled=True, days=2)
    reporter(graph, "ENDED99", antimalware_enabled=None, coverage={"security": ("partial", "no antimalware product says that it is on")})
    phone = reporter(graph, "PHONE77", cls="phone", ownership="personal")
    switch = reporter(graph, "SWITCH1", "snmp:scan", cls="switch")
    evaluate(graph, catalogue, few(), [nothing, *ci.values(), ended, phone, switch], NOW)
    assert set(_said(graph, nothing).values()) == {"unknown(never_reported)", "fail"}
    assert _said(graph, nothing)["owner-known"] == "fail"
    firewall = {name: _said(graph, one)["firewall-on"] for name, one in ci.items()}
    assert firewall == {
        "not_looked": "unknown(section_absent)",
        "privacy": "unknown(dropped_by_privacy)",
        "refused": "unknown(refused)",
        "failed": "unknown(failed)",
        "partial": "unknown(section_absent)",
        "query": "unknown(query_failed)",
        "one query": "unknown(query_failed)",
    }
    assert _said(graph, ci["partial"])["disk-encryption"] == "unknown(source_cannot_tell)"
    assert _said(graph, ended)["antimalware-on"] == "unknown(source_cannot_tell)"
    assert _said(graph, phone)["firewall-on"] == "not_applicable"
    assert of_endpoint(graph, switch) is None
    found = overview(graph)
    assert not any(tally.states["pass"] for tally in found.tallies if tally.policy.id != "reported-recently")


def test_contradiction_is_unknown_until_one_falls_silent(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    ci = reporter(graph, "CLASH01", "agent:glpi", firewall_enabled=False)
    reporter(graph, "CLASH01", "ssh:scan", days=10, firewall_enabled=True)
    evaluate(graph, catalogue, few(), [ci], NOW)
    assert _said(graph, ci)["firewall-on"] == "unknown(conflict)"
    found = of_endpoint(graph, ci)
    assert found is not None
    fact = next(one for one in found.results if one.policy.id == "firewall-on").evidence[1]
    assert (fact["value"], fact["others"][0]["value"], fact["others"][0]["source"]) == (False, True, "ssh:scan")
    evaluate(graph, catalogue, few(), [ci], NOW + timedelta(days=5))
    assert _said(graph, ci)["firewall-on"] == "fail"


def test_counts_follow_moves_and_ends(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """Ownership learned, site and team given, a result turned, a device retired, a policy taken away: counts and lists are right."""
    ids = [reporter(graph, f"MOVE{n}7Q", days=1, **{k: v for k, v in GOOD.items() if k != "ownership"}) for n in range(3)]
    evaluate(graph, catalogue, few(), ids, NOW)
    assert overview(graph, {"ownership": "unknown"}).endpoints == 3
    reporter(
        graph,
        "MOVE07Q",
        ownership="corporate",
        firewall_enabled=False,
        relations=[("located_in", "site", "HQ"), ("owned_by", "team", "Blue")],
    )
    reporter(graph, "MOVE17Q", "person:edit", status="retired")
    done = evaluate(graph, catalogue, few(), ids, NOW)
    assert done.ended == 8
    assert _counts(store.counts(graph)) == _counts(store.recount(graph))
    narrowed = overview(graph, {"ownership": "corporate", "site": "HQ", "team": "Blue"})
    assert (narrowed.endpoints, narrowed.total["fail"], narrowed.share) == (1, 1, 7 / 8)
    rows = endpoints(graph, "firewall-on", "fail", {"site": "HQ"})
    assert [(row["ci"], row["severity"], row["declared"]) for row in rows] == [(ids[0], "high", "corporate")]
    assert {row["ci"]: row["worst"] for row in worst(graph)} == {ids[0]: ["firewall-on"], ids[2]: ["owner-known"]}
    fewer = [policy for policy in few() if policy.id != "firewall-on"]
    assert evaluate(graph, catalogue, fewer, None, NOW).ended == 2
    assert endpoints(graph, "firewall-on", "", {}) == []
    assert _counts(store.counts(graph)) == _counts(store.recount(graph))


def test_lists_read_on(embedded_graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    graph = embedded_graph
    ids = [reporter(graph, f"LIST{n}7Q", hostname=f"pc-{n}", disk_encrypted=False) for n in range(5)]
    evaluate(graph, catalogue, few(), ids, NOW)
    first = endpoints(graph, "disk-encryption", "fail", {}, limit=3)
    rest = endpoints(graph, "disk-encryption", "fail", {}, after=(first[-1]["name_lower"], first[-1]["key"]), limit=3)
    assert [row["name"] for row in (*first, *rest)] == [f"pc-{n}" for n in range(5)]
    assert [row["name"] for row in endpoints(graph, "disk-encryption", "", {"name": "PC-3"})] == ["pc-3"]
    with pytest.raises(Exception, match="no such policy"):
        endpoints(graph, "nothing", "", {})
