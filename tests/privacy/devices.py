"""A device with something telling in every field, and where to look for it afterwards."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import orjson

from cmdb.graph.door import Graph
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.model.times import now
from cmdb.privacy.orders import APPLY
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.jobs_work import do_job
from discovery.reports.message import Headers, read_message
from reconciliation import reconcile
from web.agent.desk import Desk

AGENT = "0b9e61f8-0d3f-11ef-9f5b-525400a1b2c3"
HEADERS = Headers("GLPI-Agent_v1.11", AGENT)
FORBIDDEN = (
    "CANSERIAL77",
    "4c4c4544-0042-4a10-8052-canaryuuid00",
    "10.66.77.88",
    "canadmin",
    "canary.example.test",
    "CANMONITOR1",
    "CANBOARD99",
    "c0:ff:ee:12:34:56",
    "candating",
    "canguest",
    "CANDISK555",
    "5EC4E7C4-1111-4222-8333-444455556666",
)
"""What a personal device may not keep, and a corporate one does (those that its report holds)."""
NEVER = ("canenv", "canprocess --password", "canssid", "CANKEY-LICENCE", "canuser-last")
"""What no device may keep."""


_NEVER_KEPT: dict[str, Any] = {
    "envs": [{"key": "SECRET", "val": "canenv"}],
    "processes": [{"cmd": "canprocess --password x", "pid": 1, "user": "root"}],
}


def content() -> dict[str, Any]:
    """A GLPI report's content."""
    return {
        "hardware": {
            "name": "nb7",
            "uuid": "5EC4E7C4-1111-4222-8333-444455556666",
            "chassis_type": "Laptop",
            "memory": 8192,
            "workgroup": "canary.example.test",
            "lastloggeduser": "canuser-last",
            "winprodkey": "CANKEY-LICENCE",
        },
        "bios": {"smanufacturer": "Dell Inc.", "smodel": "Latitude 7420", "ssn": "CANSERIAL77", "msn": "CANBOARD99"},
        "operatingsystem": {
            "name": "Debian GNU/Linux",
            "full_name": "Debian GNU/Linux 12",
            "version": "12",
            "kernel_name": "linux",
            "fqdn": "nb7.canary.example.test",
        },
        "networks": [
            {
                "description": "eth0",
                "macaddr": "c0:ff:ee:12:34:56",
                "mac": "c0:ff:ee:12:34:56",
                "ipaddress": "10.66.77.88",
                "ipmask": "255.255.255.0",
                "status": "up",
                "type": "ethernet",
                "virtualdev": False,
                "wifi_ssid": "canssid",
            }
        ],
        "storages": [
            {
                "name": "nvme0n1",
                "type": "disk",
                "description": "NVMe",
                "disksize": 512000,
                "serial": "CANDISK555",
                "serialnumber": "CANDISK555",
                "model": "SSD",
            }
        ],
        "softwares": [{"name": "firefox-esr", "version": "128.1"}, {"name": "candating", "version": "6.6"}],
        "local_groups": [{"id": "27", "name": "sudo", "member": ["canadmin"]}],
        "monitors": [{"caption": "Office screen", "manufacturer": "DEL", "serial": "CANMONITOR1"}],
        "virtualmachines": [{"name": "canguest", "uuid": "4c4c4544-0042-4a10-8052-b8c04f503532", "status": "running", "vmtype": "kvm"}],
        **_NEVER_KEPT,
    }


def report(house: House, ownership: str, told: dict[str, Any] | None = None, body: bytes = b"") -> str:
    """Send it through the door under a token of that ownership, and apply it. Gives the CI's id."""
    token_id = house.ledger.agent_tokens.add(f"t-{uuid7()}", ownership=ownership)
    token = house.ledger.agent_tokens.find(token_id)
    assert token is not None
    whole = body or orjson.dumps(
        {
            "action": "inventory",
            "deviceid": "nb7-2026-01-02-03-04-05",
            "itemtype": "Computer",
            "content": {"versionclient": "GLPI-Agent_v1.11", **(told or content())},
        }
    )
    entry = Desk(house.ledger).take(read_message(whole, HEADERS if not body else None), token)
    work_off(house)
    result = house.ledger.intake.get(entry).result or {}
    return str(result["items"][0]["ci"])


def say(house: House, ci: str, **values: Any) -> None:
    """A person's edit, applied at once and kept in the ledger, with what follows from it ordered."""
    from cmdb.intake.acts import apply_now
    from cmdb.privacy import orders

    seen = Observation(uuid7(), Source("person", "edit"), now(), (Item("x", "laptop", (Identifier("ci", ci),), values),), actor="otto")
    orders.after(
        house.ledger, apply_now(house.ledger, house.graph, seen, lambda it: reconcile(house.graph, house.catalogue, it)), by="otto"
    )


def carry_out(house: House) -> list[Any]:
    """Do the jobs that wait for privacy; gives their results."""
    from cmdb.runtime import chores

    chores.install()
    done = []
    while (job := house.ledger.jobs.claim([APPLY])) is not None:
        do_job(house, job, threading.Event())
        after = house.ledger.jobs.get(job.id)
        assert after.state == "done", after.reason
        done.append(after.result)
    return done


def graph_text(graph: Graph) -> str:
    """Everything the graph holds, as one text."""
    nodes = graph.read("MATCH (n) RETURN n AS one")
    edges = graph.read("MATCH ()-[r]->() RETURN r AS one")
    return repr(nodes) + repr(edges)


def ledger_bytes(house: House) -> bytes:
    """The bytes of the ledger's files, and what is packed in them, unpacked."""
    import zlib

    path = house.ledger.path
    raw = b"".join(one.read_bytes() for one in path.parent.glob(path.name + "*"))
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT coding, body FROM intake_body").fetchall()
    return raw + b"".join(zlib.decompress(body) if coding == "zlib" else body for coding, body in rows)


def found_in(text: str | bytes, words: tuple[str, ...]) -> list[str]:
    """Which of these words it holds, in any case, with or without punctuation."""
    plain = (text if isinstance(text, str) else text.decode("latin-1")).lower()
    return [word for word in words if word.lower() in plain or word.lower().replace(":", "") in plain]
