"""What a device heard from its neighbours, in one form for LLDP and CDP."""

from __future__ import annotations

from dataclasses import dataclass

CHASSIS_SCOPES = {1: "chassis", 2: "ifalias", 3: "port", 4: "mac", 5: "ip", 6: "ifname", 7: "local"}
"""LldpChassisIdSubtype in the words of lldpd, which the SSH probe reads too."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One record. `if_index` is the own interface that heard it. Empty fields were not said: nothing is copied from another record."""

    protocol: str
    if_index: int
    chassis_id: str = ""
    chassis_scope: str = ""
    mac: str | None = None
    serial: str = ""
    name: str = ""
    port: str = ""
    port_mac: str | None = None
    port_descr: str = ""
    descr: str = ""
    platform: str = ""
    addresses: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()

    @property
    def keeps_its_hosts(self) -> bool:
        """Whether other stations may sit behind it on an access port (a phone, a station), unlike a switch or access point."""
        return "telephone" in self.capabilities or (bool(self.capabilities) and self.capabilities <= {"station", "docsis", "other"})


@dataclass(frozen=True, slots=True)
class OwnChassis:
    """How the device names itself to its neighbours."""

    chassis_id: str = ""
    scope: str = ""
    mac: str | None = None
    name: str = ""
