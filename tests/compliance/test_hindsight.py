"""What a result of the past would have been with what was learned later, until a day; the result itself stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cmdb.compliance import past
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.hindsight import Hindsight, with_hindsight
from cmdb.compliance.policy import shipped
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from tests.compliance.conftest import NOW, few

Reporter = Callable[..., str]
THEN, POLICY = NOW - timedelta(hours=20), "disk-encryption"
SAMPLE = THEN + timedelta(hours=1)
LEARNED = times.to_text(NOW + timedelta(hours=3))
"""When the reports that came late came, in these stories."""


def learned_late(graph: Graph) -> None:
    """Everything that was recorded so far of what happened after the first word was recorded then."""
    graph.write("MATCH (e:Event) SET e.recorded_at = $at", at=LEARNED)


def looked_back(graph: Graph, known: datetime, policy: str = POLICY) -> dict[str, tuple[str, Hindsight]]:
    """ci → the result at the sample's time, and as known at another."""
    rows = with_hindsight(graph, list(past.every_at(graph, policy, SAMPLE, {})), SAMPLE, known)
    return {row["ci"]: (row["state"], row["hindsight"]) for row in rows}


def test_a_late_report_is_seen_in_hindsight(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """Known to fail, proven since that it passed; another was silent too long, and had reported after all; a third did not change."""
    late = reporter(graph, "HIND01X", days=2, ownership="corporate", disk_encrypted=False)
    older = reporter(graph, "HIND02X", days=2, ownership="corporate", disk_encrypted=False)
    stale = reporter(graph, "HIND03X", days=40, ownership="corporate", disk_encrypted=True)
    same = reporter(graph, "HIND04X", days=2, ownership="corporate", disk_encrypted=True)
    evaluate(graph, catalogue, few(), None, THEN)
    reporter(graph, "HIND01X", days=1, disk_encrypted=True)
    reporter(graph, "HIND02X", days=0.1, disk_encrypted=False)
    reporter(graph, "HIND02X", days=1, disk_encrypted=True)  # older than what is known now: it changes no result of today
    reporter(graph, "HIND03X", days=1, disk_encrypted=False)
    reporter(graph, "HIND04X", days=0.5, disk_encrypted=False)  # after the sample's time: it says nothing of it
    learned_late(graph)
    evaluate(graph, catalogue, few(), None, NOW)
    known = looked_back(graph, NOW + timedelta(hours=4))
    assert {ci: (then, seen.state) for ci, (then, seen) in known.items()} == {
        late: ("fail", "pass"),
        older: ("fail", "pass"),
        stale: ("unknown", "fail"),
        same: ("pass", "pass"),
    }
    assert known[same][1].learned == ()
    assert known[late][1].learned == (
        {"fact": "disk.encrypted", "value": True, "at": "2026-11-21T12:00:00.000Z", "source": "agent:glpi", "learned_at": LEARNED},
    )
    before = looked_back(graph, NOW + timedelta(hours=2))
    assert {ci: (seen.state, seen.learned) for ci, (_, seen) in before.items()} == {
        late: ("fail", ()),
        older: ("fail", ()),
        stale: ("unknown", ()),
        same: ("pass", ()),
    }


def test_what_was_fresh_then_stays_fresh(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """Evidence noted long ago was confirmed every day; judging again for another fact does not make it stale."""
    policy = [one for one in shipped() if one.id == "antimalware-on"]
    ci = reporter(graph, "HIND05X", days=30, os_family="linux", ownership="corporate", antimalware_present=True, antimalware_enabled=False)
    evaluate(graph, catalogue, policy, None, NOW - timedelta(days=29))
    for days in (20, 10, 2):
        reporter(graph, "HIND05X", days=days, antimalware_present=True, antimalware_enabled=False)
        evaluate(graph, catalogue, policy, None, NOW - timedelta(days=days - 1))
    reporter(graph, "HIND05X", days=1, antimalware_enabled=True)
    learned_late(graph)
    assert {ci: (then, seen.state) for ci, (then, seen) in looked_back(graph, NOW + timedelta(days=1), "antimalware-on").items()} == {
        ci: ("fail", "pass")
    }


def test_a_fact_that_is_worked_out_is_not_judged_again(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """What was learned is told; the result stays the one of that day, and says that it was not judged again."""
    policy = [one for one in shipped() if one.id == "os-supported"]
    said: dict[str, Any] = {"os_family": "linux", "os_name": "Debian GNU/Linux"}
    ci = reporter(graph, "HIND06X", days=2, ownership="corporate", os_version="12.5", **said)
    evaluate(graph, catalogue, policy, None, THEN)
    reporter(graph, "HIND06X", days=1, os_family="linux", os_name="Ubuntu", os_version="12.04")
    learned_late(graph)
    then, seen = looked_back(graph, NOW + timedelta(days=1), "os-supported")[ci]
    assert (then, seen.state, seen.judged) == ("pass", "pass", False)
    assert [one["value"] for one in seen.learned if one["fact"] == "os.supported_until"] == ["Ubuntu"]


def test_a_fixed_number_of_reads(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """However many rows, and none where nobody asks."""
    for n in range(4):
        reporter(graph, f"HIND1{n}X", days=2, ownership="corporate", disk_encrypted=False)
    evaluate(graph, catalogue, few(), None, THEN)
    for n in range(4):
        reporter(graph, f"HIND1{n}X", days=1, disk_encrypted=True)
    learned_late(graph)
    rows = list(past.every_at(graph, POLICY, SAMPLE, {}))
    asked = []
    for some in (rows[:1], rows):
        with graph.counting() as counter:
            assert {row["hindsight"].state for row in with_hindsight(graph, some, SAMPLE, NOW + timedelta(days=1))} == {"pass"}
        asked.append(counter.queries)
    assert asked == [3, 3]
    with graph.counting() as counter:
        assert [row["hindsight"] for row in with_hindsight(graph, rows, SAMPLE, None)] == [None] * 4
    assert counter.queries == 0
