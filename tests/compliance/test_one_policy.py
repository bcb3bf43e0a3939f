"""After a change of one policy it is judged alone, and everything ends as a sweep by all policies would leave it."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import Policy, parse
from cmdb.graph import compliance as store
from cmdb.graph import compliance_counts as counts
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from tests.compliance.conftest import NOW, few

Reporter = Callable[..., str]
CHANGED = "firewall-on"
LATER = NOW + timedelta(hours=1)


def dump(graph: Graph) -> dict[str, Any]:
    """Everything that is kept of results: current ones, those that ended, counts, standings."""
    kinds = {
        "results": "MATCH (n:Evaluation)-[:EVALUATES]->(c:CI) RETURN n AS n, c.id AS about",
        "ended": "MATCH (n:PastEvaluation) RETURN n AS n, '' AS about",
        "standings": "MATCH (n:EndpointStanding) RETURN n AS n, '' AS about",
    }
    found: dict[str, Any] = {}
    for kind, query in kinds.items():
        rows = [(row["about"], {k: v for k, v in row["n"].items() if k not in ("lock", "checked_at")}) for row in graph.read(query)]
        found[kind] = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return found | {"counts": cells(store.counts(graph))}


def cells(rows: list[dict[str, Any]]) -> Counter[str]:
    """The counts, comparable."""
    return Counter({json.dumps([row[k] for k in sorted(row) if k != "n"]): row["n"] for row in rows})


def standing_of(rows: list[dict[str, Any]]) -> tuple[int, int, int, int, list[str]]:
    """What a standing must be, from the results of one endpoint."""
    weights = {"high": 8, "medium": 3, "low": 1}
    failed = sorted((-weights[row["severity"]], row["policy"]) for row in rows if row["state"] == "fail")
    states = [row["state"] for row in rows]
    return len(failed), states.count("unknown"), states.count("pass"), -sum(w for w, _ in failed), [name for _, name in failed]


def changed(dice: random.Random) -> list[Policy]:
    """The policies after a change of one: heavier, asking the contrary, or fresher; or it counts no more."""
    ways = (
        lambda one: replace(one, version=one.version + 1, digest="heavier", severity=dict.fromkeys(one.severity, "low")),
        lambda one: parse(contrary(one.text), "contrary.yaml"),
        lambda one: replace(one, version=one.version + 1, digest="fresher", fresh=timedelta(days=2)),
        lambda _: None,
    )
    way = dice.choice(ways)
    return [new for one in few() for new in [way(one) if one.id == CHANGED else one] if new is not None]


def contrary(text: str) -> str:
    """The same policy, asking for no disk encryption instead of a firewall."""
    return text.replace("version: 1", "version: 2").replace("firewall.enabled", "disk.encrypted")


@pytest.mark.parametrize("seed", range(6))
def test_alone_is_as_all(graph: Graph, catalogue: Catalogue, reporter: Reporter, seed: int) -> None:
    """Any fleet, any change of the policy, and back: a sweep by all finds nothing to do after it, and standings are what results say."""
    dice = random.Random(seed)
    ids = []
    for n in range(dice.randint(2, 5)):
        said: dict[str, Any] = {
            name: dice.choice((True, False))
            for name in ("firewall_enabled", "disk_encrypted", "antimalware_enabled")
            if dice.random() < 0.7
        }
        said["ownership"] = dice.choice(("corporate", "personal", "loaned"))
        ids.append(reporter(graph, f"ONE{seed}X{n}Q", days=dice.choice((0, 3, 10)), os_family="linux", **said))
    evaluate(graph, catalogue, few(), None, NOW)
    for policies, when in ((changed(dice), LATER), (few(), LATER + timedelta(hours=1))):
        before = [row for row in dump(graph)["results"] if f'"policy": "{CHANGED}"' not in row]
        alone = evaluate(graph, catalogue, policies, None, when, only={CHANGED})
        left = dump(graph)
        assert [row for row in left["results"] if f'"policy": "{CHANGED}"' not in row] == before
        swept = evaluate(graph, catalogue, policies, None, when)
        assert (swept.new, swept.changed, swept.ended) == (0, 0, 0)
        assert alone.new + alone.changed + alone.ended == len(ids)
        assert dump(graph) == left
        assert left["counts"] == cells(store.recount(graph))
        assert standings(graph) == {ci: standing_of(store.current(graph, [ci])) for ci in ids}


def standings(graph: Graph) -> dict[str, Any]:
    """What is kept of each endpoint."""
    rows = graph.read(
        "MATCH (s:EndpointStanding) RETURN s.ci AS ci, s.fails AS f, s.unknowns AS u, s.passes AS p, s.weight AS w, s.worst AS x"
    )
    return {row["ci"]: (row["f"], row["u"], row["p"], row["w"], row["x"]) for row in rows}


def sums(graph: Graph) -> Counter[str]:
    """The kept sums of the fleet, those that come to nothing left out."""
    names = ("policy", "state", "reason", "ownership", "cls")
    rows = counts.sums(graph)
    return Counter({json.dumps([row[name] for name in names]): row["n"] for row in rows})


def summed(graph: Graph) -> Counter[str]:
    """The same from the results themselves."""
    found: Counter[str] = Counter()
    for row in store.recount(graph):
        found[json.dumps([row[name] for name in ("policy", "state", "reason", "ownership", "cls")])] += row["n"]
    return found


def step(dice: random.Random, graph: Graph, catalogue: Catalogue, ids: list[str], when: datetime) -> None:
    """Anything that changes results: a policy changed or switched and judged alone, some endpoints judged again, a sweep."""
    policies = dice.choice((few(), changed(dice)))
    way = dice.choice(("alone", "alone", "two alone", "some", "sweep"))
    if way == "sweep":
        evaluate(graph, catalogue, policies, None, when)
    elif way == "some":
        evaluate(graph, catalogue, policies, dice.sample(ids, dice.randint(1, len(ids))), when)
    else:
        evaluate(graph, catalogue, policies, None, when, only={CHANGED} if way == "alone" else {CHANGED, "disk-encryption"})


@pytest.mark.parametrize("seed", range(4))
def test_kept_sums_are_what_a_recount_gives(graph: Graph, catalogue: Catalogue, reporter: Reporter, seed: int) -> None:
    """After any operations in any order, reports among them: cells, sums of the fleet, and each endpoint's standing."""
    dice = random.Random(f"walk{seed}")
    ids: list[str] = []
    for number in range(9):
        if number < 3 or dice.random() < 0.3:
            name = f"WALK{seed}X{dice.randint(0, 3)}Q"
            said = {fact: dice.random() < 0.5 for fact in ("firewall_enabled", "disk_encrypted") if dice.random() < 0.8}
            ci = reporter(graph, name, days=-number, os_family="linux", ownership=dice.choice(("corporate", "personal")), **said)
            ids = sorted({*ids, ci})
        step(dice, graph, catalogue, ids, NOW + timedelta(days=dice.randint(number, number + 6)))
        judged = {ci: found for ci in ids if (found := store.current(graph, [ci]))}
        assert standings(graph) == {ci: standing_of(found) for ci, found in judged.items()}
        assert cells(store.counts(graph)) == cells(store.recount(graph))
        assert sums(graph) == summed(graph)


