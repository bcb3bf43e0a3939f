"""Each entry of the sample organisation to the door it would come by: the intake, as files, scans and agents do; loans at the desk."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

import orjson

from cmdb.errors import CmdbError
from cmdb.graph import cis, loans
from cmdb.intake import submit_observation
from cmdb.intake.acts import apply_now
from cmdb.inventory import listing
from cmdb.loans.desk import Desk, facts
from cmdb.loans.scan import find_device
from cmdb.model import times
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation
from cmdb.runtime.house import House
from cmdb.sample.stream import Entry, LoanOrder
from discovery.reports.intake import KIND
from discovery.reports.message import Headers, read_message
from discovery.reports.platform import kind_of
from discovery.reports.privacy import clean, ownership_class
from discovery.tables import read_table
from reconciliation import reconcile
from web.agent.desk import PSEUDONYM_KEY
from web.agent.native import read_native

ACTOR = "sample"
_AGENT = Headers(user_agent="GLPI-Agent_v1.11")


def bring(house: House, entry: Entry, now: datetime) -> None:
    """Hand the entry in; on return it is kept and not applied yet (a loan is done at once). Raises what its door raises."""
    if entry.door == "table":
        table = read_table(entry.body, house.catalogue, source_name=entry.name, now=now)
        if table.errors:
            raise CmdbError(f"{entry.name}: {table.errors[0]}")
        submit_observation(house.ledger, table.observation, actor=ACTOR)
    elif entry.door in ("report", "script"):
        _report(house, entry, now)
    elif entry.observation is not None:
        submit_observation(house.ledger, entry.observation, actor=entry.observation.actor or ACTOR)
    elif entry.loan is not None:
        lend(house, entry.loan)


def _report(house: House, entry: Entry, now: datetime) -> None:
    """As the agent door does, but received when the sample says: some endpoints are silent for weeks."""
    message = read_message(entry.body, _AGENT)
    if entry.door == "script":
        message, _ = read_native(message)
    key = bytes.fromhex(str(house.ledger.settings.keep(PSEUDONYM_KEY, secrets.token_hex(32))))
    report = clean(message, entry.ownership, key if ownership_class(entry.ownership) == "personal" else b"")
    meta = {
        "subject": f"agent:{report.subject}",
        "received_at": times.to_text(entry.at or now),
        "site": entry.site,
        "ownership": entry.ownership,
        "product": report.product,
        "agent": report.agent,
        "cls": kind_of(report),
    }
    house.ledger.intake.accept(KIND, report.to_bytes(), meta=meta)


def lend(house: House, order: LoanOrder) -> bool:
    """The loan as it was noted then. False: this device has a loan already, or device or person are not there."""
    desk = Desk(house.graph, house.catalogue)
    devices = find_device(house.graph, house.catalogue, order.tag)
    people = [row for row in listing.find(house.graph, order.email, limit=5) if row["class"] == "person"]
    if len(devices) != 1 or not people or desk.of_device(devices[0]["id"]):
        return False
    number = uuid7()
    props = {
        "id": number,
        "state": "open",
        "out_at": times.to_text(order.out_at),
        "due_on": order.due_on,
        "note": "",
        "condition_out": "good",
        "actor_out": ACTOR,
        "returned_at": "",
        "accessories": _accessories(order.accessories),
    }
    device, person = devices[0]["id"], str(people[0]["id"])
    loans.open_loan(house.graph, [{"id": number, "device": device, "person": person, "props": props}])
    known = desk.loan(number)
    cls = str(cis.get(house.graph, device)["class"])
    _tell(house, facts(known, cls))
    if order.returned_at is not None:
        done = desk.check_in(number, actor=ACTOR)
        _tell(house, replace(facts(done, cls), actor=ACTOR))
    return True


def _tell(house: House, seen: Observation) -> None:
    apply_now(house.ledger, house.graph, seen, lambda said: reconcile(house.graph, house.catalogue, said))


def _accessories(names: tuple[str, ...]) -> str:
    return orjson.dumps([{"name": name, "quantity": 1, "returned": 0, "ci": ""} for name in names]).decode()
