"""What the recordings of the three agents, made on one host in one minute, must come out as."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import orjson
from lxml import etree

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from discovery.reports.message import Headers, read_message
from discovery.reports.wire import unwrap
from tests.discovery.reports.made import endpoint, identified, look, observed

Read = Callable[[str], bytes]
FUSION = "fusioninventory-agent-2.6/02-inventory.request.xml"
OCS = "ocsinventory-agent-2.10.0/02-inventory-with-tag.request.xml"
GLPI_FULL = "glpi-agent-1.12-dev/03-inventory-full.request.json"
GLPI_PARTIAL = "glpi-agent-1.12-dev/04-inventory-partial.request.json"
GLPI_FILTERED = "glpi-agent-1.12-dev/05-inventory-no-category.first-20-softwares.request.json"
HEADERS = {
    FUSION: Headers("FusionInventory-Agent_v2.6-3"),
    OCS: Headers("OCS-NG_unified_unix_agent_v2.10.0"),
    GLPI_FULL: Headers("GLPI-Agent_v1.12-dev", "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8"),
    GLPI_PARTIAL: Headers("GLPI-Agent_v1.12-dev", "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8"),
    GLPI_FILTERED: Headers("GLPI-Agent_v1.12-dev", "056fb9f6-e69c-11f1-89ac-728dfffb8fe8"),
}


def _of(recording: Read, name: str, ownership: str = "corporate", **meta: str) -> Observation:
    return observed(zlib.compress(recording(name)), ownership, HEADERS[name], **meta)


def _pairs(observation: Observation) -> set[tuple[str, str]]:
    return {(s.name, s.version) for s in endpoint(observation).software or ()}


def test_the_904_packages_are_the_same_for_all_three(recording: Read) -> None:
    fusion, ocs, glpi = (_pairs(_of(recording, name)) for name in (FUSION, OCS, GLPI_FULL))
    assert len(fusion) == 904
    assert fusion == ocs == glpi
    rows = etree.fromstring(unwrap(recording(OCS))[0]).iterfind("CONTENT/SOFTWARES")
    as_sent = {(row.findtext("NAME"), row.findtext("VERSION")) for row in rows}
    assert len(as_sent & fusion) == 445


def test_architecture_stands_apart_from_the_name(recording: Read) -> None:
    for name in (FUSION, OCS, GLPI_FULL):
        software = {s.name: s for s in endpoint(_of(recording, name)).software or ()}
        assert (software["binutils-common"].arch, software["binutils-common"].ecosystem) == ("amd64", "deb")
        assert software["adduser"].arch == "all"
        assert not [s for s in software if s.endswith(":amd64")]


def test_each_product_speaks_under_its_own_name(recording: Read) -> None:
    sources = {name: _of(recording, name).source.key for name in HEADERS}
    assert sources == {
        FUSION: "agent:fusioninventory",
        OCS: "agent:ocs",
        GLPI_FULL: "agent:glpi",
        GLPI_PARTIAL: "agent:glpi",
        GLPI_FILTERED: "agent:glpi",
    }
    assert endpoint(_of(recording, OCS)).attributes["agent_version"] == "OCS-NG_unified_unix_agent 2.10.0"
    assert endpoint(_of(recording, FUSION)).attributes["agent_version"] == "FusionInventory-Agent 2.6-3"


def test_os_version_is_the_distributions_and_not_the_kernels(recording: Read) -> None:
    fusion, ocs = (endpoint(_of(recording, name)).attributes for name in (FUSION, OCS))
    assert (fusion["os_name"], fusion["os_version"], fusion["kernel_version"]) == ("Debian GNU/Linux", "12.11", "6.18.44-fc-v669")
    assert (ocs["os_name"], ocs["os_version"]) == ("Debian GNU/Linux", "12")
    assert "kernel_version" not in ocs
    assert fusion["os_family"] == ocs["os_family"] == "linux"
    assert fusion["os_arch"] == ocs["os_arch"] == "x86_64"


def test_hardware_agrees_across_vocabularies(recording: Read) -> None:
    for name in (FUSION, OCS, GLPI_FULL):
        values = endpoint(_of(recording, name)).attributes
        assert values["cpu_model"] == "AMD EPYC"
        assert values["cpu_count"] == 2, name
        assert values["memory_bytes"] == 24105 * 1024 * 1024


def test_identity_is_the_real_port_and_the_installation(recording: Read) -> None:
    fusion = identified(endpoint(_of(recording, FUSION)))
    assert fusion == {("agent_id", "vm-2026-11-22-17-35-43", ""), ("hostname", "vm", ""), ("mac", "02:fc:00:00:00:01", "")}
    ocs = identified(endpoint(_of(recording, OCS)))
    assert {i for i in ocs if i[0] == "mac"} == {("mac", "02:fc:00:00:00:01", "")}, "ifb0 is called ethernet by OCS and is made by software"
    glpi = identified(endpoint(_of(recording, GLPI_FULL)))
    assert ("agent_id", "659f3d54-e69e-11f1-b6a9-cd8dfffb8fe8", "") in glpi
    assert ("agent_id", "vm-2026-11-22-17-59-00", "") in glpi


def test_interfaces_gather_their_addresses(recording: Read) -> None:
    ports = {i.attributes["name"]: i for i in _of(recording, GLPI_FULL).items if i.cls == "interface"}
    assert sorted(map(str, ports)) == ["eth0", "ifb0", "ifb1", "lo"]
    assert ports["eth0"].attributes["addresses"] == ("192.0.2.2/24", "fd00::2/64", "fe80::fc:ff:fe00:1/64")
    assert "mac" not in ports["lo"].attributes
    assert ports["lo"].attributes["addresses"] == ("127.0.0.1/8", "::1"), "fff0:: is no mask of ::1"
    assert "speed_bps" not in ports["eth0"].attributes, "4294967295 Mbit/s is unknown"


def test_linux_cannot_say_no(recording: Read) -> None:
    for name in (FUSION, OCS, GLPI_FULL):
        values = endpoint(_of(recording, name)).attributes
        assert values.get("firewall_enabled") is None, "off means that firewalld does not run, not that nothing filters"
        assert values.get("disk_encrypted") is None
        assert "antimalware_present" not in values
        assert values.get("antimalware_enabled") is None


def test_nonsense_is_left_out(recording: Read) -> None:
    for name in (FUSION, OCS, GLPI_FULL):
        values = endpoint(_of(recording, name)).attributes
        assert "serial" not in values
        assert "uuid" not in values
        assert "wtmp" not in str(values)
        assert "logged_in_users" not in values
        assert "domain" not in values
    assert endpoint(_of(recording, FUSION)).attributes["last_boot_at"] == "2026-11-22T17:22:00.000Z"


def test_a_full_report_covers_what_it_holds(recording: Read) -> None:
    full = _of(recording, GLPI_FULL)
    for part in ("identity", "os", "hardware", "interfaces", "addresses", "software", "disks", "users"):
        assert look(full, part) == "complete", part
    for part in ("vms", "containers", "modules"):
        assert look(full, part) == "not_looked", part
    assert look(full, "security") == "partial"


def test_a_partial_report_says_nothing_of_what_it_leaves_out(recording: Read) -> None:
    partial = _of(recording, GLPI_PARTIAL)
    assert endpoint(partial).software is None
    assert look(partial, "software") is None
    assert look(partial, "interfaces") is None
    assert look(partial, "identity") == "complete"
    assert not [i for i in partial.items if i.cls in ("interface", "disk")]
    assert not [name for name in endpoint(partial).attributes if name.startswith(("antimalware", "firewall", "disk_", "os_"))]


def test_a_partial_report_keeps_the_class_of_the_full_one(recording: Read) -> None:
    assert endpoint(_of(recording, GLPI_FULL)).cls == "virtual_machine"
    assert endpoint(_of(recording, OCS)).cls == "workstation", "OCS calls every machine physical"
    assert endpoint(_of(recording, GLPI_PARTIAL, cls="server")).cls == "server"
    assert endpoint(_of(recording, GLPI_FULL, cls="server")).cls == "virtual_machine", "a full report tells by itself"


def test_the_filtered_recording_has_only_its_twenty_packages(recording: Read) -> None:
    observation = _of(recording, GLPI_FILTERED)
    assert len(endpoint(observation).software or ()) == 20
    assert look(observation, "users") == "not_looked"
    assert "local_admins" not in endpoint(observation).attributes


def test_every_item_fits_the_catalogue(recording: Read) -> None:
    catalogue = Catalogue.load()
    for name in HEADERS:
        for ownership in ("corporate", "loaned", "personal", ""):
            observation = _of(recording, name, ownership, site="Paris")
            for item in observation.items:
                catalogue.check_attributes(item.cls, item.attributes)
                assert {i.kind for i in item.identifiers} <= set(catalogue.cls(item.cls).identifiers) | {"hostname", "fqdn"}
            for relation in observation.relations:
                ends = {i.ref: i.cls for i in observation.items}
                assert catalogue.relations[relation.type].allows(catalogue, ends[relation.source], ends[relation.target])


def test_every_message_of_the_recordings_is_understood(recording: Read) -> None:
    kinds = {
        "fusioninventory-agent-2.6/01-prolog.request.xml": ("prolog", "xml"),
        "ocsinventory-agent-2.10.0/01-prolog.request.xml": ("prolog", "xml"),
        "glpi-agent-1.12-dev/01-prolog-first-contact.request.xml": ("prolog", "xml"),
        "glpi-agent-1.12-dev/02-contact.request.json": ("contact", "json"),
        **dict.fromkeys((FUSION, OCS), ("inventory", "xml")),
        **dict.fromkeys((GLPI_FULL, GLPI_PARTIAL, GLPI_FILTERED), ("inventory", "json")),
    }
    for name, kind in kinds.items():
        message = read_message(zlib.compress(recording(name)), HEADERS.get(name))
        assert (message.kind, message.wire) == kind
        assert message.deviceid.startswith("vm-2026-11-22-17-")
        assert message.compression == "zlib"
    contact = read_message(recording("glpi-agent-1.12-dev/02-contact.request.json"))
    assert (contact.product, contact.agent, contact.tag) == ("glpi", "GLPI-Agent 1.12-dev", "SITE-A")
    assert "inventory" in contact.tasks
    assert orjson.loads(recording(GLPI_PARTIAL))["partial"] is True
    assert read_message(recording(GLPI_PARTIAL)).partial
