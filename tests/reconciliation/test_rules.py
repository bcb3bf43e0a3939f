"""Rule sets: read and refused with their place, tried on their own cases, handed down, in force for a while or for a house."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue, CatalogueError
from cmdb.model.observation import Identifier, Observation
from reconciliation import preview, reconcile, records_of, rules, why
from reconciliation.evidence import evidence_of
from reconciliation.rules_cases import case_of, decided
from reconciliation.rules_reading import load, shipped

SETS = Path(__file__).parent / "rule_sets"
Observe = Callable[..., Observation]


def of(catalogue: Catalogue, text: str) -> rules.RuleSet:
    return load(catalogue, {"site.yaml": "version: 1\n" + text})


def test_the_shipped_set_passes_its_cases_and_changes_nothing_of_the_catalogue(catalogue: Catalogue) -> None:
    found = shipped(catalogue)
    assert found.cases >= 11
    assert found.label.startswith(f"{found.version}+")
    assert not found.strengths
    assert not found.entries
    assert found.identifiers(catalogue.cls("laptop")) == catalogue.cls("laptop").identifiers
    assert shipped(catalogue).digest == found.digest != of(catalogue, "").digest


REFUSED = {
    "identifiers: {badge: {form: ''}}": (2, "must not be empty"),
    "identifiers: {badge: {rank: 3}}": (2, "has no form, so any text would be one"),
    "identifiers:\n  vendor: {form: word}": (3, "describes many things"),
    "identifiers:\n  class: {form: word}": (3, "describes many things"),
    "identifiers: {serial: {form: word}}": (2, "stay as shipped"),
    "identifiers: {ip: {scope: none}}": (2, "stay as shipped"),
    "strengths:\n  laptop:\n    ip: strong": (4, "ip may be none at most for a laptop"),
    "strengths: {device: {ip: weak}}": (2, "ip may be none at most"),
    "strengths: {device: {mac: strong}}": (2, "mac may be medium at most"),
    "strengths: {device: {hostname: strong}}": (2, "hostname may be medium at most"),
    "strengths: {laptop: {login: weak}}": (2, "login may be none at most"),
    "strengths: {laptop: {class: strong}}": (2, "there is no kind of identifier 'class'"),
    "strengths: {lapdog: {serial: strong}}": (2, "there is no class 'lapdog'"),
    "strengths: {laptop: {serial: firm}}": (2, "must be one of strong, medium, weak, none"),
    "blocklist: {serial: {patterns: [{value: '.*', source: x}]}}": (2, "matches everything"),
    "blocklist: {hostname: {patterns: [{value: '[a-z0-9-]+', source: x}]}}": (2, "matches everything"),
    "blocklist: {serial: {patterns: [{value: '(', source: x}]}}": (2, "is no pattern"),
    "blocklist: {serial: {allow: [Default string]}}": (2, "only host names may be taken off"),
    "blocklist: {serial: {minimum_length: 1}}": (2, "number from 4 to 12"),
    "blocklist: {serial: {exact: [abc]}}": (2, "{value, source}"),
    "blocklist: {mac: {refuse: [{prefix: '0', source: x}]}}": (2, "4 to 12 hexadecimal digits"),
    "entries: {device: [{name: by address, all: [ip]}]}": (2, "ip has no strength for a device"),
    "entries: {laptop: []}": (2, "1 to 50 entries"),
    "entries: {laptop: [{name: x}]}": (2, "an entry is {name, all: [kinds]}"),
    "weighing: {live_days: 60}": (2, "gone_days must be more than live_days"),
    "weighing: {weak_matches: maybe}": (2, "must be one of take, ask"),
    "precedence: {default: []}": (2, "Give a list of source kinds"),
    "precedence: {classes: {lapdog: {name: [import]}}}": (2, "there is no class 'lapdog'"),
    "rules: {}": (2, "unknown key 'rules'"),
    "tests: [{name: x}]": (2, "a case is {name, item, known, expect}|the item of case"),
    """tests:
  - {name: odd, item: {class: laptop, identifiers: {serial: PC0A}}, expect: {verdict: match}}""": (
        3,
        "case 'odd' fails: the verdict is new",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_wrong_or_unsafe_is_refused_with_file_line_and_reason(catalogue: Catalogue, text: str) -> None:
    line, reason = REFUSED[text]
    with pytest.raises(CatalogueError) as error:
        of(catalogue, text)
    assert (error.value.file, error.value.line) == ("site.yaml", line), error.value
    assert any(words in error.value.reason for words in reason.split("|")), error.value.reason


def test_a_file_without_a_version_or_that_is_no_yaml_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(CatalogueError, match="says no version"):
        load(catalogue, {"a.yaml": "name: x"})
    with pytest.raises(CatalogueError, match=r"a\.yaml, line 2: is not YAML"):
        load(catalogue, {"a.yaml": "version: [1"})
    with pytest.raises(CatalogueError, match="larger than"):
        load(catalogue, {"a.yaml": "version: 1\nname: " + "x" * 2_000_000})


def test_a_site_may_be_stricter_than_the_shipped_cases_and_never_looser(catalogue: Catalogue) -> None:
    assert of(catalogue, "strengths: {device: {uuid: none}}").cases == shipped(catalogue).cases
    with pytest.raises(CatalogueError, match=r"rules\.yaml, line \d+: the shipped case 'two valid serials"):
        of(catalogue, "identifiers: {serial: {differs: silent}}")
    with pytest.raises(CatalogueError, match="there is a case 'an address alone is nobody' already"):
        of(catalogue, "tests: [{name: an address alone is nobody, item: {class: laptop, identifiers: {}}, expect: {verdict: new}}]")


def test_strengths_are_handed_down_and_the_nearest_word_counts(catalogue: Catalogue) -> None:
    found = of(catalogue, "strengths: {device: {uuid: medium, agent_id: none}, server: {agent_id: weak}}")
    kinds = {name: found.identifiers(catalogue.cls(name)) for name in ("laptop", "server", "management_controller", "site")}
    assert kinds["laptop"]["uuid"] == kinds["server"]["uuid"] == "medium"
    assert kinds["management_controller"]["uuid"] == "weak"
    assert "agent_id" not in kinds["laptop"]
    assert kinds["server"]["agent_id"] == "weak"
    assert kinds["laptop"]["serial"] == "strong"
    assert kinds["site"] == catalogue.cls("site").identifiers


def test_a_class_may_take_nothing_from_above(catalogue: Catalogue) -> None:
    found = of(catalogue, "strengths: {phone: {inherit: false, imei: strong, serial: strong}}")
    assert found.identifiers(catalogue.cls("phone")) == {"imei": "strong", "serial": "strong"}
    assert found.identifiers(catalogue.cls("tablet")) == catalogue.cls("tablet").identifiers


def test_a_kind_of_the_sites_own_identifies(catalogue: Catalogue) -> None:
    found = of(catalogue, "identifiers: {badge: {form: tag, differs: conflict}}\nstrengths: {device: {badge: strong}}")
    said = [Identifier("badge", "B 0042")]
    with rules.trying(found):
        (one,) = evidence_of(said, catalogue.cls("laptop"))
    assert (one.kind, one.value, one.grade) == ("badge", "b0042", "strong")
    assert evidence_of(said, catalogue.cls("laptop")) == ()


def test_a_sites_block_list_adds_and_frees_host_names_only(catalogue: Catalogue) -> None:
    found = of(catalogue, "blocklist: {serial: {exact: [{value: ACME-0001, source: our image}]}, hostname: {allow: [printer]}}")
    assert found.blocklist.refusal("serial", "acme0001") == "placeholder (our image)"
    assert found.blocklist.refusal("serial", "tobefilledbyoem")
    assert not found.blocklist.refusal("hostname", "printer")
    assert shipped(catalogue).blocklist.refusal("hostname", "printer")
    assert not shipped(catalogue).blocklist.refusal("serial", "acme0001")


def test_thin_evidence_becomes_a_question_where_the_site_wants_it(catalogue: Catalogue) -> None:
    case = case_of(
        {
            "name": "thin",
            "item": {"class": "virtual_machine", "identifiers": {"hostname": "web1", "mac": "52:54:00:aa:00:01"}},
            "known": [{"ci": "a", "class": "virtual_machine", "identifiers": {"hostname": "web1", "mac": "52:54:00:aa:00:01"}}],
            "expect": {"verdict": "match"},
        },
        ("here", 1),
    )
    took = decided(catalogue, case)
    assert (took.outcome, took.weak, took.ci) == ("match", True, "a")
    with rules.trying(of(catalogue, "weighing: {weak_matches: ask}")):
        asked = decided(catalogue, case)
    assert (asked.outcome, asked.ci, asked.others) == ("ambiguous", "", ("a",))


@pytest.mark.parametrize("name", ["glpi", "servicenow"])
def test_the_default_rules_of_others_can_be_written(catalogue: Catalogue, name: str) -> None:
    found = load(catalogue, {f"{name}.yaml": (SETS / f"{name}.yaml").read_text()})
    assert found.cases >= shipped(catalogue).cases + 7
    assert found.entries["server"]
    assert found.version == 1


def test_what_a_set_decides_is_kept_with_its_version_and_seen_by_nobody_else(graph: Graph, catalogue: Catalogue, observed: Observe) -> None:
    found = of(catalogue, "name: site\nprecedence: {attributes: {os_version: [import, agent]}}")
    with rules.trying(found):
        reconcile(graph, catalogue, observed([("a", "laptop", {"serial": "PC0AAAA1"}, {"os_version": "11"})]))
    said = observed([("a", "laptop", {"serial": "PC0AAAA1"}, {"os_version": "10"})], source="import:list.csv", minute=1)
    ci = reconcile(graph, catalogue, said).resolved[0].ci
    kept = {record.source: record.verdict["rules"] for record in records_of(graph, ci)}
    assert kept == {"agent:ocs": found.label, "import:list.csv": "shipped"}
    assert why(graph, catalogue, ci, "os_version")["values"][0]["value"] == "11"
    with rules.trying(found):
        assert why(graph, catalogue, ci, "os_version")["values"][0]["value"] == "10"


def test_other_rules_think_again_about_a_report_that_repeats_itself(graph: Graph, catalogue: Catalogue, observed: Observe) -> None:
    first = observed([("a", "laptop", {"serial": "PC0AAAA1", "hostname": "nb-1"})])
    reconcile(graph, catalogue, first)
    again = observed([("a", "laptop", {"serial": "PC0AAAA1", "hostname": "nb-1"})], minute=5)
    assert reconcile(graph, catalogue, again).resolved[0].rule == "the source said exactly this before"
    later = observed([("a", "laptop", {"serial": "PC0AAAA1", "hostname": "nb-1"})], minute=9)
    with rules.trying(of(catalogue, "")):
        assert preview(graph, catalogue, later).resolved[0].rule == "same serial"
        assert reconcile(graph, catalogue, later).resolved[0].rule == "same serial"


def test_the_example_of_the_guide_is_a_rule_set(catalogue: Catalogue) -> None:
    guide = (Path(__file__).parents[2] / "docs/how-to/change-identity-rules.md").read_text()
    example = textwrap.dedent(guide.split("```yaml\n")[1].split("```")[0])
    found = load(catalogue, {"harbour.yaml": example})
    assert (found.name, found.cases) == ("Harbour", shipped(catalogue).cases + 1)
