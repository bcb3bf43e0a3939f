"""A bad piece harms nothing else of what a program sends: it is told what was left out and why, and nothing becomes absent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.graph.door import Graph
from cmdb.intake import observation_of
from cmdb.runtime.replay import replay
from reconciliation import reconcile
from tests.web.visitor import said
from web import Services

Program = Callable[[str], FlaskClient]
DOOR = "/api/v1/observations"


def port(name: str, **more: Any) -> dict[str, Any]:
    """An interface of the switch."""
    known = [{"kind": "if_name", "value": name}]
    return {"ref": f"sw/{name}", "class": "interface", "parent": "sw", "identifiers": known, **more}


def look(hour: int, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """All interfaces of one switch, and a laptop beside it."""
    switch = {"ref": "sw", "class": "switch", "identifiers": [{"kind": "serial", "value": "FCW1929B68S"}], "attributes": {"name": "sw"}}
    pc = {"ref": "pc", "class": "laptop", "identifiers": [{"kind": "serial", "value": "7XK2M13"}], "attributes": {"name": f"pc{hour}"}}
    return {
        "source": {"kind": "api", "name": "controller"},
        "observed_at": f"2026-11-20T{hour:02d}:00:00Z",
        "items": [switch, pc, *items],
        "coverage": [{"item": "sw", "part": "interfaces", "state": "complete"}],
        **more,
    }


def apply_all(services: Services) -> None:
    """What the worker does."""
    while entry := services.ledger.intake.claim():
        changes = reconcile(services.graph, services.catalogue, observation_of(entry))
        services.ledger.intake.done(entry, {"items": changes.to_json()["items"], "at": "2026-11-20T12:00:00.000Z"})


def presence(graph: Graph) -> dict[str, str]:
    """Name → presence."""
    rows = graph.read("MATCH (c:CI) RETURN c.display_name AS name, c.presence AS presence")
    return {row["name"]: row["presence"] for row in rows}


def test_a_bad_item_is_left_out_told_and_ends_nothing(program: Program, services: Services) -> None:
    client = program("operator")
    assert client.post(DOOR, json=look(8, port("Gi1"), port("Gi2"), port("Gi3"))).status_code == 202
    wrong = port("Gi2", attributes={"mtu": "secret-value"})
    answer = client.post(DOOR, json=look(9, port("Gi1"), wrong))
    assert answer.status_code == 202, said(answer)
    refused = said(answer)["refused"]
    assert [refused[kind] for kind in ("items", "relations", "coverage")] == [1, 0, 0]
    assert (refused["listed"][0]["path"], refused["listed"][0]["ref"]) == ("items[3]", "sw/Gi2")
    assert "secret-value" in refused["listed"][0]["message"]
    apply_all(services)
    assert presence(services.graph) == {"sw": "present", "pc9": "present", "Gi1": "present", "Gi2": "present", "Gi3": "present"}
    kept = said(client.get(said(answer)["status_url"]))
    assert (kept["state"], kept["refused"]["items"], kept["refused"]["listed"][0]["path"]) == ("done", 1, "items[3]")
    assert "secret-value" not in str(kept)
    assert client.post(DOOR, json=look(10, port("Gi1"), port("Gi2"))).status_code == 202
    apply_all(services)
    assert presence(services.graph)["Gi3"] == "absent"


def test_a_replay_gives_the_same(program: Program, services: Services) -> None:
    client = program("operator")
    for hour, mtu in ((8, 1500), (9, "many"), (10, 9000)):
        client.post(DOOR, json=look(hour, port("Gi1"), port("Gi2", attributes={"mtu": mtu})))
        apply_all(services)
    before = services.graph.read("MATCH (c:CI) RETURN c.display_name AS n, c.presence AS p, c.mtu AS m, c.last_seen_at AS s ORDER BY n")
    services.graph.write("MATCH (n) WHERE n:CI OR n:Identifier OR n:SourceRecord OR n:Event OR n:LastWord DETACH DELETE n")
    done = replay(services.ledger, services.graph, services.catalogue)
    assert (done.observations, done.failed) == (3, [])
    after = services.graph.read("MATCH (c:CI) RETURN c.display_name AS n, c.presence AS p, c.mtu AS m, c.last_seen_at AS s ORDER BY n")
    assert before == after
    assert {row["n"]: row["s"][11:13] for row in after} == {"sw": "10", "pc10": "10", "Gi1": "10", "Gi2": "10"}


def test_strictly_it_is_refused_as_a_whole(program: Program, services: Services) -> None:
    answer = program("operator").post(f"{DOOR}?strict=true", json=look(8, port("Gi2", attributes={"mtu": "many"})))
    assert (answer.status_code, said(answer)["errors"][0]["field"]) == (422, "items[2].attributes.mtu")
    assert services.ledger.intake.counts().get("waiting", 0) == 0


def test_a_dry_run_tells_it_too(program: Program) -> None:
    told = said(program("operator").post(f"{DOOR}?dry_run=true", json=look(8, port("Gi1"), {"ref": "x", "class": "lapdog"})))
    assert (told["counts"]["ci_created"], told["refused"]["items"]) == (3, 1)


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}])
def test_what_is_no_item_at_all(program: Program, junk: Any) -> None:
    answer = said(program("operator").post(DOOR, json=look(8, junk)))
    assert answer["refused"]["listed"][0]["path"] == "items[2]"


def test_the_pages_show_what_was_left_out(program: Program, services: Services, visit: Callable[[str], FlaskClient]) -> None:
    entry = said(program("operator").post(DOOR, json=look(8, port("Gi2", attributes={"mtu": "<b>many"}))))["id"]
    page = visit("otto").get(f"/admin/intake/{entry}").get_data(as_text=True)
    assert "Left out, because it was wrong" in page
    assert "items[2]" in page
    assert "&lt;b&gt;many" not in page
    assert "<b>many" not in page
