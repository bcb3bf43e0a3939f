"""How a third people's world speaks beside what the others use: documents that only name their host, and leases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from discovery.reports.message import Headers
from tests.population.agents import report_of
from tests.population.foreign_voices import api
from tests.population.said import Said
from tests.population.things import Thing

_XCCDF = "http://checklists.nist.gov/xccdf/1.2"


def benchmark(thing: Thing, at: datetime, *, macs: bool = True) -> Said:
    """A result of OpenSCAP, as recorded: it names the host and its addresses, and no number."""
    facts = [("asset:identifier:host_name", thing.hostname), ("asset:identifier:fqdn", f"{thing.hostname}.{thing.domain}")]
    facts += [("asset:identifier:mac", mac.upper()) for mac in ["00:00:00:00:00:00", *thing.macs] if macs]
    rows = "".join(f'<fact name="urn:xccdf:fact:{name}" type="string">{value}</fact>' for name, value in facts)
    body = (
        f'<TestResult xmlns="{_XCCDF}" id="r"><benchmark id="b"/><target>{thing.hostname}</target><target-facts>{rows}</target-facts>'
        '<rule-result idref="x" severity="high"><result>pass</result></rule-result></TestResult>'
    )
    return Said(report_of(body.encode(), at, Headers("oscap")), {"endpoint": thing.truth})


def audit(thing: Thing, at: datetime) -> Said:
    """Lynis' report, as recorded: host name, addresses of cards and packages."""
    lines = ["# Lynis Report", f"hostname={thing.hostname}", "os=Linux", "os_fullname=Debian 12", "firewall_active=1"]
    lines += [f"network_mac_address[]={mac}" for mac in thing.macs]
    body = "\n".join([*lines, "finish=true", ""])
    return Said(report_of(body.encode(), at, Headers("Lynis")), {"endpoint": thing.truth})


def bill(thing: Thing, at: datetime, *, told: bool = True) -> Said:
    """A bill of material that names its host and nothing else. `told`: whether anything said could tell whose it is."""
    body = (
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "device", "name": "%s"}},'
        ' "components": [{"type": "library", "name": "zlib", "version": "1.3"}]}'
    )
    return Said(report_of((body % thing.hostname).encode(), at, Headers("cdxgen")), {"endpoint": thing.truth} if told else {})


Step: TypeAlias = Callable[[datetime], Said]
"""One thing that is said, whenever it is."""


def lease(thing: Thing, at: datetime, mac: str, *, name: str | None = None, server: str = "dhcp") -> Said:
    """What a DHCP server knows: one card, and the name that its owner asked for."""
    asked = thing.hostname if name is None else name
    facts: Mapping[str, str | Sequence[str]] = {"mac": mac, **({"hostname": asked} if asked else {})}
    shown = thing.but(hostname=asked)
    return api(server, at, [(shown, facts)], cls="device")


def untold(said: Said) -> Said:
    """The same words, of which nobody can tell whom they mean."""
    return Said(said.observation, {})
