"""Network interfaces: one item for each, its addresses on it; and which of them tell this machine from others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from cmdb.model.observation import Identifier, Item, Value
from discovery.reports.privacy import HASHED
from discovery.reports.report import Row
from discovery.reports.sight import DEVICE, Sight
from discovery.reports.tables import table
from discovery.reports.values import MEGA, address, number, text, truth

MAX_PORTS = 2000
MAX_ADDRESSES = 1000
_MAC = re.compile(r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}", re.IGNORECASE)
_ZERO = re.compile(r"[0:.-]+")
_FASTEST = 1_000_000
"""Mbit/s: agents send 4294967295 and 9223372036854.78 for "unknown" (measured)."""


@dataclass(slots=True)
class _Port:
    """One interface; the agents send a row for each address."""

    name: str
    row: Row
    addresses: dict[str, None] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _not_of_the_machine() -> tuple[re.Pattern[str], tuple[str, ...]]:
    rules = table("interfaces")
    words = [f"^{re.escape(w[1:])}" if w.startswith("^") else re.escape(w) for w in (*rules["software_made"], *rules["lent"])]
    return re.compile("|".join(words)), (*rules["software_made_pnp"], *rules["lent_pnp"])


def read(sight: Sight) -> None:
    """Interfaces, their addresses, and the addresses of real ports as identity."""
    ports = _gather(sight.report.rows("networks"))
    macs: dict[str, None] = {}
    own: list[str] = []
    for port in ports.values():
        mac = mac_of(port.row)
        sight.items.append(_item(port, mac))
        if mac:
            macs[mac] = None
        if tells_apart(port.row):
            sight.know("mac", mac)
            hashed = text(port.row.get("mac" + HASHED))
            sight.know("agent_id", f"mac-hash:{hashed}" if hashed else "")
        if text(port.row.get("type")).lower() != "loopback":
            own.extend(port.addresses)
    plain = [a.split("/")[0] for a in own]
    routable = [a for a in plain if not a.startswith(("fe80", "127.", "169.254."))]
    sight.say(ip_addresses=tuple(dict.fromkeys(plain))[:MAX_ADDRESSES], mac_addresses=tuple(macs)[:MAX_ADDRESSES])
    sight.say(primary_ip=_primary(sight, routable))
    _look(sight)


def _look(sight: Sight) -> None:
    sight.look_by("interfaces", "networks")
    sight.look_by("addresses", "networks")
    if sight.report.has("networks") and sight.report.ownership not in ("corporate", "loaned"):
        sight.look("addresses", "not_looked", "not kept for a personal device")


def _primary(sight: Sight, routable: list[str]) -> str:
    """The first address the agent lists as the machine's own, else the first of a port."""
    listed = text(sight.report.one("hardware").get("ipaddr")).split("/")
    return next((a for a in listed if a in routable), routable[0] if routable else "")


def _gather(rows: list[Row]) -> dict[str, _Port]:
    ports: dict[str, _Port] = {}
    for row in rows[: MAX_PORTS * 10]:
        name = text(row.get("base") or row.get("description"))
        if not name:
            continue
        if len(ports) >= MAX_PORTS and name not in ports:
            break
        port = ports.setdefault(name, _Port(name, row))
        if not mac_of(port.row) and mac_of(row):
            port.row = {**row, **port.row, "mac": row["mac"]}
        for found in (address(row.get("ipaddress"), row.get("ipmask")), address(row.get("ipaddress6"), row.get("ipmask6"))):
            if found:
                port.addresses[found] = None
    return ports


def mac_of(row: Row) -> str:
    """The address in `mac`, lower case with colons; empty for none and for all zeroes."""
    mac = text(row.get("mac")).lower().replace("-", ":")
    return mac if _MAC.fullmatch(mac) and not _ZERO.fullmatch(mac) else ""


def tells_apart(row: Row) -> bool:
    """Whether the port's address belongs to this machine: not made by software, not lent by a dock, not of its management controller."""
    pattern, pnp = _not_of_the_machine()
    name = text(row.get("base") or row.get("description")).lower()
    if (
        truth(row.get("virtualdev"))
        or truth(row.get("management"))
        or text(row.get("type")).lower() in ("loopback", "bridge", "alias", "aggregate", "bluetooth")
    ):
        return False
    return not pattern.search(name) and not text(row.get("pnpdeviceid")).lower().startswith(pnp)


def _item(port: _Port, mac: str) -> Item:
    row = port.row
    kind = text(row.get("type")).lower()
    values: dict[str, Value] = {
        "name": port.name,
        "if_type": table("interfaces")["types"].get(kind, kind or ("virtual" if truth(row.get("virtualdev")) else "")),
        "mac": mac,
        "speed_bps": _speed(row.get("speed")),
        "mtu": _whole(row.get("mtu")),
        "oper_up": {"up": True, "down": False}.get(text(row.get("status")).lower()),
        "addresses": tuple(port.addresses)[:MAX_ADDRESSES],
    }
    return Item(
        ref=f"if:{port.name}",
        cls="interface",
        identifiers=(Identifier("if_name", port.name),),
        attributes={k: v for k, v in values.items() if v not in (None, "", ())},
        parent=DEVICE,
        part="interfaces",
    )


def _speed(value: object) -> int | None:
    found = number(value)
    return int(found * MEGA) if found is not None and 0 < found <= _FASTEST else None


def _whole(value: object) -> int | None:
    found = number(value)
    return int(found) if found is not None and 0 < found < 2**31 else None
