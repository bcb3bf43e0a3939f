"""Printers and network devices that a GLPI agent asked over SNMP and reports in their name."""

from __future__ import annotations

from discovery.reports.sight import Sight
from discovery.reports.values import text, texts


def read(sight: Sight) -> None:
    """Identity, make and model of the device the report is about."""
    row = sight.report.one("network_device")
    if not row:
        return
    maker = text(row.get("manufacturer"))
    sight.know("serial", text(row.get("serial")), maker)
    sight.know("mac", text(row.get("mac")))
    sight.know("hostname", text(row.get("name")))
    sight.say(
        name=text(row.get("name")),
        hostname=text(row.get("name")),
        vendor=maker,
        model=text(row.get("model")),
        serial=text(row.get("serial")),
        firmware_version=text(row.get("firmware")),
        sys_descr=text(row.get("description")),
        location_text=text(row.get("location")),
        contact=text(row.get("contact")),
        ip_addresses=tuple(texts(row.get("ips"))),
    )
    sight.look("identity", "complete")
