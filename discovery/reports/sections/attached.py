"""What is plugged in: monitors, USB devices and printers that have a serial number. Without one, a thing cannot be told from its like."""

from __future__ import annotations

from cmdb.model.observation import Identifier, Item, Relation
from discovery.reports.report import Row
from discovery.reports.sight import DEVICE, Sight
from discovery.reports.values import text

MAX_THINGS = 500
_HUB = "9"
"""USB class of hubs; theirs and the controllers' serials are PCI addresses."""


def read(sight: Sight) -> None:
    """Peripherals with goes_with. The part is complete only when all three sections came in: each speaks of its own kind alone."""
    report = sight.report
    things: dict[str, Item] = {}
    for kind, section in (("monitor", "monitors"), ("usb device", "usbdevices"), ("printer", "printers")):
        for row in report.rows(section)[:MAX_THINGS]:
            item = _item(kind, row)
            if item:
                things.setdefault(item.ref, item)
    for item in things.values():
        sight.items.append(item)
        sight.relations.append(Relation("goes_with", item.ref, DEVICE, part="modules"))
    sections = ("monitors", "usbdevices", "printers")
    sight.look_by("modules", *sections)
    if 0 < sum(report.has(section) for section in sections) < len(sections):
        sight.look("modules", "partial", "not all kinds of attached devices were sent")


def _item(kind: str, row: Row) -> Item | None:
    serial = text(row.get("serial") or row.get("altserial"))
    maker = text(row.get("manufacturer"))
    model = text(row.get("caption") or row.get("name") or row.get("driver"))
    hub = kind == "usb device" and (
        text(row.get("class")) == _HUB or ":" in serial or "hub" in model.lower() or "controller" in model.lower()
    )
    if not serial or hub or len(serial) < 4 or len(set(serial)) == 1:
        return None
    values = {"kind": kind, "vendor": maker, "model": model, "serial": serial, "name": model or f"{kind} {serial}"}
    return Item(
        f"{kind}:{maker}:{serial}",
        "peripheral",
        (Identifier("serial", serial, maker),),
        {k: v for k, v in values.items() if v},
        part="modules",
    )
