"""A device that is known as personal stays so at every door: a row, a program or a person that does not say so is cut all the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cmdb.config import Settings
from cmdb.graph import cis
from cmdb.graph.door import Graph
from cmdb.intake import submit_observation
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from cmdb.model.times import now
from cmdb.privacy.orders import APPLY
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.store import Ledger
from discovery.reports.pseudonym import pseudonym
from reconciliation import reconcile
from tests.privacy.devices import graph_text, ledger_bytes
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor
from web.agent.desk import pseudonym_key
from web.frame.known_personal import known_as_personal
from web.frame.personal import without_what_is_personal

CATALOGUE = Catalogue.load()
SERIAL, IMEI, MAC = "F2LXK1CNRY99", "356938035643809", "3c:52:82:ca:01:09"
SECRETS = (SERIAL, IMEI, IMEI[:14], "3c5282ca0109", "cnry-domain", "cnry-user", "10.77.1.9")


@pytest.fixture
def catalogue() -> Catalogue:
    return CATALOGUE


def body(cls: str = "phone", known: dict[str, str] | None = None, **attributes: Any) -> dict[str, Any]:
    """An observation of a register that says nothing of ownership unless told."""
    item: dict[str, Any] = {"ref": "a", "class": cls, "attributes": attributes}
    item["identifiers"] = [{"kind": kind, "value": value} for kind, value in (known or {}).items()]
    return {"source": {"kind": "import", "name": "old.csv"}, "observed_at": (now() - timedelta(minutes=1)).isoformat(), "items": [item]}


def seen(given: dict[str, Any]) -> Any:
    """Read."""
    return from_json(given, CATALOGUE, now=now())


def registered(graph: Graph, ledger: Ledger, **more: Any) -> str:  # noqa: F811
    """Ada's own phone, as a first table told of it."""
    said = seen(body(known={"serial": SERIAL, "imei": IMEI}, name="ada's phone", hostname="adas-phone", ownership="personal", **more))
    return str(reconcile(graph, CATALOGUE, without_what_is_personal(graph, ledger, CATALOGUE, said)).resolved[0].ci)


@pytest.mark.parametrize(
    ("known", "attributes"),
    [
        ({"serial": SERIAL}, {}),
        ({"imei": IMEI}, {}),
        ({"imei": IMEI[:14]}, {}),
        ({"imei": f"{IMEI[:14]}01"}, {}),
        ({"name": "a phone"}, {"serial": SERIAL}),
        ({"imei": IMEI}, {"ownership": "corporate"}),
        ({"hostname": "adas-phone"}, {}),
        ({"name": "a phone"}, {"hostname": "adas-phone"}),
    ],
    ids=["serial", "imei", "fourteen digits", "with a version", "attribute", "says corporate", "name", "name as attribute"],
)
def test_a_row_that_does_not_say_so_is_cut(
    embedded_graph: Graph,
    ledger: Ledger,  # noqa: F811
    known: dict[str, str],
    attributes: dict[str, str],
) -> None:
    registered(embedded_graph, ledger)
    told = {"primary_ip": "10.77.1.9", "os_version": "18.1", **attributes}
    row = seen(body(known=known, **told))
    (item,) = without_what_is_personal(embedded_graph, ledger, CATALOGUE, row).items
    assert set(item.attributes) <= {"os_version", "ownership", "hostname"}
    assert item.attributes["os_version"] == "18.1"
    assert not {one.kind for one in item.identifiers} & {"serial", "imei", "mac"}


def test_another_device_of_the_same_name_is_not_cut(embedded_graph: Graph, ledger: Ledger) -> None:  # noqa: F811
    phone = registered(embedded_graph, ledger)
    other = seen(body(known={"serial": "DESK12345X", "hostname": "adas-phone"}, primary_ip="10.77.1.9"))
    kept = without_what_is_personal(embedded_graph, ledger, CATALOGUE, other)
    assert dict(kept.items[0].attributes) == dict(other.items[0].attributes)
    assert set(kept.items[0].identifiers) > set(other.items[0].identifiers), "the hash of its number tells it from the phone"
    found = reconcile(embedded_graph, CATALOGUE, kept).resolved[0]
    assert (found.outcome, found.ci == phone) == ("new", False)
    again = seen(body(known={"serial": "DESK12345X", "hostname": "adas-phone"}, primary_ip="10.77.1.10"))
    assert without_what_is_personal(embedded_graph, ledger, CATALOGUE, again) is again, "its number finds itself"


