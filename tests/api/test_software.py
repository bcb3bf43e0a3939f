"""The four questions about software by API, by page and as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.inventory.test_software import START, fleet, tell
from tests.web.visitor import Visitor
from web import Services
from web.pages import software as pages

Program = Callable[[str], FlaskClient]
Visit = Callable[[str], Visitor]


@pytest.fixture
def ids(services: Services) -> dict[str, str]:
    """The fleet of the service's tests."""
    return fleet(services.graph, services.catalogue)


def said(client: FlaskClient, path: str, code: int = 200) -> Any:
    """The answer's JSON."""
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == code, answer.get_data(as_text=True)
    return answer.get_json()


def test_the_four_questions(program: Program, ids: dict[str, str], services: Services) -> None:
    """Who has the range, how many per version, who lacks it, what changed since."""
    client = program("viewer")
    assert [row["name"] for row in said(client, "/software?name=open")["items"]] == ["OpenSSL"]
    versions = said(client, "/software/versions?name=openssl&range=%3C3.0.13")["items"]
    assert [(row["version"], row["endpoints"], row["inside"]) for row in versions] == [
        ("not (a) version", 1, None),
        ("3.0.2-0ubuntu1.9", 1, True),
        ("3.0.2-0ubuntu1.15", 2, True),
        ("3.0.13-1", 1, False),
    ]
    page = said(client, "/software/endpoints?name=openssl&range=%3C3.0.13&limit=2")
    rest = said(client, f"/software/endpoints?name=openssl&range=%3C3.0.13&limit=2&cursor={page['next']}")
    assert {row["ci"] for row in page["items"] + rest["items"]} == {ids["pc0"], ids["pc1"], ids["pc3"]}
    assert rest["next"] is None
    assert [row["ci"] for row in said(client, "/software/lacking?name=bash&state=unknown")["items"]] == sorted([ids["mute"]])
    tell(services.graph, services.catalogue, "bare", [("bash", "5.3", "deb")], day=2)
    changes = said(client, f"/cis/{ids['bare']}/software/changes?since=2026-11-02")
    assert [(row["kind"], row["before"], row["after"]) for row in changes["items"]] == [("updated", "bash 5.2", "bash 5.3")]
    assert changes["shortened"] is False


def test_what_is_refused(program: Program, ids: dict[str, str]) -> None:
    """Each names its field; nobody without the right reads."""
    client = program("viewer")
    assert said(client, "/software/endpoints?name=openssl&range=%3E%3D", 422)["errors"][0]["field"] == "range"
    assert said(client, f"/cis/{ids['pc0']}/software/changes?since=soon", 422)["errors"][0]["field"] == "since"
    said(client, "/software/versions?name=nobody-has-this", 404)
    said(client, "/software/lacking?name=x&class=nothing", 404)
    said(program("requester"), "/software", 403)


def test_the_pages_and_their_files(visit: Visit, ids: dict[str, str], services: Services) -> None:
    """Search, product, who lacks it, changes; each as CSV, too."""
    vera = visit("vera")
    assert "OpenSSL" in vera.get("/software?q=ope").text
    product = vera.get("/software/product?name=openssl&range=%3C3.0.13").text
    assert "cannot be compared" in product
    assert all(f"/cis/{ids[one]}/software" in product for one in ("pc0", "pc1", "pc3"))
    assert f"/cis/{ids['pc2']}/software" not in product
    lines = vera.get("/software/product?name=openssl&range=%3C3.0.13&format=csv").text.lstrip("\ufeff").split("\r\n")
    assert lines[0] == "Name,Version,Kind,Class,Sources"
    assert sorted(line.split(",")[0] for line in lines[1:] if line) == ["pc0", "pc1", "pc3"]
    lacking = vera.get("/software/lacking?name=openssl").text
    assert "its list is known in part only" in lacking
    csv = vera.get("/software/lacking?name=openssl&state=lacks&format=csv").text
    assert [line.split(",")[:2] for line in csv.split("\r\n")[1:] if line] == [["bare", "Lacks it"]]
    tell(services.graph, services.catalogue, "bare", [("bash", "5.3", "deb")], day=2)
    since = START.date().isoformat()
    assert "bash 5.3" in vera.get(f"/cis/{ids['bare']}/software/changes?since={since}").text
    assert "updated,bash 5.2,bash 5.3" in vera.get(f"/cis/{ids['bare']}/software/changes?since={since}&format=csv").text


def test_pages_of_holders_read_on(visit: Visit, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The next page begins where this one ended."""
    monkeypatch.setattr(pages, "HOLDERS", replace(pages.HOLDERS, page_size=2))
    vera = visit("vera")
    seen: list[str] = []
    path = "/software/product?name=openssl"
    for _ in range(9):
        text = vera.get(path).text
        seen += [ci for ci in ids.values() if f"/cis/{ci}/software" in text]
        if 'rel="next"' not in text:
            break
        path = text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert sorted(seen) == sorted(ids[one] for one in ("pc0", "pc1", "pc2", "pc3", "odd"))
