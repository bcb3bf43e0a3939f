"""Physical and virtual disks. Removable media, optical drives and memory disks are left out: they come and go."""

from __future__ import annotations

import re

from cmdb.model.observation import Identifier, Item, Value
from discovery.reports.report import Row
from discovery.reports.sight import DEVICE, Sight
from discovery.reports.values import MEGA, size, text

MAX_DISKS = 1000
_NOT_A_DISK = re.compile(r"\b(cd|dvd|cd-?rom|optical|floppy|tape|removable|usb|card reader)\b", re.IGNORECASE)
_MADE_UP = re.compile(r"^(zram|ram|loop|nbd|sr|fd|md|dm-)\d+$")
_SSD = re.compile(r"\b(ssd|nvme|solid state|flash)\b|nvme", re.IGNORECASE)
_GENERIC = re.compile(r"^\(?standard disk drives\)?$|^\(standard", re.IGNORECASE)


def read(sight: Sight) -> None:
    """One item for each disk."""
    seen: set[str] = set()
    for row in sight.report.rows("storages")[:MAX_DISKS]:
        item = _item(row)
        if item and item.ref not in seen:
            seen.add(item.ref)
            sight.items.append(item)
    sight.look_by("disks", "storages")


def _item(row: Row) -> Item | None:
    name = text(row.get("name")).removeprefix("\\\\.\\")
    words = " ".join(text(row.get(k)) for k in ("type", "description", "interface", "model"))
    if not name or _NOT_A_DISK.search(words) or _MADE_UP.match(name):
        return None
    maker = text(row.get("manufacturer"))
    maker = "" if _GENERIC.match(maker) else maker
    serial, wwn = text(row.get("serial")), text(row.get("wwn"))
    identifiers = [Identifier("disk_name", name)]
    if serial:
        identifiers.append(Identifier("serial", serial, maker))
    if wwn:
        identifiers.append(Identifier("wwn", wwn))
    values: dict[str, Value] = {
        "name": name,
        "disk_name": name,
        "vendor": maker,
        "model": text(row.get("model")),
        "serial": serial,
        "firmware_version": text(row.get("firmware")),
        "size_bytes": size(row.get("disksize"), MEGA),
        "medium": "ssd" if _SSD.search(words) else "virtual" if "virtual" in words.lower() else "",
    }
    return Item(
        ref=f"disk:{name}",
        cls="disk",
        identifiers=tuple(identifiers),
        attributes={k: v for k, v in values.items() if v not in (None, "")},
        parent=DEVICE,
        part="disks",
    )
