"""A table or a program that calls a device personal: what its class does not allow is gone before anything is kept."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier, Item, Observation
from cmdb.model.observation_json import from_json
from cmdb.privacy.kept import kept_for
from cmdb.runtime.house import House
from cmdb.store import Ledger
from discovery.reports.pseudonym import pseudonym, pseudonymous
from reconciliation import reconcile
from tests.compliance.by_source.site import Site
from tests.discovery.reports.made import glpi, windows_content
from tests.privacy.devices import graph_text, ledger_bytes
from tests.web.conftest import app, cast, ledger, program, services, visit  # noqa: F401 - fixtures
from tests.web.visitor import Visitor
from web.agent.desk import pseudonym_key
from web.frame.personal import _cut, without_what_is_personal

CATALOGUE = Catalogue.load()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SERIAL, IMEI, ADDRESS, MAC = "F2LXK1CNRY99", "356938035643809", "10.77.1.9", "3c:52:82:ca:01:09"
FORBIDDEN = (SERIAL, IMEI, ADDRESS, MAC, "cnry-domain", "cnry-user", "cnry-program")


@pytest.fixture
def catalogue() -> Catalogue:
    return CATALOGUE


def _item(ownership: str = "personal", **more: Any) -> dict[str, Any]:
    attributes = {
        "name": "ada's laptop",
        "hostname": "ada-own",
        "serial": SERIAL,
        "imei": IMEI,
        "primary_ip": ADDRESS,
        "domain": "cnry-domain",
        "logged_in_users": ["cnry-user"],
        "os_family": "linux",
        "os_version": "12",
        "disk_encrypted": True,
        "ownership": ownership,
    }
    known = [{"kind": "serial", "value": SERIAL}, {"kind": "imei", "value": IMEI}, {"kind": "mac", "value": MAC}]
    programs = [{"name": "cnry-program", "version": "1"}, {"name": "Mozilla Firefox", "version": "140"}]
    phone = {name: value for name, value in attributes.items() if name in CATALOGUE.cls("laptop").attributes}
    return {"ref": "a", "class": "laptop", "identifiers": known, "attributes": phone, "software": programs, **more}


def _body(*items: dict[str, Any], relations: list[dict[str, str]] | None = None) -> dict[str, Any]:
    source = {"kind": "import", "name": "own.csv"}
    return {"source": source, "observed_at": "2026-11-22T10:00:00Z", "items": list(items), "relations": relations or []}


def _whole(ownership: str = "personal") -> dict[str, Any]:
    owner = {"ref": "o", "class": "person", "identifiers": [{"kind": "email", "value": "ada@example.org"}], "attributes": {"name": "Ada"}}
    relations = [{"type": "used_by", "from": "a", "to": "o"}]
    return _body(_item(ownership), owner, relations=relations)


def _kept(graph: Graph, ledger: Ledger, body: dict[str, Any]) -> Observation:  # noqa: F811
    return without_what_is_personal(graph, ledger, CATALOGUE, from_json(body, CATALOGUE, now=NOW))


def test_what_is_kept_of_a_personal_laptop(embedded_graph: Graph, ledger: Ledger) -> None:  # noqa: F811
    said = _kept(embedded_graph, ledger, _whole())
    device, person = said.items
    key = pseudonym_key(ledger, "personal")
    assert dict(device.attributes) == {
        "name": "ada's laptop",
        "hostname": "ada-own",
        "os_family": "linux",
        "os_version": "12",
        "disk_encrypted": True,
        "ownership": "personal",
    }
    assert [(one.kind, one.scope) for one in device.identifiers] == [
        ("external_id", "serial-hash"),
        ("external_id", "imei-hash"),
        ("agent_id", ""),
    ]
    assert device.identifiers[0].value == pseudonym("bios.ssn", SERIAL, key)
    assert [one.name for one in device.software or ()] == ["Mozilla Firefox"]
    assert [(one.part, one.state) for one in said.coverage if one.item == device.ref] == [("software", "partial")]
    assert [(one.type, one.source, one.target) for one in said.relations] == [("used_by", device.ref, "o")]
    assert device.ref == "personal-1", "the ref of a table's row quotes its number"
    assert person.attributes["name"] == "Ada"


@pytest.mark.parametrize("ownership", ["corporate", "loaned"])
def test_the_others_are_left_as_they_are(embedded_graph: Graph, ledger: Ledger, ownership: str) -> None:  # noqa: F811
    whole = from_json(_whole(ownership), CATALOGUE, now=NOW)
    assert without_what_is_personal(embedded_graph, ledger, CATALOGUE, whole) is whole


@given(
    st.dictionaries(st.sampled_from(sorted(CATALOGUE.cls("laptop").attributes)), st.text(min_size=1, max_size=20), max_size=12),
    st.lists(st.tuples(st.sampled_from(["serial", "uuid", "mac", "imei", "fqdn", "ip", "hostname", "agent_id"]), st.text(min_size=4))),
)
@settings(max_examples=200, deadline=None)
def test_nothing_that_the_table_forbids_comes_through(attributes: dict[str, str], known: list[tuple[str, str]]) -> None:

    item = Item("a", "laptop", tuple(Identifier(kind, value) for kind, value in known), {**attributes, "ownership": "personal"})
    kept, cut = kept_for("personal"), _cut(item, kept_for("personal"), b"key")
    assert all(kept.attribute(name) and not kept.hashed(name) for name in cut.attributes)
    hashed = {one for known_one in item.identifiers if (one := pseudonymous(known_one, b"key")) is not None}
    assert all(one in hashed or kept.identifier(one.kind) for one in cut.identifiers)
    assert cut.attributes.items() <= item.attributes.items()


def test_its_agent_is_recognised_later(embedded_graph: Graph, tmp_path: Path) -> None:
    """The serial number of the table and that of the report are the same keyed hash: one device, not two."""
    with Ledger(tmp_path / "ledger.db") as kept:
        site = Site(House(Settings(data=tmp_path), embedded_graph, None, kept, CATALOGUE), "personal")
        content = windows_content()
        serial = str(content["bios"]["ssn"])
        item = _item() | {"identifiers": [{"kind": "serial", "value": serial, "scope": "lenovo"}]}
        table = _kept(embedded_graph, kept, _body(item))
        registered = reconcile(embedded_graph, CATALOGUE, table).resolved[0].ci
        assert site.send(glpi(content), **{"User-Agent": "GLPI-Agent_v1.11"}) == registered


def test_no_door_keeps_more(
    visit: Callable[[str], Visitor],  # noqa: F811
    program: Callable[[str], FlaskClient],  # noqa: F811
    embedded_graph: Graph,
    ledger: Ledger,  # noqa: F811
    tmp_path: Path,
) -> None:
    table = (
        "class,name,serial,imei,primary_ip,os_family,os_version,ownership\n"
        f"phone,ada's phone,{SERIAL},{IMEI},{ADDRESS},ios,18.1,personal\n"
        "phone,desk phone,DESK12345X,,10.77.1.10,android,14,corporate\n"
    )
    ada = visit("ada")
    checked = ada.post("/imports/new", {"file": (io.BytesIO(table.encode()), "own.csv")})
    assert ada.post(checked.headers["Location"], {}).status_code == 303
    reply = program("administrator").post("/api/v1/observations", json=_whole())
    assert reply.status_code == 202, reply.text
    house = House(Settings(data=tmp_path), embedded_graph, None, ledger, CATALOGUE)
    left = ledger_bytes(house).decode("latin-1")
    assert not [word for word in FORBIDDEN if word in left or word.replace(":", "") in left]
    assert "DESK12345X" in left, "a corporate one is kept as it is"
    assert json.dumps("ada's phone").strip('"') in left
    assert not [word for word in FORBIDDEN if word in graph_text(embedded_graph)]
