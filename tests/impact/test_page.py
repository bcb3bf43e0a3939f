"""The page, its files and the API over the firm of test_answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from flask.testing import FlaskClient

from cmdb.model import times
from tests.impact.test_answer import firm
from tests.web.conftest import app, cast, catalogue, ledger, program, services, visit
from tests.web.visitor import Visitor
from web import Services

__all__ = ["app", "cast", "catalogue", "ledger", "program", "services", "visit"]


def test_the_page_from_search_to_answer(services: Services, visit: Callable[[str], Visitor]) -> None:
    """Empty, search, ask, expand, files; without scripts."""
    ids, vera = firm(services.graph), visit("vera")
    assert "Nothing picked yet" in vera.get("/impact").text
    found = vera.get("/impact?q=sw1").text
    assert f'value="{ids["sw1"]}" id="pick-{ids["sw1"]}">' in found
    address = f"/impact?ci={ids['sw1']}&from=2026-11-23T09:00&to=2026-11-23T10:00"
    page = vera.get(address)
    assert page.status_code == 200
    assert 'aria-label="shop, Service: down"' in page.text
    assert "no path to the core is left" in page.text
    rows = list(csv.DictReader(io.StringIO(vera.get(address + "&format=csv").text.lstrip("\ufeff"))))
    assert [(row["State"], row["Name"], row["Path"]) for row in rows][2] == ("down", "shop", "shop ← db1 ← sw1")
    told = vera.get(address + "&format=json").json
    assert told is not None
    assert told["counts"]["down"] == 3
    beside = vera.get(address + f"&exclude={ids['db1']}&q=web").text
    assert "Stays up whatever happens" in beside
    assert f'name="also_down" value="{ids["web1"]}"' in beside
    assert 'aria-label="shop' not in beside
    up = vera.get(f"/impact?ci={ids['shop']}&direction=up")
    assert "takes shop down" in up.text
    assert vera.get("/impact?ci=nobody").status_code == 400
    assert vera.get(address + "x").status_code == 400


def test_the_page_looks_back(services: Services, visit: Callable[[str], Visitor]) -> None:
    """What was so then: before the firm was there nothing is known of it, and a future has not happened."""
    ids, vera = firm(services.graph), visit("vera")
    address = f"/impact?ci={ids['sw1']}&from=2026-11-23T09:00&to=2026-11-23T10:00"
    now = vera.get(f"{address}&format=json").json
    today = vera.get(f"{address}&as_of={times.to_text(times.now())}")
    assert "As it was at" in today.text
    assert 'aria-label="shop, Service: down"' in today.text
    then = vera.get(f"{address}&as_of={times.to_text(times.now())}&format=json").json
    assert now is not None
    assert then is not None
    assert then["counts"] == now["counts"]
    for word in ("as_of", "known_at"):
        assert vera.get(f"{address}&{word}=2020-01-01").status_code == 400
        assert vera.get(f"{address}&{word}=2999-01-01").status_code == 400


def test_the_api(services: Services, program: Callable[[str], FlaskClient]) -> None:
    """Both methods say the same; a role without READ is refused; a bad window names its field."""
    ids = firm(services.graph)
    client = program("viewer")
    words = {"cis": [ids["web1"]], "from": "2026-11-23T09:00:00Z", "to": "2026-11-23T10:00:00Z"}
    told = client.post("/api/v1/impact", json=words)
    assert told.status_code == 200, told.json
    assert told.json == client.get("/api/v1/impact", query_string=words).json
    assert told.json is not None
    assert told.json["risk"]["grade"] == "medium"
    assert client.post("/api/v1/impact", json={"cis": ["nobody"]}).status_code == 404
    assert client.post("/api/v1/impact", json={"cis": [ids["web1"]], "from": "now"}).status_code == 422
    assert program("requester").post("/api/v1/impact", json=words).status_code == 403
