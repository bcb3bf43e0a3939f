"""Rule sets of a house: foreseen on the present graph, put in force, drawn, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cmdb.cli import moorings
from cmdb.cli.rules import foreseen_text
from cmdb.config import Settings
from cmdb.errors import Conflict, Invalid
from cmdb.graph import candidates, kin
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue, CatalogueError
from cmdb.model.observation import Observation
from cmdb.runtime.house import open_house
from reconciliation import reconcile, rules
from reconciliation.rules_check import check
from reconciliation.rules_folder import JOURNAL, RulesFolder
from reconciliation.rules_reading import load
from reconciliation.rules_redraw import redraw

Observe = Callable[..., Observation]
BADGE = "version: 1\nname: Badges\nidentifiers: {badge: {form: tag}}\nstrengths: {device: {badge: strong}}\n"


@pytest.fixture
def keeper(catalogue: Catalogue, tmp_path: Path) -> Iterator[RulesFolder]:
    """A house's rules, the shipped ones in force."""
    found = RulesFolder(catalogue, tmp_path / "rules")
    with rules.in_house(found):
        yield found


def told(graph: Graph, catalogue: Catalogue, observed: Observe) -> dict[str, str]:
    """A small house: two notebooks of one name, one of them heard of twice, a switch with ports, a VM. Name → id."""
    first = observed(
        [
            ("a", "laptop", {"serial": "PC0AAAA1", "hostname": "nb-1", "mac": "00:1b:21:00:00:01"}, {"os_version": "10"}),
            ("b", "laptop", {"hostname": "nb-2", "agent_id": "agent-2", "mac": "00:1b:21:00:00:02"}),
            ("s", "switch", {"serial": "FCW2211L0AB", "chassis_id": "00:1b:21:aa:00:01"}),
            ("p", "interface", {"if_name": "Gi0/1"}, {}, "s"),
            ("v", "virtual_machine", {"uuid": "4c4c4544-0042-3510-8052-b4c04f564433", "hostname": "web1"}),
        ]
    )
    found = {r.ref: r.ci for r in reconcile(graph, catalogue, first).resolved}
    again = [("a", "laptop", {"serial": "PC0AAAA1", "hostname": "nb-1"}, {"os_version": "11"})]
    reconcile(graph, catalogue, observed(again, source="import:list.csv", minute=3))
    third = [("b", "laptop", {"hostname": "nb-2", "serial": "PC0BBBB2"})]
    found |= {"c": reconcile(graph, catalogue, observed(third, source="import:list.csv", minute=4)).resolved[0].ci}
    return found


def test_the_set_in_force_foresees_and_draws_nothing(graph: Graph, catalogue: Catalogue, observed: Observe, keeper: RulesFolder) -> None:
    told(graph, catalogue, observed)
    foreseen = check(graph, catalogue, keeper.rules).to_json()
    assert foreseen["counts"] == {"joins": 0, "parts": 0, "identifiers": 0, "values": 0}
    assert foreseen["examined"] >= 5
    assert redraw(graph, catalogue, by="vera", reason="nothing").to_json() == {
        "examined": foreseen["examined"],
        "values": 0,
        "identifiers": 0,
    }


def test_a_weaker_serial_parts_what_it_alone_joined_and_its_strength_is_told(
    graph: Graph, catalogue: Catalogue, observed: Observe, keeper: RulesFolder
) -> None:
    first = observed([("a", "server", {"serial": "CZ3401ABCD", "hostname": "db1", "mac": "00:1b:21:00:00:01"})])
    second = [("a", "server", {"serial": "CZ3401ABCD", "hostname": "db7"})]
    ci = reconcile(graph, catalogue, first).resolved[0].ci
    assert reconcile(graph, catalogue, observed(second, source="ssh:scan", minute=1)).resolved[0].ci == ci
    foreseen = check(graph, catalogue, load(catalogue, {"a.yaml": "version: 1\nstrengths: {server: {serial: none}}"})).to_json()
    assert [(p["ci"], p["groups"]) for p in foreseen["parts"]] == [(ci, [["agent:ocs"], ["ssh:scan"]])]
    assert [(i["kind"], i["value"], i["before"], i["after"]) for i in foreseen["identifiers"]] == [
        ("serial", "CZ3401ABCD".lower(), "strong", "none")
    ]
    assert "db" in foreseen_text(foreseen)
    assert "1 CIs would part" in foreseen_text(foreseen)


def test_entries_by_name_join_what_shares_a_name(graph: Graph, catalogue: Catalogue, observed: Observe, keeper: RulesFolder) -> None:
    items = [("a", "laptop", {"hostname": "nb-1", "agent_id": "agent-1"})]
    a = reconcile(graph, catalogue, observed(items)).resolved[0].ci
    other = [("b", "laptop", {"hostname": "nb-1", "serial": "PC0BBBB2", "mac": "00:1b:21:00:00:02", "machine_id": "4f1d0b2c9a8e7f60"})]
    b = reconcile(graph, catalogue, observed(other, source="ssh:scan", minute=1)).resolved[0].ci
    new = load(catalogue, {"a.yaml": "version: 1\nentries: {device: [{name: by name, all: [hostname]}]}"})
    foreseen = check(graph, catalogue, new).to_json()
    expected = [] if a == b else [(a, b, "entry by name: same hostname")]
    assert [(j["ci"], j["other"], j["rule"]) for j in foreseen["joins"]] == expected
    assert a != b