def test_it_stays_one_device_and_nothing_reaches_disk_or_graph(
    visit: Callable[[str], Visitor],  # noqa: F811
    program: Callable[[str], FlaskClient],  # noqa: F811
    embedded_graph: Graph,
    ledger: Ledger,  # noqa: F811
    tmp_path: Path,
) -> None:
    phone = registered(embedded_graph, ledger)
    table = f"class,serial,imei,primary_ip,os_version\nphone,{SERIAL},{IMEI},10.77.1.9,18.1\n"
    ada = visit("ada")
    checked = ada.post("/imports/new", {"file": (io.BytesIO(table.encode()), "register.csv")})
    assert ada.post(checked.headers["Location"], {}).status_code == 303
    reply = program("administrator").post("/api/v1/observations", json=body(known={"imei": IMEI[:14], "mac": MAC}, primary_ip="10.77.1.9"))
    assert reply.status_code == 202, reply.text
    house = House(Settings(data=tmp_path), embedded_graph, None, ledger, CATALOGUE)
    work_off(house)
    assert [one["ci"] for entry in ledger.intake.list() for one in (entry.result or {})["items"]] == [phone, phone]
    text = graph_text(embedded_graph) + ledger_bytes(house).decode("latin-1")
    assert not [word for word in SECRETS if word.casefold() in text.casefold()]
    assert cis.get(embedded_graph, phone)["os_version"] == "18.1"
    assert not ledger.jobs.list(kind=APPLY), "there is nothing to take out again"


def test_what_the_door_cannot_see_is_taken_out_again(embedded_graph: Graph, ledger: Ledger, tmp_path: Path) -> None:  # noqa: F811
    """The graph was away when it came: the observation is applied, and the order to take it out is given with it."""
    phone = registered(embedded_graph, ledger)
    house = House(Settings(data=tmp_path), embedded_graph, None, ledger, CATALOGUE)
    whole = seen(body(known={"hostname": "adas-phone"}, primary_ip="10.77.1.9"))
    submit_observation(ledger, whole, actor="robot")
    work_off(house)
    (job,) = ledger.jobs.list(kind=APPLY)
    assert job.args["ci"] == phone


def test_a_persons_edit_keeps_the_hash_and_says_so(
    visit: Callable[[str], Visitor],  # noqa: F811
    program: Callable[[str], FlaskClient],  # noqa: F811
    embedded_graph: Graph,
    ledger: Ledger,  # noqa: F811
    tmp_path: Path,
) -> None:
    said = seen(body(cls="laptop", known={"hostname": "adas-own"}, name="ada's own", hostname="adas-own", ownership="personal"))
    laptop = str(reconcile(embedded_graph, CATALOGUE, without_what_is_personal(embedded_graph, ledger, CATALOGUE, said)).resolved[0].ci)
    reply = program("administrator").patch(
        f"/api/v1/cis/{laptop}",
        json={"attributes": {"serial": SERIAL, "domain": "cnry-domain", "description": "blue"}, "reason": "typed"},
    )
    assert reply.status_code == 200, reply.text
    assert reply.get_json()["left_out"] == ["domain", "serial"]
    row = cis.get(embedded_graph, laptop)
    assert row["description"] == "blue"
    assert not row.get("serial")
    house = House(Settings(data=tmp_path), embedded_graph, None, ledger, CATALOGUE)
    text = graph_text(embedded_graph) + ledger_bytes(house).decode("latin-1")
    assert not [word for word in SECRETS if word.casefold() in text.casefold()]
    hashed = pseudonym("bios.ssn", SERIAL, pseudonym_key(ledger, "personal"))
    assert hashed in {one["value"] for one in cis.identifiers(embedded_graph, laptop)}, "its agent is recognised by it"
    ada = visit("ada")
    shown = ada.post(f"/cis/{laptop}/edit", {"a_serial": "OTHER77XK2", "o_serial": "", "reason": "typed", "step": "save"}, follow=True)
    assert "The device is personal, so this was not kept as you typed it: Serial number" in shown.text


def test_who_makes_it_corporate_may_tell_its_number(program: Callable[[str], FlaskClient], embedded_graph: Graph, ledger: Ledger) -> None:  # noqa: F811
    phone = registered(embedded_graph, ledger)
    given = {"attributes": {"ownership": "corporate", "serial": SERIAL}, "reason": "bought"}
    assert program("administrator").patch(f"/api/v1/cis/{phone}", json=given).status_code == 200
    assert cis.get(embedded_graph, phone)["serial"] == SERIAL


def test_nothing_is_asked_where_there_is_no_device(embedded_graph: Graph) -> None:
    with embedded_graph.counting() as counter:
        assert not known_as_personal(embedded_graph, CATALOGUE, b"key", []).personal
    assert counter.queries == 0
