"""Exceptions and attestations: two people, a last day, a failure that stays a failure; a word that is no evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from cmdb.compliance import waivers
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.report import of_endpoint, overview
from cmdb.compliance.waivers import Draft
from cmdb.errors import Conflict, Invalid, NotAllowed
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from tests.compliance.conftest import NOW, few

Reporter = Callable[..., str]
WHY = {"reason": "The maker's driver does not work with encryption.", "control": "It never leaves the locked laboratory."}


@pytest.fixture
def bare(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> list[str]:
    """Three laptops without encryption, two of them at HQ; the third personal and silent about its firewall."""
    ids = [
        reporter(graph, f"BARE{n}7Q", ownership="corporate", disk_encrypted=False, relations=[("located_in", "site", "HQ")]) for n in (1, 2)
    ]
    ids.append(reporter(graph, "BARE37Q", ownership="personal", disk_encrypted=False))
    evaluate(graph, catalogue, few(), ids, NOW)
    return ids


def _shown(graph: Graph, ci: str, policy: str = "disk-encryption") -> tuple[str, str]:
    found = of_endpoint(graph, ci)
    assert found is not None
    one = next(one for one in found.results if one.policy.id == policy)
    return one.state, one.waiver.kind if one.waiver else ""


def test_two_people_and_a_last_day(graph: Graph, bare: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts when somebody else approved it; the result stays fail; it ends by itself and the failure is open again."""
    monkeypatch.setattr("cmdb.compliance.waivers.times.now", lambda: NOW)
    draft = Draft("disk-encryption", until="2027-11-22", ci=bare[0], **WHY)
    one = waivers.request(graph, draft, by="otto", now=NOW)
    assert _shown(graph, bare[0]) == ("fail", "")
    with pytest.raises(NotAllowed, match="somebody else"):
        waivers.decide(graph, one.id, by=" OTTO", approve=True, now=NOW)
    done = waivers.decide(graph, one.id, by="ada", approve=True, now=NOW)
    assert (done.state, done.decided_by, done.scope) == ("in_force", "ada", of_endpoint(graph, bare[0]).name)  # type: ignore[union-attr]
    assert _shown(graph, bare[0]) == ("fail", "exception")
    tally = next(tally for tally in overview(graph).tallies if tally.policy.id == "disk-encryption")
    assert (tally.states["fail"], tally.excepted) == (3, 1)
    with pytest.raises(Conflict):
        waivers.decide(graph, one.id, by="vera", approve=False, why="no", now=NOW)
    assert waivers.expire(graph, NOW + timedelta(days=365)) == []
    monkeypatch.setattr("cmdb.compliance.waivers.times.now", lambda: NOW + timedelta(days=366))
    assert _shown(graph, bare[0]) == ("fail", "")
    assert [gone.id for gone in waivers.expire(graph)] == [one.id]
    assert [w.state for w in waivers.listed(graph, "exception")] == ["expired"]
    assert waivers.overlay(graph, at=NOW + timedelta(days=9)).waivers[0].id == one.id


def test_a_group_and_one_of_it_count_once(graph: Graph, bare: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmdb.compliance.waivers.times.now", lambda: NOW)
    for draft in (
        Draft("disk-encryption", until="2027-01-01", site="HQ", **WHY),
        Draft("disk-encryption", until="2027-01-01", ci=bare[1], **WHY),
    ):
        made = waivers.request(graph, draft, by="otto", now=NOW)
        waivers.decide(graph, made.id, by="ada", approve=True, now=NOW)
    tally = next(tally for tally in overview(graph).tallies if tally.policy.id == "disk-encryption")
    assert (tally.states["fail"], tally.excepted) == (3, 2)
    assert sum(tally.excepted for tally in overview(graph, {"site": "HQ"}).tallies) == 2
    assert sum(tally.excepted for tally in overview(graph, {"ownership": "personal"}).tallies) == 0
    waivers.withdraw(graph, waivers.listed(graph, ci=bare[1])[0].id, by="vera", why="encrypted now")
    assert [_shown(graph, ci)[1] for ci in bare] == ["exception", "exception", ""]


def test_attestations_never_pass(graph: Graph, bare: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmdb.compliance.waivers.times.now", lambda: NOW)
    said = Draft("firewall-on", reason="I looked: the firewall is on.", until="2027-02-20", ci=bare[2])
    waivers.attest(graph, said, by="rita", now=NOW)
    assert _shown(graph, bare[2], "firewall-on") == ("unknown", "attestation")
    assert overview(graph, {"ownership": "personal"}).total["pass"] == 1
    with pytest.raises(Invalid, match="Only a personal device"):
        waivers.attest(graph, Draft("firewall-on", reason="It is on, I believe.", until="2027-02-20", ci=bare[0]), by="rita", now=NOW)


def test_a_word_counts_until_the_device_is_claimed(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody said whose it is: it counts as personal. Claimed as the house's, only evidence counts; the register's facts nobody attests."""
    monkeypatch.setattr("cmdb.compliance.waivers.times.now", lambda: NOW)
    ci = reporter(graph, "WHOSE7Q", hostname="whose")
    evaluate(graph, catalogue, few(), [ci], NOW)
    waivers.attest(graph, Draft("firewall-on", reason="I looked: the firewall is on.", until="2027-02-20", ci=ci), by="otto", now=NOW)
    assert _shown(graph, ci, "firewall-on") == ("unknown", "attestation")
    with pytest.raises(Invalid, match="The register answers that") as refused:
        waivers.attest(graph, Draft("owner-known", reason="It is mine, I say.", until="2027-02-20", ci=ci), by="otto", now=NOW)
    assert refused.value.field == "policy"
    reporter(graph, "WHOSE7Q", "person:edit", days=-0.1, ownership="corporate")
    evaluate(graph, catalogue, few(), [ci], NOW)
    assert _shown(graph, ci, "firewall-on") == ("unknown", "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"until": "2027-11-23"}, "until is more than 365 days"),
        ({"until": "2026-11-22"}, "after today"),
        ({"until": "soon"}, "must be a day"),
        ({"reason": "because"}, "reason needs between"),
        ({"control": ""}, "control needs between"),
        ({"site": "HQ"}, "not both"),
        ({"ci": ""}, "either one endpoint or a group"),
        ({"policy": "nothing"}, "no such policy"),
        ({"ci": "nobody"}, "has not judged"),
    ],
)
def test_what_is_refused(embedded_graph: Graph, catalogue: Catalogue, reporter: Reporter, change: dict[str, str], words: str) -> None:
    ci = reporter(embedded_graph, "BARE17Q", ownership="corporate", disk_encrypted=False)
    evaluate(embedded_graph, catalogue, few(), [ci], NOW)
    given = {"policy": "disk-encryption", "until": "2027-01-01", "ci": ci, **WHY, **change}
    with pytest.raises(Invalid, match=words):
        waivers.request(embedded_graph, Draft(**given), by="otto", now=NOW)
