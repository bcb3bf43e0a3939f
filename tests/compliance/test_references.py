"""A site's own product lists and end-of-life days: they count, they are checked, they are taken back; on the page as by the service."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from cmdb.compliance import references
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.compliance.report import of_endpoint
from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
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
    ada.post(f"{address}/software", {"file": (io.BytesIO(b"\xff"), "x.yaml")})
    ada.post(f"{address}/software", {"file": (io.BytesIO(OWN.replace("ours", "<b>ours").encode()), "x.yaml")})
    page = ada.get(address).text
    assert "&lt;b&gt;ours" in page
    assert references.one(embedded_graph, "software").by == "ada"
    ada.post(f"{address}/software/undo")
    assert not references.one(embedded_graph, "software").own
