"""A site's own product lists and end-of-life days: they count, they are checked, they are taken back; on the page as by the service."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from cmdb.compliance import references
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.compliance.report import of_endpoint
from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from cmdb.model.times import to_text
from reconciliation import reconcile
from tests.discovery.reports.made import AT, GLPI, endpoint, glpi, observed, windows_content
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor

OWN = """dated: 2026-11-01
source: ours
forbidden: [{product: Firefox, match: ["mozilla firefox*"]}]
required: [{product: Backup agent, match: ["restic*"]}]
"""
EOL = '{"dated": "2026-11-20", "source": "ours", "entries": [{"name": "windows 11", "until": "2030-01-01"}]}'
POLICIES = ("forbidden-software", "required-software", "os-supported")


def _said(graph: Graph, catalogue: Catalogue, ci: str) -> list[str]:
    evaluate(graph, catalogue, shipped(), [ci], AT + timedelta(hours=1))
    found = of_endpoint(graph, ci)
    assert found is not None
    return [next(one.state for one in found.results if one.policy.id == name) for name in POLICIES]


def test_a_sites_own_count_and_are_taken_back(graph: Graph, catalogue: Catalogue) -> None:
    observation = observed(glpi(windows_content()), "corporate", GLPI)
    ci = next(str(o.ci) for o in reconcile(graph, catalogue, observation).resolved if o.ref == endpoint(observation).ref)
    assert _said(graph, catalogue, ci) == ["pass", "not_applicable", "fail"]
    references.keep(graph, "software", OWN, by="ada")
    assert references.keep(graph, "systems", EOL, by="ada").own
    assert _said(graph, catalogue, ci) == ["fail", "fail", "pass"]
    references.keep(graph, "software", OWN.replace("mozilla", "netscape").replace("restic", "mozilla"), by="ada")
    assert _said(graph, catalogue, ci) == ["pass", "pass", "pass"]
    assert references.undo(graph, "software").text == OWN
    assert not references.undo(graph, "systems").own
    references.undo(graph, "software")
    assert _said(graph, catalogue, ci) == ["pass", "not_applicable", "fail"]
    with pytest.raises(Conflict, match="nothing to take back"):
        references.undo(graph, "software")


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [("software", "dated: x", Invalid), ("systems", "{}", Invalid), ("software", "x" * 2_000_000, Invalid), ("other", OWN, NotFound)],
)
def test_what_cannot_count_does_not(embedded_graph: Graph, name: str, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        references.keep(embedded_graph, name, text, by="ada")
    assert not any(one.own for one in references.told(embedded_graph))


def test_the_page(visit: Callable[[str], Visitor], embedded_graph: Graph) -> None:  # noqa: F811
    ada, address = visit("ada"), "/compliance/reference"
    assert visit("vera").get(f"{address}/software").text.startswith("# Which products")
    assert visit("vera").post(f"{address}/software", {}).status_code == 403
    wrong = ada.post(f"{address}/software", {"file": (io.BytesIO(b"\xff"), "x.yaml")})
    assert 'required aria-invalid="true" aria-describedby="file-software-error"' in wrong.text
    assert wrong.text.count('aria-invalid="true"') == 1, "not the other files' fields"
    ada.post(f"{address}/software", {"file": (io.BytesIO(OWN.replace("ours", "<b>ours").encode()), "x.yaml")})
    page = ada.get(address).text
    assert "&lt;b&gt;ours" in page
    assert references.one(embedded_graph, "software").by == "ada"
    ada.post(f"{address}/software/undo")
    assert not references.one(embedded_graph, "software").own


FIREFOX = """{"dated": "2026-11-20", "source": "ours", "entries": [{"browser": "firefox", "match": ["mozilla firefox*"], "esr": [],
 "releases": [["90.0", "2021-07-13"], ["2", "2006-10-24"]]}]}"""


def _why(graph: Graph, catalogue: Catalogue, ci: str, *names: str, days: float = 0) -> list[str]:
    evaluate(graph, catalogue, shipped(), [ci], AT + timedelta(hours=1, days=days))
    found = of_endpoint(graph, ci)
    assert found is not None
    results = {one.policy.id: f"{one.state} {one.reason}".strip() for one in found.results}
    return [results[name] for name in names]


def _windows(graph: Graph, catalogue: Catalogue) -> str:
    observation = observed(glpi(windows_content()), "corporate", GLPI)
    return next(str(o.ci) for o in reconcile(graph, catalogue, observation).resolved if o.ref == endpoint(observation).ref)


def test_browser_releases_of_a_site(graph: Graph, catalogue: Catalogue) -> None:
    ci = _windows(graph, catalogue)
    assert _why(graph, catalogue, ci, "browser-supported") == ["fail"]
    references.keep(graph, "browsers", FIREFOX, by="ada")
    assert _why(graph, catalogue, ci, "browser-supported") == ["pass"]
    references.undo(graph, "browsers")
    assert _why(graph, catalogue, ci, "browser-supported") == ["fail"]


def test_what_is_older_than_the_site_allows_judges_nothing(graph: Graph, catalogue: Catalogue) -> None:
    ci = _windows(graph, catalogue)
    asked = ("os-supported", "browser-supported", "unsupported-software", "forbidden-software")
    assert _why(graph, catalogue, ci, *asked) == ["fail", "fail", "pass", "pass"]
    dated = min(one.dated for one in references.told(graph))
    age = (AT.date() - date.fromisoformat(dated)).days
    assert references.allow(graph, age + 20, by="ada") == age + 20
    assert _why(graph, catalogue, ci, *asked, days=2) == ["fail", "fail", "pass", "pass"]
    references.allow(graph, max(1, age), by="ada")
    assert references.tables(graph).too_old(AT.date() + timedelta(days=2)) == {"software", "systems", "browsers"}
    stale = "unknown reference_stale"
    assert _why(graph, catalogue, ci, *asked, days=2) == [stale, stale, stale, "pass"]
    references.keep(graph, "systems", EOL.replace("2026-11-20", to_text(AT + timedelta(days=1))[:10]), by="ada")
    assert _why(graph, catalogue, ci, *asked, days=2) == ["pass", stale, stale, "pass"]
    for days in (0, 3651):
        with pytest.raises(Invalid, match="1 to 3,650 days"):
            references.allow(graph, days, by="ada")


END = "unknown end_not_announced"


def test_a_phone_of_a_table_is_judged_by_its_family(graph: Graph, catalogue: Catalogue) -> None:
    rows = [("phone", "ios", "16.7.2", "fail"), ("tablet", "ios", "17.6", "fail"), ("phone", "android", "15", END)]
    rows += [
        ("phone", "ios", "17.7.9", "fail"),
        ("tablet", "android", "11", "fail"),
        ("phone", "linux", "12", "unknown never_reported"),
    ]
    for number, (cls, family, version, said) in enumerate(rows):
        told = {"name": f"p{number}", "serial": f"SER{number}X77", "os_family": family, "os_version": version, "ownership": "corporate"}
        item = {"ref": "a", "class": cls, "identifiers": [{"kind": "serial", "value": told["serial"], "scope": "a"}], "attributes": told}
        source = {"kind": "import", "name": "phones.csv"}
        body = {"source": source, "observed_at": to_text(AT), "items": [item]}
        observation = from_json(body, catalogue, now=AT)
        ci = str(reconcile(graph, catalogue, observation).resolved[0].ci)
        assert _why(graph, catalogue, ci, "os-supported") == [said], (cls, family, version)


@pytest.mark.parametrize(
    ("name", "text"),
    [("systems", EOL), ("browsers", FIREFOX), ("software", OWN), ("systems", references.KINDS["systems"].shipped.read_text("utf-8"))],
)
def test_a_file_is_told_by_its_form(name: str, text: str) -> None:
    assert references.kind_of(text) == name


HEAD = '{"dated": "2026-11-20", "source": "x", "entries": [{"browser": "b", "match": '


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "none of the reference data"),
        ("{}", "none of the reference data"),
        (HEAD + '["b"]}]}', "b needs releases"),
        (
            HEAD + '["b"], "releases": [["1", "x"]]}]}',
            "release 1 of b",
        ),
        (
            HEAD + '["b"], "releases": [["x", "2026-01-01"]]}]}',
            "no number",
        ),
        (HEAD + '"b", "releases": []}]}', "a list of names"),
        ("[" * 100_000, "none of the reference data"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        references.kind_of(text)


def test_the_api(program: Callable[[str], FlaskClient], embedded_graph: Graph) -> None:  # noqa: F811
    address = "/api/v1/compliance/reference"
    admin, viewer = program("administrator"), program("viewer")
    told = viewer.get(address).get_json()
    assert [one["name"] for one in told["items"]] == ["software", "systems", "browsers"]
    assert told["allowed_days"] == references.ALLOWED_DAYS
    assert viewer.put(f"{address}/browsers", json={"text": FIREFOX}).status_code == 403
    assert admin.put(f"{address}/browsers", json={"text": "{}"}).get_json()["detail"].startswith("browsers.json: needs dated")
    assert admin.put(f"{address}/browsers", json={"text": FIREFOX}).get_json()["own"] is True
    assert viewer.get(f"{address}/browsers").get_json()["text"] == FIREFOX
    assert admin.delete(f"{address}/browsers").get_json()["own"] is False
    assert admin.delete(f"{address}/browsers").status_code == 409
    assert viewer.put("/api/v1/compliance/reference-age", json={"days": 9}).status_code == 403
    assert admin.put("/api/v1/compliance/reference-age", json={"days": 0}).status_code == 422
    assert admin.put("/api/v1/compliance/reference-age", json={"days": 9}).get_json() == {"days": 9}
    assert viewer.get(address).get_json()["allowed_days"] == references.allowed_days(embedded_graph) == 9
    assert viewer.get("/api/v1/compliance/reference-age").get_json() == {"days": 9}


def test_the_page_says_how_old_it_may_be(visit: Callable[[str], Visitor], embedded_graph: Graph) -> None:  # noqa: F811
    ada, address = visit("ada"), "/compliance/reference"
    assert visit("vera").post(address, {"days": "9"}).status_code == 403
    for wrong in ("", "x", "0", "99999999", "٣"):
        page = ada.post(address, {"days": wrong})
        assert (page.status_code, f'value="{wrong}" required aria-invalid="true" aria-describedby="days-error"' in page.text) == (422, True)
        assert references.allowed_days(embedded_graph) == references.ALLOWED_DAYS
    ada.post(address, {"days": "1"})
    assert references.allowed_days(embedded_graph) == 1
    old = any(one.too_old for one in references.told(embedded_graph))
    assert ("older than this site allows" in ada.get(address).text) is old
