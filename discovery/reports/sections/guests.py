"""Virtual machines and containers that live on the reporting machine."""

from __future__ import annotations

import re

from cmdb.model.observation import Identifier, Item, Relation, Value
from discovery.reports.report import Row
from discovery.reports.sight import DEVICE, Sight
from discovery.reports.tables import table
from discovery.reports.values import MEBI, count, size, text

MAX_GUESTS = 5000
_MACS = re.compile(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def read(sight: Sight) -> None:
    """Guests with hosted_on; containers of an engine as parts of their host."""
    containers = table("classes")["vm_types_of_containers"]
    seen: set[str] = set()
    for row in sight.report.rows("virtualmachines")[:MAX_GUESTS]:
        name = text(row.get("name"))
        kind = text(row.get("vmtype") or row.get("subsystem")).lower()
        item = _container(row, name) if kind in containers else _machine(sight, row, name)
        if item is None or item.ref in seen:
            continue
        seen.add(item.ref)
        sight.items.append(item)
        if item.cls == "virtual_machine":
            sight.relations.append(Relation("hosted_on", item.ref, DEVICE, part="vms"))
    sight.look_by("vms", "virtualmachines")
    sight.look_by("containers", "virtualmachines")


def _machine(sight: Sight, row: Row, name: str) -> Item | None:
    unique = text(row.get("uuid"))
    identifiers = [Identifier("uuid", unique)] if _UUID.fullmatch(unique) else []
    identifiers += [Identifier("mac", mac.lower()) for mac in _MACS.findall(text(row.get("mac")))[:64]]
    if text(row.get("serial")):
        identifiers.append(Identifier("serial", text(row.get("serial"))))
    if name and (host := _host(sight)):
        # The key under which this agent knows its guest; the name alone is not unique among hosts.
        identifiers.append(Identifier("external_id", f"{host}/{name}", "agent-guest"))
    if not name or not identifiers:
        return None
    values: dict[str, Value] = {
        "name": name,
        "cpu_count": count(row.get("vcpu"), 65_536),
        "memory_bytes": size(row.get("memory"), MEBI),
        "virtualization": text(row.get("subsystem") or row.get("vmtype")).lower(),
    }
    return Item(
        f"vm:{unique or name}", "virtual_machine", tuple(identifiers), {k: v for k, v in values.items() if v not in (None, "")}, part="vms"
    )


def _host(sight: Sight) -> str:
    """Which host speaks of the guest: its agent, or for one that is asked from elsewhere, whose device id is new each time, its UUID."""
    report = sight.report
    own = text(report.one("hardware").get("uuid"))
    return own if sight.cls == "hypervisor" and not report.agent_id and own else report.subject


def _container(row: Row, name: str) -> Item | None:
    number = text(row.get("uuid") or row.get("vmid"))
    identifiers = [Identifier("container_id", number)] if number else []
    identifiers += [Identifier("container_name", name)] if name else []
    if not identifiers:
        return None
    values: dict[str, Value] = {"name": name, "image": text(row.get("image")), "state": text(row.get("status")), "container_id": number}
    return Item(
        f"container:{number or name}", "container", tuple(identifiers), {k: v for k, v in values.items() if v}, DEVICE, "containers"
    )
