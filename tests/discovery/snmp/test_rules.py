"""The vendor table: its files are sound, the most specific rule speaks first, and a wrong file is refused with place and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue
from discovery.snmp import rules
from discovery.snmp.facts import Evidence, decide
from discovery.snmp.values import Value


def facts(object_id: str, descr: str, values: dict[str, Value] | None = None, **words: str) -> tuple[str, str, str, str, str]:
    """(class, vendor, model, version, serial) of a device that says this."""
    table = rules.load()
    said = {"descr": descr, **{name.replace("_", "."): value for name, value in words.items()}}
    chosen = [rule for rule in table.candidates(object_id, descr) if not rule.has or any(oid.startswith(rule.has) for oid in values or {})]
    found = decide(table, chosen, Evidence(object_id, values or {}, {}, said))
    return found.cls, found.vendor, found.model, found.version, found.serial


def test_the_shipped_table_loads_and_names_only_classes_of_the_catalogue() -> None:
    table, catalogue = rules.load(), Catalogue.load()
    assert len(table.rules) > 450
    assert len(table.enterprises) > 350
    assert all(not catalogue.cls(name).abstract for name in rules.CLASSES)
    assert all(rule.origin for rule in table.rules)


E = "1.3.6.1.4.1"


@pytest.mark.parametrize(
    ("object_id", "descr", "values", "expected"),
    [
        (
            f"{E}.9.1.2494",
            "Cisco IOS Software [Everest], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.6.7, RELEASE SOFTWARE (fc2)",
            {},
            ("switch", "Cisco", "C9300", "16.6.7", ""),
        ),
        (
            f"{E}.30065.1.3011.7050",
            "Arista Networks EOS version 4.20.5F running on an Arista Networks DCS-7050SX2-72Q",
            {},
            ("switch", "Arista", "DCS-7050SX2-72Q", "4.20.5F", ""),
        ),
        (
            f"{E}.1916.2.93",
            "ExtremeXOS (X460-48t) version 15.6.3.1 v1563b1-patch1-2 by release-manager",
            {},
            ("switch", "Extreme Networks", "X460-48t", "15.6.3.1", ""),
        ),
        (
            f"{E}.3224.1.51",
            "SSG5-v92-WLAN version 6.3.0r22.0 (SN: 0162082012001234, Firewall+VPN)",
            {},
            ("firewall", "Juniper", "SSG5-v92-WLAN", "6.3.0r22.0", "0162082012001234"),
        ),
        (
            f"{E}.14988.1",
            "RouterOS CCR1009-7G-1C-1S+",
            {f"{E}.14988.1.1.4.4.0": b"6.48.6", f"{E}.14988.1.1.7.3.0": b"9B0C0A1B2C3D"},
            ("router", "MikroTik", "CCR1009-7G-1C-1S+", "6.48.6", "9B0C0A1B2C3D"),
        ),
        (
            f"{E}.42.2.200.2.1.1",
            "ORACLE SERVER X5-2, ILOM v4.0.2.20.b, r123",
            {},
            ("management_controller", "Oracle", "ORACLE SERVER X5-2", "4.0.2.20.b", ""),
        ),
        (
            f"{E}.311.1.1.3.1.2",
            "Hardware: Intel64 Family 6 Model 45 AT/AT COMPATIBLE - Software: Windows Version 6.3 (Build 14393 Multiprocessor Free)",
            {},
            ("server", "", "", "6.3.14393", ""),
        ),
        (
            f"{E}.8072.3.2.10",
            "Linux nas 4.4.59+ #25556 x86_64",
            {f"{E}.6574.1.5.1.0": b"DS918+", f"{E}.6574.1.5.2.0": b"1780PDN123456", f"{E}.6574.1.5.3.0": b"DSM 6.2-25556"},
            ("storage", "Synology", "DS918+", "6.2-25556", "1780PDN123456"),
        ),
        (
            f"{E}.318.1.3.4.5",
            "APC Web/SNMP Management Card (MB:v3.9.2 PF:v3.7.3 PN:apc_hw02_aos_373.bin AF1:v3.7.3 MN:AP7932 HR:B2 SN: ZA0542012345)",
            {f"{E}.318.1.1.12.1.5.0": b"AP7932", f"{E}.318.1.1.12.1.6.0": b"5A0542E01234"},
            ("pdu", "APC", "AP7932", "3.7.3", "5A0542E01234"),
        ),
        (
            f"{E}.25506.11.1.29",
            "HP Comware Platform Software, Software Version 5.20.99 Release 2221P02 HP A5500-24G-4SFP HI Switch",
            {},
            ("switch", "HPE", "A5500-24G-4SFP", "5.20.99", ""),
        ),
        (
            f"{E}.11.2.3.9.1",
            "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012,CIDATE 02/19/2021",
            {f"{E}.11.2.3.9.1.1.7.0": b"MFG:HP;MDL:HP LaserJet Pro M404dn;CLS:PRINTER;", "1.3.6.1.2.1.43.5.1.1.17.1": b"PHB1234567"},
            ("printer", "HP", "HP LaserJet Pro M404dn", "JSI24090012", "PHB1234567"),
        ),
        (f"{E}.99999.1.2", "Acme Switch X-200 Firmware Version 3.1.4 S/N: AC12345678", {}, ("switch", "", "", "3.1.4", "AC12345678")),
        (f"{E}.3764.9", "", {}, ("storage", "Quantum", "", "", "")),
    ],
)
def test_what_devices_are_by_their_own_words(object_id: str, descr: str, values: dict[str, Value], expected: tuple[str, ...]) -> None:
    words = {"printer_serial": "PHB1234567"} if "LaserJet" in str(values) else {}
    assert facts(object_id, descr, values, **words)[:2] == expected[:2]
    found = facts(object_id, descr, values, **words)
    assert [mine for mine, theirs in zip(found[2:], expected[2:], strict=True) if theirs] == [theirs for theirs in expected[2:] if theirs]


def test_objects_below_the_products_own_node() -> None:
    oid = f"{E}.259.10.1.39"
    values: dict[str, Value] = {f"{oid}.1.1.5.1.0": b"ECS4110-28T", f"{oid}.1.1.3.1.6.1": b"1.2.3.4", f"{oid}.1.1.3.1.10.1": b"EC1234567"}
    candidates = rules.load().candidates(oid, "")
    assert set(values) <= set(rules.objects(candidates, oid))
    assert facts(oid, "", values) == ("switch", "Edgecore", "ECS4110-28T", "1.2.3.4", "EC1234567")


def test_placeholders_are_no_facts() -> None:
    values: dict[str, Value] = {f"{E}.674.10892.5.1.3.2.0": b"N/A", f"{E}.674.10892.2.1.1.11.0": b"7XK2M13"}
    assert facts(f"{E}.674.10892.5", "", values)[4] == "7XK2M13"


def test_what_stands_around_a_fact_is_no_part_of_it() -> None:
    printer: dict[str, Value] = {f"{E}.2435.2.4.3.1240.6.5.0": b"Firmware Ver.Q"}
    assert facts(f"{E}.2435.2.3.9.1", "Brother NC-8300h, Firmware Ver.1.14  (14.11.06)", printer)[3] == "Q"
    printer = {f"{E}.2435.2.4.3.1240.6.5.0": b"1.21"}
    assert facts(f"{E}.2435.2.3.9.1", "Brother NC-8300h", printer)[3] == "1.21"
    assert facts(f"{E}.24681", "Linux NAS 4.2.2", {}, entity_firmware='\\"4.3.3', entity_model="TVS-871U-RP")[2:4] == (
        "TVS-871U-RP",
        "4.3.3",
    )


def test_a_sites_rule_wins(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("- {oid: .99999.7, vendor: Acme, class: ups, from: our own, model: 'descr ~ Acme (\\S+)', serial: .99999.7.1.0}\n")
    table = rules.load((path,))
    (first, *_) = table.candidates(f"{E}.99999.7.1", "Acme U5")
    found = decide(table, [first], Evidence(f"{E}.99999.7.1", {f"{E}.99999.7.1.0": b"A1"}, {}, {"descr": "Acme U5"}))
    assert (found.vendor, found.cls, found.model, found.serial) == ("Acme", "ups", "U5", "A1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- {oid: .9, from: x, clas: switch}", "unknown key 'clas'"),
        ("- {oid: .9, from: x, class: toaster}", "toaster"),
        ("- {oid: .9, class: switch}", "`from`"),
        ("- {oid: .9, from: x, model: 'descr ~ ('}", "no regular expression"),
        ("- {oid: .9, from: x, serial: nonsense}", "no OID and no known word"),
        ("- just text", "must be a mapping"),
        ("a: b", "must be a list"),
        ("- {oid: .9", "cannot be read as YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_place_and_reason(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(content)
    with pytest.raises(Invalid, match=r"wrong\.yaml") as refused:
        rules.load((path,))
    assert reason in refused.value.message