def test_a_switch_changes_values_and_grades_and_is_undone(
    graph: Graph, catalogue: Catalogue, observed: Observe, keeper: RulesFolder
) -> None:
    ids = told(graph, catalogue, observed)
    before = {ci: candidates.states(graph, [ci])[ci][0] for ci in ids.values()}
    links = sorted((r["ci"], r["key"], r["grade"]) for r in kin.identifiers(graph, ids.values()))
    files = {"a.yaml": "version: 2\nstrengths: {laptop: {mac: weak, hostname: none}}\nprecedence: {attributes: {os_version: [import]}}"}
    foreseen = check(graph, catalogue, keeper.tried(files)).to_json()
    assert [(v["attribute"], v["before"], v["after"]) for v in foreseen["values"]] == [("os_version", "10", "11")]
    switch = keeper.use(files, by="vera", reason="the list knows better")
    assert switch.label == keeper.rules.label == rules.label()
    drawn = redraw(graph, catalogue, by="vera", reason="rules")
    assert drawn.values == foreseen["counts"]["values"]
    assert drawn.identifiers == foreseen["counts"]["identifiers"] > 0
    assert candidates.states(graph, [ids["a"]])[ids["a"]][0]["os_version"] == "11"
    now = {(r["kind"], r["grade"]) for r in kin.identifiers(graph, [ids["a"]])}
    assert ("mac", "weak") in now
    assert not any(kind == "hostname" for kind, _ in now)
    keeper.undo(by="vera", reason="no")
    redraw(graph, catalogue, by="vera", reason="rules")
    assert sorted((r["ci"], r["key"], r["grade"]) for r in kin.identifiers(graph, ids.values())) == links
    for ci, was in before.items():
        assert (
            candidates.states(graph, [ci])[ci][0]["os_version" if ci == ids["a"] else "class"]
            == was["os_version" if ci == ids["a"] else "class"]
        )


def test_the_folder_keeps_every_switch_and_goes_back_step_by_step(catalogue: Catalogue, keeper: RulesFolder) -> None:
    start = keeper.rules.label
    one = keeper.use({"a.yaml": BADGE}, by="vera", reason="badges").label
    two = keeper.use({"b.yaml": BADGE.replace("version: 1", "version: 2")}, by="vera", reason="more").label
    assert sorted(p.name for p in keeper.folder.glob("*.yaml")) == ["b.yaml"]
    assert [keeper.undo(by="v", reason="x").label, keeper.undo(by="v", reason="x").label] == [one, start]
    with pytest.raises(Conflict, match="no earlier rule set"):
        keeper.undo(by="v", reason="x")
    assert [s.label for s in keeper.history()] == [start, one, two, one, start]
    assert RulesFolder(catalogue, keeper.folder).rules.label == start


def test_a_wrong_set_a_missing_reason_and_the_same_set_change_nothing(catalogue: Catalogue, keeper: RulesFolder, tmp_path: Path) -> None:
    before = keeper.rules
    with pytest.raises(CatalogueError):
        keeper.use({"a.yaml": "version: 1\nstrengths: {device: {ip: strong}}"}, by="v", reason="x")
    with pytest.raises(Invalid, match="Say why"):
        keeper.use({"a.yaml": BADGE}, by="v", reason=" ")
    with pytest.raises(Invalid, match="without a path"):
        keeper.use({"../a.yaml": BADGE}, by="v", reason="x")
    with pytest.raises(Conflict, match="in force already"):
        keeper.use({}, by="v", reason="x")
    assert (keeper.rules is before and not keeper.folder.exists()) or not list(keeper.folder.glob("*.yaml"))
    with pytest.raises(Conflict, match="MOORINGS_RULES"):
        RulesFolder(catalogue, tmp_path, fixed=True).use({"a.yaml": BADGE}, by="v", reason="x")


def _renewed(path: Path, said: object) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(said))
    beside.replace(path)


def test_another_process_sees_a_switch_and_a_crash_in_the_middle_is_finished(catalogue: Catalogue, keeper: RulesFolder) -> None:
    other = RulesFolder(catalogue, keeper.folder)
    before = other.rules.label
    label = keeper.use({"a.yaml": BADGE}, by="vera", reason="badges").label
    journal = json.loads((keeper.folder / JOURNAL).read_text())
    _renewed(keeper.folder / JOURNAL, {**journal, "pending": True})
    other.refresh()
    assert other.rules.label == before != label, "a switch that is not finished is not seen yet"
    _renewed(keeper.folder / JOURNAL, journal)
    other.refresh()
    assert other.rules.label == label
    journal = json.loads((keeper.folder / JOURNAL).read_text())
    (keeper.folder / JOURNAL).write_text(json.dumps({**journal, "pending": True}))
    (keeper.folder / "a.yaml").unlink()
    (keeper.folder / "old.yaml").write_text("version: 9\n")
    assert RulesFolder(catalogue, keeper.folder).rules.label == label
    assert not (keeper.folder / "old.yaml").exists()


@pytest.mark.timeout(300)
def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOORINGS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MOORINGS_ENGINE_HEAP", "512")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "site.yaml").write_text(BADGE)
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "site.yaml").write_text("version: 1\nstrengths:\n  device: {ip: strong}\n")

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(moorings, list(words))
        assert done.exit_code == code, done.output
        return done.output

    with open_house(Settings(data=tmp_path / "data", engine_heap_mb=512)):  # the commands join its engine
        assert "It was never switched" in run("rules", "show")
        checked = json.loads(run("rules", "check", str(tmp_path / "new"), "--json"))
        assert (checked["rules"]["name"], checked["counts"]["joins"]) == ("Badges", 0)
        assert "In force: Badges" in run("rules", "use", str(tmp_path / "new"), "--reason", "badges", "--yes")
        assert json.loads(run("rules", "show", "--json"))["name"] == "Badges"
        assert "In force: Moorings" in run("rules", "undo", "--reason", "no")
