"""What may not come in does not come in: a canary in every field of every section, in both formats, for each ownership class."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmdb.errors import Invalid
from discovery.reports.hints import hints
from discovery.reports.message import Headers
from discovery.reports.privacy import filter_body, no_category, rules_for
from discovery.reports.pseudonym import pseudonym
from discovery.reports.report import Report
from discovery.reports.tables import table
from tests.discovery.reports.made import GLPI, KEY, android_xml, endpoint, glpi, identified, look, observed, reason, windows_content, xml

CLASSES = ("corporate", "loaned", "personal")
SECRETS = ("envs", "processes", "licenseinfos", "users", "accesslog", "remote_mgmt", "registry", "simcards", "databases_services")
SECRET_FIELDS = [
    "hardware.winprodkey",
    "hardware.winprodid",
    "hardware.winowner",
    "hardware.lastloggeduser",
    "hardware.userid",
    "hardware.dns",
    "hardware.defaultgateway",
    "operatingsystem.ssh_key",
    "networks.wifi_ssid",
    "networks.wifi_bssid",
    "networks.ipgateway",
    "networks.ipdhcp",
    "softwares.uninstall_string",
    "softwares.folder",
    "softwares.username",
    "local_users.home",
    "local_users.shell",
    "drives.label",
    "storages.scsi_lun",
    "virtualmachines.owner",
]
PERSONAL_FIELDS = [
    "bios.ssn",
    "bios.msn",
    "hardware.uuid",
    "hardware.workgroup",
    "operatingsystem.fqdn",
    "operatingsystem.dns_domain",
    "networks.mac",
    "networks.ipaddress",
    "networks.ipaddress6",
    "storages.serial",
    "monitors.serial",
    "usbdevices.caption",
    "printers.name",
    "modems.imei",
    "local_groups.members",
    "local_users.login",
    "virtualmachines.name",
    "network_device.ips",
]


def _canary(section: str, name: str) -> str:
    return f"canary-{section}-{name}".replace("_", "x")


def _everything() -> dict[str, list[dict[str, Any]]]:
    """Every known section with every known field, and some that nobody knows."""
    sections = table("privacy")["sections"]
    content: dict[str, list[dict[str, Any]]] = {}
    for section, rule in sections.items():
        fields = [f for who, names in rule.items() if who not in ("admins", "watched") for f in names]
        content[section] = [{f: _canary(section, f) for f in [*fields, "invented"]}]
    content["local_groups"][0] |= {"name": "sudo", "members": [_canary("local_groups", "members")]}
    content["local_users"][0] |= {"id": "0"}
    content["modems"][0] |= {"imei": [_canary("modems", "imei")]}
    content["network_device"][0] |= {"ips": {"ip": _canary("network_device", "ips")}}
    content["operatingsystem"][0] |= {"timezone": {"name": "UTC", "offset": "+0000", "secret": _canary("operatingsystem", "zone")}}
    content["invented_section"] = [{"key": _canary("invented", "key")}]
    return content


def _as_xml(content: dict[str, list[dict[str, Any]]]) -> bytes:
    names = {"firewalls": "FIREWALL"}
    renames = {
        ("networks", "mac"): "MACADDR",
        ("softwares", "arch"): "ARCHITECTURE",
        ("local_groups", "members"): "MEMBER",
        ("cpus", "core"): "CORES",
    }
    out: list[str] = []
    for section, rows in content.items():
        tag = names.get(section, section.upper())
        for row in rows:
            fields = "".join(_xml_field(renames.get((section, name), name.upper()), value) for name, value in row.items())
            out.append(f"<{tag}>{fields}</{tag}>")
    return xml("".join(out))


def _xml_field(tag: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"<{tag}>{part}</{tag}>" for part in value)
    if isinstance(value, dict):
        value = "".join(f"<{k.upper()}>{v}</{k.upper()}>" for k, v in value.items())
    return f"<{tag}>{value}</{tag}>"


BODIES = {"json": glpi(_everything()), "xml": _as_xml(_everything())}


@pytest.mark.parametrize("wire", BODIES)
@pytest.mark.parametrize("ownership", [*CLASSES, "", "unheard of"])
def test_secrets_never_come_in(wire: str, ownership: str) -> None:
    stored, dropped = filter_body(BODIES[wire], ownership, key=KEY)
    text = stored.decode()
    for section in SECRETS:
        assert f"canary-{section.replace('_', 'x')}-" not in text, section
        assert section in dropped
    for field in SECRET_FIELDS:
        section, _, name = field.partition(".")
        assert _canary(section, name) not in text, field
        assert field in dropped or section in dropped, "that it was dropped is recorded"
    assert "canary-invented" not in text
    assert "-invented" not in text
    assert _canary("operatingsystem", "zone") not in text


@pytest.mark.parametrize("wire", BODIES)
@pytest.mark.parametrize("ownership", ["personal", "", "unheard of"])
def test_a_personal_device_keeps_little(wire: str, ownership: str) -> None:
    stored, dropped = filter_body(BODIES[wire], ownership, key=KEY)
    for field in PERSONAL_FIELDS:
        section, _, name = field.partition(".")
        assert _canary(section, name) not in stored.decode(), field
        assert any(field in line or line == section for line in dropped), field
    assert _canary("bios", "smodel") in stored.decode()
    assert _canary("antivirus", "name") in stored.decode()


@pytest.mark.parametrize("wire", BODIES)
def test_a_corporate_device_keeps_what_is_asked(wire: str) -> None:
    for ownership in ("corporate", "loaned"):
        text = filter_body(BODIES[wire], ownership, key=KEY)[0].decode()
        for field in PERSONAL_FIELDS:
            section, _, name = field.partition(".")
            assert _canary(section, name) in text, field


def test_exactly_the_listed_fields_remain() -> None:
    for ownership in CLASSES:
        report = Report.from_bytes(filter_body(BODIES["json"], ownership, key=KEY)[0])
        rules = rules_for(ownership).sections
        for section, rows in report.content.items():
            allowed = {name if whole else name + "_hash" for name, whole in rules[section].keep.items()}
            for row in rows:
                assert set(row) <= allowed, section


def test_the_observation_of_everything_holds_no_secret() -> None:
    for ownership in CLASSES:
        for body in BODIES.values():
            said = repr(observed(body, ownership))
            for section in SECRETS:
                assert f"canary-{section.replace('_', 'x')}-" not in said


def test_a_personal_windows_device() -> None:
    observation = observed(glpi(windows_content()), "personal")
    item, said = endpoint(observation), repr(observation)
    for gone in (
        "7KX8D43",
        "4C4C4544",
        "10.1.2.3",
        "a0:b3:39",
        "A0:B3:39",
        "corp.example",
        "ada",
        "corp-wifi",
        "24FA21X5K9",
        "U2723QE",
        "Private Diary",
        "2001:db8",
    ):
        assert gone not in said, gone
    assert item.attributes["disk_encrypted"] is True
    assert item.attributes["antimalware_enabled"] is True
    assert [s.name for s in item.software or ()] == ["Mozilla Firefox (x64 en-US)"]
    assert look(observation, "software") == "partial"
    assert "watch list" in reason(observation, "software")
    assert look(observation, "users") == "not_looked"
    assert Report.from_bytes(filter_body(glpi(windows_content()), "personal", key=KEY)[0]).counts == {"softwares": 3}


def test_a_personal_device_is_recognised_again() -> None:
    first, again = (identified(endpoint(observed(glpi(windows_content()), "personal"))) for _ in range(2))
    assert first == again
    kinds = {(kind, scope) for kind, _, scope in first}
    assert {("external_id", "serial-hash"), ("external_id", "uuid-hash")} <= kinds
    assert [v for k, v, _ in first if k == "agent_id" and v.startswith("mac-hash:")], "the Wi-Fi port's address, hashed"
    assert not {kind for kind, _, _ in first} & {"serial", "uuid", "mac", "board_serial"}
    stored_by_other_site, _ = filter_body(glpi(windows_content()), "personal", key=b"x" * 32)
    assert not set(_hashes(stored_by_other_site)) & set(_hashes(filter_body(glpi(windows_content()), "personal", key=KEY)[0]))


def _hashes(stored: bytes) -> list[str]:
    report = Report.from_bytes(stored)
    return [str(v) for rows in report.content.values() for row in rows for k, v in row.items() if k.endswith("_hash")]


def test_without_a_key_nothing_is_hashed() -> None:
    assert _hashes(filter_body(glpi(windows_content()), "personal")[0]) == []


@pytest.mark.parametrize(
    "value", ["", "0", "None", "To be filled by O.E.M.", "Default string", "System Serial Number", "00000000", "xxxx", "123456789", "N/A"]
)
def test_placeholders_get_no_pseudonym(value: str) -> None:
    """Hashed, all devices with the placeholder would be one."""
    assert pseudonym("bios.ssn", value, KEY) == ""


@pytest.mark.parametrize("mac", ["02:00:00:00:00:00", "d6:8c:0d:32:0f:eb", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "nonsense"])
def test_made_up_addresses_get_no_pseudonym(mac: str) -> None:
    assert pseudonym("networks.mac", mac, KEY) == ""


def test_a_phone_of_ones_own() -> None:
    stored, dropped = filter_body(android_xml(), "", key=KEY, headers=Headers())
    text = stored.decode()
    for gone in ("356938035643809", "+33632331095", "208100000000001", "ssh-rsa", "canary", "home", "Dating"):
        assert gone not in text, gone
    assert {"envs", "simcards", "operatingsystem.ssh_key", "networks.wifi_ssid"} <= set(dropped)
    assert [s.name for s in endpoint(observed(android_xml(), "", Headers())).software or ()] == ["Firefox"]


def test_what_is_dropped_is_named_and_never_shown() -> None:
    _, dropped = filter_body(
        glpi({"hardware": {"name": "a", "lastloggeduser": "canary"}, "<script>": [{"x": 1}], "canary-section": [{"a": "b"}]}), "corporate"
    )
    assert dropped == ["hardware.lastloggeduser"]


def test_the_same_report_gives_the_same_bytes() -> None:
    content = windows_content()
    mixed = dict(reversed(list(content.items())))
    assert filter_body(glpi(content), "corporate")[0] == filter_body(glpi(mixed), "corporate")[0]


def test_a_glpi_agent_is_told_by_class() -> None:
    assert no_category("corporate") == "environment,process,user"
    assert {"environment", "process", "user", "local_user", "local_group"} <= set(no_category("personal").split(","))
    assert no_category("") == no_category("personal")


@pytest.mark.parametrize(
    ("token", "tag", "expected"),
    [
        (("Paris", "corporate"), "SITE-B", ("Paris", "corporate")),
        (("", ""), "SITE-A", ("SITE-A", "")),
        (("", ""), "000005", ("", "")),
        (("", "corporate"), "personal", ("", "personal")),
        (("", "personal"), "corporate", ("", "personal")),
        (("", "loaned"), "ownership=corporate", ("", "loaned")),
        (("", ""), "site=Lyon; ownership=loan", ("Lyon", "loaned")),
        (("", ""), "byod", ("", "personal")),
        (("", "nonsense"), "", ("", "")),
    ],
)
def test_hints_only_make_it_stricter(token: tuple[str, str], tag: str, expected: tuple[str, str]) -> None:
    found = hints(*token, tag)
    assert (found.site, found.ownership) == expected


def test_a_message_that_is_no_inventory_is_refused() -> None:
    with pytest.raises(Invalid, match="Only an inventory"):
        filter_body(json.dumps({"action": "contact", "deviceid": "x"}).encode(), "corporate", headers=GLPI)
