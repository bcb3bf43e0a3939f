"""Loans over the API: out, refused, back by scan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

Program = Callable[[str], FlaskClient]


def test_a_loan_from_counter_to_scan(program: Program) -> None:
    """Out with a charger; a second borrower is refused by name; the scan asks for the charger; then it is back and in stock."""
    client = program("operator")

    def create(cls: str, **attributes: str) -> str:
        made = client.post("/api/v1/cis", json={"class": cls, "attributes": attributes})
        assert made.status_code == 201, made.json
        return str(made.json["items"][0]["ci"])

    laptop = create("laptop", name="Latitude", asset_tag="IT-0001")
    ada, bob = (create("person", name=name, email=f"{name}@example.org") for name in ("ada", "bob"))
    due = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    body = {"device": laptop, "person": ada, "due_on": due, "accessories": [{"name": "charger"}]}
    out = client.post("/api/v1/loans", json=body)
    assert out.status_code == 201, out.json
    assert out.json["items"][0]["person_name"] == "ada"
    refused = client.post("/api/v1/loans", json={**body, "person": bob})
    assert (refused.status_code, "ada" in refused.json["detail"]) == (409, True)
    assert client.get(f"/api/v1/cis/{laptop}").json["attributes"]["status"] == "in_use"
    assert [loan["device"] for loan in client.get("/api/v1/loans").json["items"]] == [laptop]
    assert client.post("/api/v1/loans/scan", json={"tag": "it-0001"}).json["outcome"] == "accessory_missing"
    done = client.post("/api/v1/loans/scan", json={"tag": "IT-0001", "returned": ["charger"]}).json
    assert (done["outcome"], done["loan"]["state"]) == ("ok", "returned")
    assert client.get(f"/api/v1/cis/{laptop}").json["attributes"]["status"] == "in_stock"
    assert client.post("/api/v1/loans/scan", json={"tag": "IT-0001"}).json["outcome"] == "not_on_loan"
    assert program("viewer").post("/api/v1/loans", json=body).status_code == 403
