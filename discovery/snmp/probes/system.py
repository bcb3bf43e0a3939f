"""SNMPv2-MIB system group, the agent's engine id, and the few scalars worth asking of every device in the same breath."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from discovery.snmp.values import Value, mac, number, text

SCALARS: dict[str, str] = {
    "descr": "1.3.6.1.2.1.1.1.0",
    "object_id": "1.3.6.1.2.1.1.2.0",
    "uptime": "1.3.6.1.2.1.1.3.0",
    "contact": "1.3.6.1.2.1.1.4.0",
    "name": "1.3.6.1.2.1.1.5.0",
    "location": "1.3.6.1.2.1.1.6.0",
    "engine_id": "1.3.6.1.6.3.10.2.1.1.0",  # snmpEngineID
    "bridge_mac": "1.3.6.1.2.1.17.1.1.0",  # dot1dBaseBridgeAddress
}

_UNSET = {"", "unknown", "none", "not set", "n/a", "undefined", "default", "(none)", "sysname", "location", "contact"}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class System:
    """What the agent says of itself; empty where it says nothing. `uptime_s` is since the agent (mostly the device) started."""

    descr: str = ""
    object_id: str = ""
    name: str = ""
    contact: str = ""
    location: str = ""
    uptime_s: float | None = None
    engine_id: str = ""
    bridge_mac: str | None = None

    @property
    def hostname(self) -> str:
        """The first label of the name, where the name is a host name at all."""
        return self.name.split(".")[0] if self.is_host_name else ""

    @property
    def fqdn(self) -> str:
        """The whole name where it has a domain."""
        return self.name.rstrip(".") if self.is_host_name and "." in self.name.rstrip(".") and not _is_address(self.name) else ""

    @property
    def is_host_name(self) -> bool:
        """Whether the name could stand in DNS: people also write `Switch, 2nd floor`."""
        return bool(_HOST.fullmatch(self.name)) and not _is_address(self.name)


def parse(values: Mapping[str, Value]) -> System:
    """From the values of `SCALARS`, by OID."""

    def say(name: str) -> str:
        found = text(values.get(SCALARS[name]))
        return "" if found.casefold() in _UNSET else found

    ticks = number(values.get(SCALARS["uptime"]))
    engine = values.get(SCALARS["engine_id"])
    object_id = text(values.get(SCALARS["object_id"]), 250).lstrip(".")
    return System(
        descr=text(values.get(SCALARS["descr"])),
        object_id=object_id if re.fullmatch(r"[0-9]+(\.[0-9]+)*", object_id) else "",
        name=say("name")[:255],
        contact=say("contact"),
        location=say("location"),
        uptime_s=None if ticks is None or ticks < 0 else ticks / 100,
        engine_id=engine.hex() if isinstance(engine, bytes) and 5 <= len(engine) <= 32 else "",
        bridge_mac=mac(values.get(SCALARS["bridge_mac"])),
    )


def _is_address(name: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+", name))
