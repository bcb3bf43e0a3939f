"""Loans over the API: out, refused, back by scan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from tests.web.visitor import said

Program = Callable[[str], FlaskClient]


def test_a_loan_from_counter_to_scan(program: Program) -> None:
    """Out with a charger; a second borrower is refused by name; the scan asks for the charger; then it is back and in stock."""
    client = program("operator")

    def create(cls: str, **attributes: str) -> str:
        made = client.post("/api/v1/cis", json={"class": cls, "attributes": attributes})
        assert made.status_code == 201, said(made)
        return str(said(made)["items"][0]["ci"])

    laptop = create("laptop", name="Latitude", asset_tag="IT-0001")
    ada, bob = (create("person", name=name, email=f"{name}@example.org") for name in ("ada", "bob"))
    due = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    body = {"device": laptop, "person": ada, "due_on": due, "accessories": [{"name": "charger"}]}
    out = client.post("/api/v1/loans", json=body)
    assert out.status_code == 201, said(out)
    assert said(out)["items"][0]["person_name"] == "ada"
    refused = client.post("/api/v1/loans", json={**body, "person": bob})
    assert (refused.status_code, "ada" in said(refused)["detail"]) == (409, True)
    assert said(client.get(f"/api/v1/cis/{laptop}"))["attributes"]["status"] == "in_use"
    assert [loan["device"] for loan in said(client.get("/api/v1/loans"))["items"]] == [laptop]
    assert said(client.post("/api/v1/loan-scans", json={"tag": "it-0001"}))["outcome"] == "accessory_missing"
    done = said(client.post("/api/v1/loan-scans", json={"tag": "IT-0001", "returned": ["charger"]}))
    assert (done["outcome"], done["loan"]["state"]) == ("ok", "returned")
    assert said(client.get(f"/api/v1/cis/{laptop}"))["attributes"]["status"] == "in_stock"
    assert said(client.post("/api/v1/loan-scans", json={"tag": "IT-0001"}))["outcome"] == "not_on_loan"
    assert program("viewer").post("/api/v1/loans", json=body).status_code == 403
