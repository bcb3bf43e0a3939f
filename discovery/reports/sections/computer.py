"""Who the machine is: names, numbers, maker and model, and the agent that speaks for it."""

from __future__ import annotations

import re

from discovery.placeholders import said
from discovery.reports.privacy import HASHED
from discovery.reports.report import Row
from discovery.reports.sections.ports import mac_of
from discovery.reports.sight import Sight
from discovery.reports.tables import table
from discovery.reports.values import UNKNOWN, text, texts, truth

NAMED_BY_HOST = ("lynis", "xccdf", "cyclonedx", "spdx")
"""Documents whose device id is made of the host's name: it keeps their order and proves nothing."""
_CPU_ID = re.compile(r"(?:[0-9A-F]{2}[ -]?){7}[0-9A-F]{2}", re.IGNORECASE)
_ANDROID_ID = re.compile(r"[0-9a-f]{15,16}")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def read(sight: Sight) -> None:
    """Identity, agent, maker and model."""
    report = sight.report
    if "network_device" not in report.present:  # a device that the agent asked is not the one it runs on
        sight.know("agent_id", report.agent_id)
        if report.product not in NAMED_BY_HOST:
            sight.know("agent_id", report.deviceid)
    for row in report.rows("macs"):
        sight.know("mac", mac_of(row))
    sight.say(agent_version=report.agent)
    hardware, bios = report.one("hardware"), report.one("bios")
    notes = _numbers(sight, hardware, bios)
    _names(sight, hardware, report.one("operatingsystem"))
    vendor = _vendor(bios)
    system = text(hardware.get("vmsystem"))
    sight.say(
        vendor=vendor,
        model=_said(bios, "smodel") or _said(bios, "mmodel"),
        part_number=_said(bios, "skunumber"),
        bios_version=text(bios.get("bversion")),
        chassis_type=text(hardware.get("chassis_type") or bios.get("type")),
        virtualization="" if system.lower() in table("classes")["not_virtual"] else system.lower(),
        secure_boot=_secure_boot(bios),
    )
    if text(bios.get("secure_boot")) == UNKNOWN:
        sight.end("secure_boot")
    sight.look_by("identity", "hardware", "bios")
    if notes and "identity" in sight.looks:
        sight.look("identity", sight.looks["identity"][0], *notes)


def _vendor(bios: Row) -> str:
    """The maker of the machine; of its board where nobody named the machine."""
    return _said(bios, "smanufacturer") or _said(bios, "mmanufacturer")


def _said(bios: Row, name: str) -> str:
    return said(text(bios.get(name)))


def _numbers(sight: Sight, hardware: Row, bios: Row) -> list[str]:
    """Serial numbers, UUID, pseudonyms. Gives notes about what looks like one and is none."""
    notes: list[str] = []
    serial, unique, scope = text(bios.get("ssn")), text(hardware.get("uuid")), _vendor(bios)
    if serial and _CPU_ID.fullmatch(serial) and (" " in serial or sight.report.product == "ocs"):
        serial = ""  # OCS puts the processor's id there when there is no serial: equal on all machines of a kind
        notes.append("the serial number is a processor's id and was not used")
    if _ANDROID_ID.fullmatch(serial.lower()) and serial == unique:
        sight.know("agent_id", f"android:{serial}")  # the id Android gives to an app until a factory reset
        serial = unique = ""
    if unique and not _UUID.fullmatch(unique):
        unique = ""
        notes.append("the UUID is none and was not used")
    sight.know("serial", serial, scope)
    sight.know("uuid", unique)
    sight.know("board_serial", text(bios.get("msn")), text(bios.get("mmanufacturer")) or scope)
    sight.know("chassis_serial", text(bios.get("enclosureserial")), scope)
    sight.say(serial=said(serial), uuid=unique, board_serial=_said(bios, "msn"), chassis_serial=_said(bios, "enclosureserial"))
    sight.know("external_id", text(bios.get("ssn" + HASHED)), "serial-hash")
    sight.know("external_id", text(hardware.get("uuid" + HASHED)), "uuid-hash")
    for modem in sight.report.rows("modems"):
        for imei in texts(modem.get("imei")):
            sight.know("imei", imei)
            if sight.cls in ("phone", "tablet"):
                sight.attributes.setdefault("imei", imei)
        for hashed in texts(modem.get("imei" + HASHED)):
            sight.know("external_id", hashed, "imei-hash")
    return notes


def _names(sight: Sight, hardware: Row, os: Row) -> None:
    name, full = text(hardware.get("name")), text(os.get("fqdn"))
    short = name.split(".")[0] if "." in name else name
    full = full if "." in full else name if "." in name else ""
    sight.know("hostname", short)
    sight.know("fqdn", full)
    sight.say(name=short, hostname=short, fqdn=full, domain=_domain(text(os.get("dns_domain") or hardware.get("workgroup"))))


def _domain(name: str) -> str:
    """Windows calls the network of a machine without a domain WORKGROUP, and OCS does so everywhere."""
    return "" if name.upper() == "WORKGROUP" else name


def _secure_boot(bios: Row) -> bool | None:
    word = text(bios.get("secure_boot")).lower()
    return False if word == "unsupported" else truth(word)
