"""A value of its own in every field of every format: what a class of ownership does not allow is nowhere – not on the disk, in the graph
or the log, on no page and in no answer of the API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.runtime.house import House
from cmdb.store import Ledger
from discovery.reports.privacy import rules_for
from tests.cast import hire
from tests.compliance.by_source.site import Site
from tests.privacy import canaries
from tests.privacy.canaries import Cage, look_everywhere, remains, send_xml
from web import Services, create_app
from web.auth.limits import limiter
from web.settings import WebSettings

SENDERS: dict[str, Callable[[Site, Cage], str]] = {
    "glpi": canaries.send_glpi,
    "fusioninventory": send_xml("FusionInventory-Agent_v2.6-3", "FusionInventory-Agent_v2.6-3"),
    "ocs": send_xml("OCS-NG_unified_unix_agent_v2.10.0", "OCS-NG_unified_unix_agent_v2.10.0"),
    "osquery": canaries.send_osquery,
    "lynis": canaries.send_lynis,
    "xccdf": canaries.send_xccdf,
    "cyclonedx": canaries.send_cyclonedx,
    "spdx": canaries.send_spdx,
    "native": canaries.send_native,
}
_OSQUERY = {
    "drives.method",
    "firewall.id",
    "interfaces.interface",
    "system.cpu_brand",
    "system.hardware_model",
    "system.hardware_vendor",
    "system.hostname",
}
_NATIVE = {
    *("device.id", "device.hostname", "device.vendor", "device.model", "interfaces.name", "antimalware.name", "antimalware.version"),
    *("os.name", "os.version", "os.edition", "os.arch", "os.kernel", "security.firewall_product", "security.mac_module"),
}
ANYBODYS: dict[str, set[str]] = {
    "osquery": _OSQUERY,
    "lynis": {"lynis.firewall", "lynis.hostname", "lynis.os_kernel_version_full", "lynis.scanner"},
    "xccdf": {"xccdf.host"},
    "cyclonedx": {"bom.name", "bom.tool"},
    "spdx": {"spdx.name", "spdx.tool"},
    "native": _NATIVE,
}
"""What may be left of a personal device's documents; the inventory formats follow the privacy table itself."""
OURS: dict[str, set[str]] = {
    "osquery": {
        *("interfaces.address", "interfaces.mac", "interfaces.mask", "software.name", "software.version"),
        *("system.board_serial", "system.hardware_serial", "system.uuid"),
    },
    "lynis": {"lynis.mac", "software.name", "software.version"},
    "xccdf": {"xccdf.mac", "xccdf.benchmark", "xccdf.profile"},
    "cyclonedx": {"component.name", "component.version", "component.publisher"},
    "spdx": {"package.name", "package.versionInfo"},
    "native": {
        *("device.fqdn", "device.serial", "device.uuid", "device.imei", "interfaces.mac", "interfaces.address", "administrators.login"),
        *("software.name", "software.version", "software.publisher"),
    },
}
"""What may be left beside of a corporate or lent one."""
KEPT_AS_HASH = {"bios.ssn", "hardware.uuid", "networks.mac", "modems.imei"}


def _allowed(name: str, ownership: str) -> set[str]:
    if name in ANYBODYS:
        return ANYBODYS[name] | (OURS[name] if ownership in ("corporate", "loaned") else set())
    rules = rules_for(ownership).sections
    return {f"{section}.{one}" for section, rule in rules.items() for one, whole in rule.keep.items() if whole}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("ownership", ["corporate", "loaned", "personal"])
def test_nothing_forbidden_is_anywhere(embedded_graph: Graph, tmp_path: Path, caplog: pytest.LogCaptureFixture, ownership: str) -> None:
    caplog.set_level("DEBUG")
    folder = tmp_path / "data"
    folder.mkdir()
    with Ledger(folder / "ledger.db") as ledger:
        hire(ledger)
        site = Site(House(Settings(data=folder), embedded_graph, None, ledger, Catalogue.load()), ownership)
        cages = {name: Cage(number * 600) for number, name in enumerate(SENDERS)}
        for name, send in SENDERS.items():
            site.judged(send(site, cages[name]))
        app = create_app(Services(WebSettings(secret_key="a key for tests"), embedded_graph, ledger, site.house.catalogue))
        with app.app_context():
            limiter.reset()
        entry = ledger.intake.list(limit=50)[-1].id
        ids = {"policy_id": "firewall-on", "entry_id": entry, "source": "agent:glpi", "number": "1"}
        text = look_everywhere(site, app, ids, caplog.text, folder)
    assert len(text) > 150, "the walk must reach the pages"
    for name, cage in cages.items():
        left = remains(text, cage)
        assert not {place: where for place, where in left.items() if place not in _allowed(name, ownership)}, name
        assert left, f"{name}: nothing came in at all"
    if ownership == "personal":
        assert not KEPT_AS_HASH & set(remains(text, cages["glpi"])), "as keyed hashes only"
