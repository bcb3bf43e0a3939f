"""Every table of the pages can be had as a file; the few that cannot are named here, with the reason."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.privacy.owner import LOOK
from cmdb.store import Ledger
from reconciliation import reconcile
from tests.discovery.reports.made import AT, GLPI, endpoint, glpi, observed, windows_content
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor

TEMPLATES = Path(__file__).parents[3] / "web" / "templates"
WITHOUT: dict[str, str] = {
    "_foreseen.html": "a look ahead that is not kept; the API gives it as JSON",
    "_table.html": "the macro itself",
    "account/sessions.html": "one's own open sessions",
    "admin/intake.html": "its second table is the beginning of the list of refusals, which has files",
    "admin/intake_now.html": "numbers of this moment; /metrics has them",
    "admin/job.html": "parts of a job; the list of jobs has files",
    "admin/settings.html": "`moorings settings --json` prints it",
    "ci/identity.html": "explains one thing; the API gives it as JSON",
    "ci/past.html": "one thing as it was; the API gives it as JSON",
    "ci/relations.html": "its second table is what waits for it; the list of all that waits has files",
    "coverage/page.html": "its second table sums up the first, which has files",
    "credentials/host_keys.html": "`moorings hostkey list --json` prints it",
    "credentials/list.html": "names of secrets are given to nobody's mail",
    "edit/form.html": "what changed while one was editing",
    "help/overview.html": "words explained",
    "impact/_table.html": "drawn on pages with files of their own",
    "ci/impact.html": "the impact page has its files",
    "imports/_changes.html": "a look ahead; the API gives it as JSON",
    "imports/check.html": "what is wrong in a file that was not taken",
    "imports/list.html": "each is a job; the list of jobs has files",
    "loans/_history.html": "one device's or person's loans; the API gives them as JSON",
    "my/device.html": "shown to the owner alone",
    "people/person.html": "one person's loans; the API gives them as JSON",
    "reviews/review.html": "evidence of one question, side by side",
    "services/service.html": "sums of one service; the impact page has its files",
    "software/product.html": "its first table sums up the second, which has files",
}


def templates() -> list[str]:
    return sorted(str(one.relative_to(TEMPLATES)) for one in TEMPLATES.rglob("*.html") if '<table class="table' in one.read_text("utf-8"))


def test_every_table_drawn_by_hand_has_files() -> None:
    bare = []
    for name in templates():
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        tables, files = text.count('<table class="table'), text.count("m.files(") + len(re.findall(r"url\(format='csv'\)", text))
        if files < tables and name not in WITHOUT:
            bare.append(f"{name}: {tables} tables, {files} with files")
    assert not bare
    assert not WITHOUT.keys() - set(templates()), "what has no table any more need not be excused"


@pytest.fixture
def ci(embedded_graph: Graph, catalogue: Catalogue) -> str:
    content = windows_content()
    content["softwares"].append({"name": "=cmd|'/C calc'!A0", "version": "@SUM(1)", "publisher": "+1+1", "from": "registry"})
    observation = observed(glpi(content), "corporate", GLPI)
    found = next(str(o.ci) for o in reconcile(embedded_graph, catalogue, observation).resolved if o.ref == endpoint(observation).ref)
    evaluate(embedded_graph, catalogue, shipped(), [found], AT)
    return found


@pytest.fixture
def pages(ci: str, ledger: Ledger) -> list[str]:  # noqa: F811
    ledger.agent_tokens.add("-2+3 laptops", site="=HQ", ownership="corporate")
    job = ledger.jobs.enqueue("scan", {"method": "ssh", "targets": ["=a"], "by": "ada"})
    ledger.jobs.enqueue("scan-host", {"host": "@h", "port": 22}, parent=job)
    fixed = [
        "/compliance/policies",
        "/compliance/protection",
        "/loans/overdue",
        "/loans/overdue?soon=1",
        "/scans",
        f"/scans/{job}",
        "/admin/tokens",
    ]
    day = AT.date().isoformat()
    return [*fixed, f"/compliance/endpoints/{ci}", f"/compliance/endpoints/{ci}?as_of={day}", f"/cis/{ci}/software", f"/cis/{ci}/relations"]


def test_the_files_are_what_the_links_say_and_nothing_in_them_runs(visit: Callable[[str], Visitor], pages: list[str]) -> None:  # noqa: F811
    ada = visit("ada")
    seen: set[str] = set()
    cells: set[str] = set()
    for page in pages:
        answer = ada.get(page)
        assert answer.status_code == 200, page
        for link in re.findall(r'href="([^"]*table=[^"]*)" download', answer.text):
            path = link.replace("&amp;", "&")
            file = ada.get(path)
            assert file.status_code == 200, path
            seen.add(re.sub(r"[0-9a-f-]{36}", "ID", path))
            if "format=xlsx" in path:
                with zipfile.ZipFile(io.BytesIO(file.data)) as book:
                    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
                continue
            rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
            assert len(rows) >= 1
            assert all(len(row) == len(rows[0]) for row in rows), path
            cells.update(cell for row in rows for cell in row)
    assert {"'=cmd|'/C calc'!A0", "'@SUM(1)", "'+1+1", "'-2+3 laptops", "'=HQ", "'=a", "'@h"} <= cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t"))]
    tables = {path.partition("table=")[2].partition("&")[0] for path in seen}
    assert tables == {"policies", "scans", "hosts", "api", "agents", "results", "then", "timeline", "installed", "relations"}


def test_a_table_or_form_there_is_not(visit: Callable[[str], Visitor]) -> None:  # noqa: F811
    ada = visit("ada")
    assert ada.get("/compliance/policies?table=nothing&format=csv").status_code == 400
    assert ada.get("/compliance/policies?table=policies&format=pdf").status_code == 400
    assert visit("").get("/compliance/policies?table=policies&format=csv").status_code in (302, 303, 401)


def test_who_looks_at_the_compliance_of_a_personal_device_is_noted(
    visit: Callable[[str], Visitor],  # noqa: F811
    program: Callable[[str], FlaskClient],  # noqa: F811
    embedded_graph: Graph,
    catalogue: Catalogue,
    ledger: Ledger,  # noqa: F811
) -> None:
    observation = observed(glpi(windows_content()), "personal", GLPI)
    ci = next(str(o.ci) for o in reconcile(embedded_graph, catalogue, observation).resolved if o.ref == endpoint(observation).ref)
    evaluate(embedded_graph, catalogue, shipped(), [ci], AT)
    assert visit("vera").get(f"/compliance/endpoints/{ci}").status_code == 200
    assert program("viewer").get(f"/api/v1/compliance/{ci}").status_code == 200
    looks = ledger.audit.of_target(LOOK, ci, 50)
    assert sorted((one.actor, one.detail["how"]) for one in looks) == [("token:a viewer program", "API"), ("vera", "page")]
