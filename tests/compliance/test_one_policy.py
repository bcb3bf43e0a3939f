"""After a change of one policy it is judged alone, and everything ends as a sweep by all policies would leave it."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import Policy, parse
from cmdb.graph import compliance as store
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
        results = {ci: store.current(graph, [ci]) for ci in ids}
        rows = graph.read(
            "MATCH (s:EndpointStanding) RETURN s.ci AS ci, s.fails AS f, s.unknowns AS u, s.passes AS p, s.weight AS w, s.worst AS x"
        )
        assert {row["ci"]: (row["f"], row["u"], row["p"], row["w"], row["x"]) for row in rows} == {
            ci: standing_of(found) for ci, found in results.items()
        }