@pytest.mark.parametrize("kept", [{"worst": [], "heavy": [], "passes": 0}, {"heavy": None}], ids=["does not fit", "earlier release"])
def test_a_standing_that_no_difference_fits_is_summed(graph: Graph, catalogue: Catalogue, reporter: Reporter, kept: dict[str, Any]) -> None:
    """One of an earlier release, and one that says what its results do not."""
    ci = reporter(graph, "FITS0X1Q", os_family="linux", firewall_enabled=True, disk_encrypted=False)
    evaluate(graph, catalogue, few(), None, NOW)
    right = standings(graph)
    assert right[ci][0] == 2
    graph.write("MATCH (s:EndpointStanding {ci: $ci}) SET s += $kept", ci=ci, kept=kept)
    evaluate(graph, catalogue, [one for one in few() if one.id != CHANGED], None, LATER, only={CHANGED})
    assert standings(graph) == {ci: standing_of(store.current(graph, [ci]))} != right


def test_judged_alone_no_other_result_is_read(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """However many policies there are: the standing follows by difference."""
    for n in range(3):
        reporter(graph, f"DIFF{n}X1Q", os_family="linux", firewall_enabled=True, disk_encrypted=n > 1)
    evaluate(graph, catalogue, few(), None, NOW)
    graph.write("MATCH (e:Evaluation) WHERE e.policy <> $policy SET e.state = 'fail'", policy=CHANGED)  # a sum would see it
    before = standings(graph)
    evaluate(graph, catalogue, [one for one in few() if one.id != CHANGED], None, LATER, only={CHANGED})
    assert {ci: (f, u, p + 1, w, x) for ci, (f, u, p, w, x) in standings(graph).items()} == before
