"""How other people's worlds speak: exports of any columns, management systems over the API, osquery, and native reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source, Value
from discovery.reports.message import Message
from discovery.reports.observe import Circumstances, observe
from discovery.reports.osquery.logs import Enrolment, Told
from discovery.reports.osquery.take import enrolled, take
from discovery.reports.privacy import clean
from discovery.tables import read_table
from reconciliation.refusing import refused
from tests.population.said import Said
from tests.population.things import Thing, ports_of
from tests.population.voices import catalogue
from web.agent.native import read_native

_KEY = b"p" * 32
_PLATFORMS = {"windows": "windows", "linux": "linux", "macos": "macos"}

Row = tuple[Thing, Mapping[str, str]]
"""A thing, and the cells of its row by column."""


def sheet(rows: Sequence[Row], at: datetime, name: str = "export.csv") -> Said:
    """A table with the columns that its rows name. What a row truly is stands in its description, which identifies nothing."""
    columns = sorted({column for _, cells in rows for column in cells})
    lines = [",".join(("class", "description", *columns))]
    for thing, cells in rows:
        row = (class_of(thing), thing.truth, *(cells.get(column, "") for column in columns))
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in row))
    result = read_table("\n".join(lines).encode(), catalogue(), source_name=name, now=at, judge=refused)
    truth = {item.ref: str(item.attributes["description"]) for item in result.observation.items if "description" in item.attributes}
    if len(truth) != len(rows):
        raise ValueError(f"the table lost rows: {result.errors[:3]}")
    return Said(result.observation, truth)


def class_of(thing: Thing) -> str:
    """The class that people and programs give it."""
    own = {"vm": "virtual_machine", "blade": "server", "ap": "access_point", "bmc": "management_controller", "monitor": "peripheral"}
    return own.get(thing.kind, thing.kind)


Facts = Mapping[str, str | Sequence[str]]
"""Kind of identifier → value or values."""


def api(name: str, at: datetime, told: Sequence[tuple[Thing, Facts]], *, kind: str = "api", cls: str = "") -> Said:
    """What a management system says over the API: identifiers by their kinds, and a name to show."""
    items, truth = [], {}
    for number, (thing, facts) in enumerate(told):
        ref = f"row:{number}"
        identifiers = [
            Identifier(key, one, thing.vendor if key.endswith("serial") else name if key == "external_id" else "")
            for key, value in facts.items()
            for one in ((value,) if isinstance(value, str) else value)
        ]
        shown: dict[str, Value] = {"vendor": thing.vendor} if thing.vendor else {}
        items.append(Item(ref, cls or class_of(thing), tuple(identifiers), shown | {"name": thing.hostname}))
        truth[ref] = thing.truth
    return Said(Observation(uuid7(), Source(kind, name), at, tuple(items)), truth)


def hypervisors_view(name: str, at: datetime, host: Thing, guests: Sequence[tuple[Thing, str]]) -> Said:
    """A manager of virtual machines: the host by serial and UUID, its guests by UUID, card, and the manager's own id and name."""
    serial = Identifier("serial", host.serial, host.vendor)
    items = [
        Item("host", "hypervisor", (serial, Identifier("uuid", host.uuid), Identifier("hostname", host.hostname)), {"name": host.hostname})
    ]
    relations, truth = [], {"host": host.truth}
    for number, (guest, shown) in enumerate(guests):
        ref = f"guest:{number}"
        macs = [Identifier("mac", mac.upper()) for mac in guest.macs]
        known = (Identifier("uuid", guest.uuid), Identifier("external_id", f"vm-{guest.truth}", name), *macs)
        items.append(Item(ref, "virtual_machine", known, {"name": shown}, part="vms"))
        relations.append(Relation("hosted_on", ref, "host", part="vms"))
        truth[ref] = guest.truth
    return Said(Observation(uuid7(), Source("api", name), at, tuple(items), tuple(relations)), truth)


def osquery(thing: Thing, at: datetime, *, installation: str = "") -> Said:
    """What osquery says of its host: the system's row, then its cards. `installation`: the id of the agent's folder."""
    system = {
        "hostname": thing.hostname,
        "uuid": thing.uuid.upper(),
        "hardware_vendor": thing.vendor,
        "hardware_model": thing.model,
        "hardware_serial": thing.serial or "-1",
        "board_serial": thing.board_serial or "-1",
        "board_vendor": thing.vendor,
    }
    os = {"name": "Debian GNU/Linux" if thing.os == "linux" else thing.os, "version": "12", "platform": thing.os}
    who = Enrolment("", thing.hostname, installation or f"osq-{thing.agent_id}", _PLATFORMS[thing.os], "5.20.0", system, os)
    first = enrolled(who, "corporate", _KEY)
    rows: list[Mapping[str, str]] = [
        {"interface": port, "friendly_name": port, "mac": mac, "address": thing.ip if n == 0 else "", "mask": "255.255.255.0", "type": "6"}
        for n, (port, mac, _) in enumerate(ports_of(thing))
    ]
    second = take(first.state, Told(wholes={"system": [system], "interfaces": rows}), "corporate", _KEY)
    seen = observe(second.report, Circumstances(at, ownership="corporate", cls=second.cls, platform=second.platform))
    return Said(seen, {"endpoint": thing.truth})


def native(thing: Thing, at: datetime, *, tool: str = "mdm", key: str = "", macs: Sequence[str] = (), **device: object) -> Said:
    """A native report of some tool. `device` replaces what the tool says of the device."""
    about: dict[str, object] = {
        "id": key or thing.truth,
        "kind": "server" if thing.kind == "blade" else "virtual_machine" if thing.kind == "vm" else thing.kind,
        "hostname": thing.hostname,
        "serial": thing.serial,
        "uuid": thing.uuid,
        "vendor": thing.vendor,
        "model": thing.model,
    } | device
    report = {"format": "moorings-endpoint-report", "version": 1, "tool": {"name": tool}, "device": about}
    if macs:
        report["interfaces"] = [{"name": f"en{n}", "mac": mac} for n, mac in enumerate(macs)]
    message, _ = read_native(
        Message("other", "document", "plain", "native", "", "", query="native", tree=orjson.loads(orjson.dumps(report)))
    )
    seen = observe(clean(message, "corporate", _KEY), Circumstances(at, ownership="corporate"))
    return Said(seen, {"endpoint": thing.truth})
