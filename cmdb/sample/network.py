"""What an SNMP scan of the sample's network says: redundant core, access switches, firewalls, power. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.model.observation import Observation
from cmdb.sample.plan import SITES, Organisation
from cmdb.sample.seen import Seen

PORTS = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A network device: `uplinks` are the boxes above it."""

    name: str
    cls: str
    model: str
    serial: str
    mac: str
    site: str
    role: str
    address: str
    uplinks: tuple[str, ...] = ()


def boxes(made: Organisation) -> list[Box]:
    """Two core switches per site, joined between the sites by two routers each; access switches hang on both cores."""
    found: list[Box] = []
    for place, (site, _, _) in enumerate(SITES):
        short = site[:3].lower()

        def box(
            name: str, cls: str, model: str, role: str, uplinks: tuple[str, ...], short: str = short, site: str = site, place: int = place
        ) -> None:
            number = len(found) + 1
            mac = f"00:1c:73:00:{place:02x}:{number:02x}"
            address = f"10.0.{place}.{number}"
            found.append(Box(f"{short}-{name}", cls, model, f"FOC26{number:02d}{short.upper()}", mac, site, role, address, uplinks))

        routers = tuple(f"{short}-rtr{n}" for n in (1, 2))
        cores = tuple(f"{short}-core{n}" for n in (1, 2))
        above = ("par-rtr1", "par-rtr2") if place else ()
        for n in (1, 2):
            box(f"rtr{n}", "router", "C8300-1N1S", "core" if place == 0 else "edge", above)
        for n in (1, 2):
            box(f"core{n}", "switch", "C9500-24Y4C", "distribution", routers)
        box("fw1", "firewall", "FortiGate 100F", "edge", cores)
        for n in range(1, made.times(5 if place == 0 else 3) + 1 if place == 0 else 4):
            # The last access switch of each site has a single uplink: a finding for whoever looks.
            box(f"acc{n}", "switch", "C9300-48P", "access", cores if n != 3 else cores[:1])
    return found


def network(made: Organisation) -> Iterator[Observation]:
    """One SNMP observation per device, with its ports and the neighbours heard on them."""
    known = {box.name: box for box in boxes(made)}
    endpoints = [e for e in made.endpoints if e.cls != "phone"]
    access = [box for box in known.values() if box.role == "access"]
    for box in known.values():
        seen = Seen("snmp", "scan", made.now)
        fortinet = box.cls == "firewall"
        said = {
            "name": box.name,
            "vendor": "Fortinet" if fortinet else "Cisco",
            "model": box.model,
            "primary_ip": box.address,
            "role": box.role,
        }
        said |= {"os_name": "FortiOS" if fortinet else "IOS-XE", "os_version": "7.4.5" if fortinet else "17.12.4"}
        shown = {"serial": f"{box.serial}@@Cisco", "mac": box.mac, "hostname": box.name, "chassis_id": f"{box.mac}@@mac"}
        seen.item(box.name, box.cls, shown, said)
        for port in range(1, PORTS + 1):
            seen.item(
                f"{box.name}/{port}",
                "interface",
                {"if_name": f"Gi1/0/{port}"},
                {"if_index": port, "speed_bps": 10**9, "oper_up": port < 20, "if_type": "ethernet"},
                inside=box.name,
            )
        for number, other in enumerate(box.uplinks, start=1):
            far = known[other]
            seen.item(other, far.cls, {"chassis_id": f"{far.mac}@@mac", "hostname": other})
            port = 4 + list(known).index(box.name) % (PORTS - 6)
            seen.item(f"{other}/{port}", "interface", {"if_name": f"Gi1/0/{port}"}, inside=other)
            seen.relate("connected_to", f"{box.name}/{number}", f"{other}/{port}", part="neighbours")
        if box.role == "access":
            _stations(seen, box, access.index(box), len(access), endpoints)
        seen.item(f"site {box.site}", "site", {"name": box.site})
        seen.relate("located_in", box.name, f"site {box.site}")
        seen.looked(box.name, "identity", "interfaces", "neighbours")
        yield seen.done()


def _stations(seen: Seen, box: Box, place: int, count: int, endpoints: list) -> None:  # type: ignore[type-arg]
    """End hosts heard on access ports: a share of the office's endpoints, and on one port something nobody knows."""
    for number, endpoint in enumerate(endpoints[place :: count * 4][: PORTS - 8]):
        ref = f"host {endpoint.mac}"
        seen.item(ref, "device", {"mac": endpoint.mac})
        seen.relate("connected_to", f"{box.name}/{number + 4}", ref, part="neighbours")
    if place == 1:
        seen.item("unknown", "device", {"mac": "d8:3a:dd:0b:ad:01"}, {"ip_addresses": ("10.20.7.77",)})
        seen.relate("connected_to", f"{box.name}/{PORTS - 2}", "unknown", part="neighbours")
