"""An auditor's sample as of a day: given or drawn, as it was then, with the bundle that proves it."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cmdb.compliance import sampling, waivers
from cmdb.compliance.bundle import Scope, build
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.signing import SigningKey, verify
from cmdb.compliance.waivers import Draft
from cmdb.errors import Invalid
from cmdb.graph.door import Graph
from cmdb.inventory.listing import named
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from tests.compliance.conftest import NOW, few
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor

Reporter = Callable[..., str]
POLICY = "disk-encryption"


def _month(graph: Graph, catalogue: Catalogue, reporter: Reporter, *, back: int = 0) -> dict[str, str]:
    """Three laptops: one repaired on the sixth day, one failing, one that came on the ninth. Name → id."""
    ids: dict[str, str] = {}
    for number, said in ((0, {"LAP001X": False, "LAP002X": False}), (6, {"LAP001X": True}), (9, {"LAP003X": True})):
        for serial, disk in said.items():
            told = {"hostname": serial.lower(), "asset_tag": f"A-{serial[5]}", "disk_encrypted": disk, "ownership": "corporate"}
            ids[serial.lower()] = reporter(graph, serial, days=back - number, **told)
        evaluate(graph, catalogue, few(), None, NOW + timedelta(days=number - back))
    return ids


def _said(found: list[sampling.Sampled]) -> list[tuple[str, str]]:
    return [(one.name or one.given, next((row["state"] for row in one.rows if row["policy"] == POLICY), one.why)) for one in found]


def test_a_given_sample_is_told_as_it_was(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    ids = _month(graph, catalogue, reporter)
    listed = ["LAP002X", "A-1", ids["lap003x"], "nobody"]

    def then(days: int) -> list[tuple[str, str]]:
        return _said(sampling.sample(graph, listed, NOW + timedelta(days=days)))

    nothing = "nothing was judged of it then"
    none = ("nobody", "nothing is known by that name")
    assert then(3) == [("lap002x", "fail"), ("lap001x", "fail"), ("lap003x", nothing), none]
    assert then(7) == [("lap002x", "fail"), ("lap001x", "pass"), ("lap003x", nothing), none]
    assert then(10) == [("lap002x", "fail"), ("lap001x", "pass"), ("lap003x", "pass"), none]
    assert then(-1)[0] == ("lap002x", nothing)
    repaired = next(row for row in sampling.sample(graph, ["A-1"], NOW + timedelta(days=3))[0].rows if row["policy"] == POLICY)
    assert (repaired["since"][:10], repaired["until"][:10], repaired["severity"]) == ("2026-11-22", "2026-11-28", "high")


def test_reads_do_not_grow_with_the_sample(embedded_graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    ids = list(_month(embedded_graph, catalogue, reporter).values())
    counted = []
    for some in (ids[:1], ids):
        with embedded_graph.counting() as counter:
            sampling.of_endpoints(embedded_graph, some, NOW + timedelta(days=10))
        counted.append(counter.queries)
    assert counted == [3, 3]


def test_a_drawn_sample_can_be_drawn_again(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    ids = _month(graph, catalogue, reporter)
    later = NOW + timedelta(days=10)
    assert sorted(sampling.drawn(graph, 200, "iso", later)) == sorted(ids.values())
    assert sampling.drawn(graph, 2, "iso", later) == sampling.drawn(graph, 3, "iso", later)[:2]
    assert sampling.drawn(graph, 2, "iso", later) == sampling.drawn(graph, 2, "iso", later)
    assert len({tuple(sampling.drawn(graph, 3, f"{seed}", later)) for seed in range(20)}) > 1, "another seed, another order"
    assert sorted(sampling.drawn(graph, 9, "iso", NOW + timedelta(days=3))) == sorted((ids["lap001x"], ids["lap002x"]))
    assert sampling.drawn(graph, 9, "iso", later, {"ownership": "personal"}) == []
    for count in (0, 201):
        with pytest.raises(Invalid, match="Draw 1 to 200"):
            sampling.drawn(graph, count, "", later)


def test_names_are_looked_up_together(graph: Graph, catalogue: Catalogue, reporter: Reporter) -> None:
    """One read for one name and for forty; the nearest meaning counts: an id, an identifier or name, a word of a name."""
    ids = _month(graph, catalogue, reporter)
    reporter(graph, "OTHER01", "import:list", name="lap001x of the lab", relations=[("located_in", "site", "Lap002x annexe")])
    for words in (["A-1"], ["A-1", "LAP002X", ids["lap003x"], "lap001x", *(f"none {n}" for n in range(36))]):
        with graph.counting() as counter:
            sampling.sample(graph, words, NOW)
        assert counter.queries == 1 + 3, "the names; the results, those before, what was accepted"
    found = sampling.ids_of(graph, ["A-1", "LAP002X", ids["lap003x"], "lap001x", "lap001x"])
    assert found == [ids["lap001x"], ids["lap002x"], ids["lap003x"]]
    assert sampling.ids_of(graph, ["annexe"]) != []
    with pytest.raises(Invalid, match=r"^“annexe”: this is no endpoint \(site\)\. “x”, “y”: nothing is known by that name\.$") as refused:
        sampling.ids_of(graph, ["annexe", "x", "A-1", "y"], classes=("laptop",), field="ci")
    assert refused.value.field == "ci"
    for serial in ("TWIN001", "TWIN002"):
        reporter(graph, serial, "import:list", name="twin")
    with pytest.raises(Invalid, match="“Twin”: 2 things are known by that name; give a serial number"):
        sampling.ids_of(graph, ["Twin"])


def test_a_name_of_thousands_hides_no_other(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = _month(graph, catalogue, reporter)
    for number in range(4):
        reporter(graph, f"MANY00{number}", "import:list", name="common")
    monkeypatch.setattr("cmdb.inventory.listing._MANY", 3)
    found = named(graph, ["common", *ids])
    assert {name: [row["id"] for row in found[name]] for name in ids} == {name: [ci] for name, ci in ids.items()}
    assert len(found["common"]) == 4


def test_lists_as_people_paste_them() -> None:
    assert sampling.read_list('\ufeffA-1\r\n"A-2",x\n\nA-1\nA-3;y\nA-4\tz\n') == ["A-1", "A-2", "A-3", "A-4"]
    with pytest.raises(Invalid, match="at most 200 endpoints; these are 201"):
        sampling.read_list("\n".join(map(str, range(201))))


def test_the_bundle_of_a_sample_verifies(graph: Graph, catalogue: Catalogue, reporter: Reporter, tmp_path: Path) -> None:
    ids = _month(graph, catalogue, reporter)
    waiver = waivers.request(
        graph, Draft(POLICY, "the driver fails", "2026-12-24", control="kept in a locked room", ci=ids["lap002x"]), by="otto", now=NOW
    )
    waivers.decide(graph, waiver.id, by="vera", approve=True, now=NOW)
    key, file = SigningKey(tmp_path / "audit.key"), tmp_path / "sample.zip"
    later = NOW + timedelta(days=10)
    with Ledger(tmp_path / "ledger.db") as kept:
        scope = Scope(NOW + timedelta(days=3), cis=(ids["lap001x"], ids["lap002x"], ids["lap003x"]), policies=(POLICY,))
        manifest = build(graph, kept, key, scope, file, by="adam", now=later)
    assert manifest["endpoints"] == 2
    assert verify(file).genuine
    with zipfile.ZipFile(file) as archive:
        rows = json.loads(archive.read("results.json"))
        assert json.loads(archive.read("manifest.json"))["scope"]["cis"] == list(scope.cis)
    assert sorted((row["name"], row["state"], bool(row["excepted_until"])) for row in rows) == [
        ("lap001x", "fail", False),
        ("lap002x", "fail", True),
    ]


@pytest.fixture
def judged(embedded_graph: Graph, catalogue: Catalogue, reporter: Reporter) -> dict[str, str]:
    return _month(embedded_graph, catalogue, reporter, back=200)


def test_the_page(visit: Callable[[str], Visitor], judged: dict[str, str]) -> None:  # noqa: F811
    adam, address = visit("adam"), "/compliance/audit/sample"
    assert visit("vera").get(address).status_code == 403
    assert adam.get(address).status_code == 200
    day = (NOW - timedelta(days=197)).date().isoformat()
    page = adam.get(f"{address}?as_of={day}&endpoints=A-2%0A<script>").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page.partition("<main")[2].partition("</main")[0]
    assert "nothing is known by that name" in page
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/compliance/audit/[^"]+)"', page)]
    file = adam.get(next(link for link in links if "table=sample&format=csv" in link))
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows[1][:2] == ["A-2", "lap002x"]
    every = adam.get(next(link for link in links if "table=sample-results&format=csv" in link)).data.decode("utf-8-sig")
    assert f"{POLICY},fail" in every
    bundle = adam.get(next(link for link in links if "/bundle?" in link))
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        assert json.loads(archive.read("manifest.json"))["scope"]["cis"] == [judged["lap002x"]]
    assert "lap00" in adam.get(f"{address}?draw=2&seed=x").text
    for wrong in ("draw=x", "draw=999", "draw=2&endpoints=A-1", "as_of=x&draw=1", "as_of=2999-01-01&draw=1"):
        assert adam.get(f"{address}?{wrong}").status_code == 422, wrong


def test_what_was_learned_later_stands_beside_it(
    program: Callable[[str], FlaskClient],  # noqa: F811
    visit: Callable[[str], Visitor],  # noqa: F811
    judged: dict[str, str],
    embedded_graph: Graph,
    reporter: Reporter,
) -> None:
    """A report of that day that came today: the sample is as it was known, and says what it would have been."""
    day, today = (NOW - timedelta(days=197)).date().isoformat(), times.now().date().isoformat()
    reporter(embedded_graph, "LAP001X", days=198, disk_encrypted=True)
    asked = {"endpoints": ["A-1"], "as_of": day}
    told = program("auditor").post("/api/v1/audit-samples", json={**asked, "known_at": today}).get_json()["items"][0]["results"]
    disk = next(one for one in told if one["policy"] == POLICY)
    assert (disk["state"], disk["hindsight"]["state"], disk["hindsight"]["learned"][0]["value"]) == ("fail", "pass", True)
    assert {len(one["hindsight"]["learned"]) for one in told if one["policy"] != POLICY} == {0}
    assert program("auditor").post("/api/v1/audit-samples", json={"draw": 1, "known_at": day}).status_code == 422
    plain = program("auditor").post("/api/v1/audit-samples", json=asked).get_json()["items"][0]["results"]
    assert {one["hindsight"] for one in plain} == {None}
    page = visit("adam").get(f"/compliance/audit/sample?as_of={day}&endpoints=A-1").text
    assert "pass (learned later: System disk encrypted: True, agent:glpi" in page
    address = f"/compliance/policies/{POLICY}?as_of={day}"
    listed = visit("adam").get(f"{address}&known_at={today}").text
    assert listed.count("pass (learned later: System disk encrypted: True, agent:glpi") == 1
    assert "As known later" not in visit("adam").get(address).text
    file = visit("adam").get(f"{address}&known_at={today}&format=csv&name=lap001x").data.decode("utf-8-sig")
    (row,) = (one for one in csv.DictReader(io.StringIO(file)) if one["Endpoint"] == "lap001x")
    assert (row["State"], row["As known later"][:19]) == ("fail", "pass (learned later")
    assert visit("adam").get(f"/compliance/policies/{POLICY}?known_at={today}").status_code == 400
    bundle = visit("adam").get(f"/compliance/audit/bundle?as_of={day}&known_at={today}&policy={POLICY}")
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        results = {row["name"]: row for row in json.loads(archive.read("results.json"))}
        (counts,) = json.loads(archive.read("counts.json"))
        table = {row["name"]: row for row in csv.DictReader(io.StringIO(archive.read("results.csv").decode()))}
        assert json.loads(archive.read("manifest.json"))["scope"]["known_at"][:10] == today
    assert (results["lap001x"]["state"], results["lap001x"]["hindsight"]["state"]) == ("fail", "pass")
    assert (table["lap001x"]["known_state"], results["lap002x"]["hindsight"]["learned"]) == ("pass", [])
    assert (counts["as_known"]["pass"], counts["as_known"]["fail"]) == (counts["pass"] + 1, counts["fail"] - 1)
    for wrong in (f"known_at={day}", f"as_of={today}&known_at={day}"):
        assert visit("adam").get(f"/compliance/audit/bundle?{wrong}").status_code == 400, wrong
    single = visit("adam").get(f"/compliance/endpoints/{judged['lap001x']}?as_of={day}").text
    assert "pass (learned later: System disk encrypted: True, agent:glpi" in single


def test_the_api(program: Callable[[str], FlaskClient], judged: dict[str, str]) -> None:  # noqa: F811
    auditor, address = program("auditor"), "/api/v1/audit-samples"
    assert program("viewer").post(address, json={"draw": 1}).status_code == 403
    day = (NOW - timedelta(days=197)).date().isoformat()
    told = auditor.post(address, json={"endpoints": ["A-1", "none"], "as_of": day}).get_json()
    assert [(one["name"], one["why"]) for one in told["items"]] == [("lap001x", ""), ("", "nothing is known by that name")]
    assert next(one["state"] for one in told["items"][0]["results"] if one["policy"] == POLICY) == "fail"
    drawn = [[one["ci"] for one in auditor.post(address, json={"draw": 2, "seed": "s"}).get_json()["items"]] for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn[0]) & set(judged.values())) == 2
    for wrong in ({}, {"draw": 1, "endpoints": ["a"]}, {"draw": 201}, {"draw": 1, "as_of": "2999-01-01"}, {"endpoints": ["a"] * 201}):
        assert auditor.post(address, json=wrong).status_code in (400, 422), wrong
