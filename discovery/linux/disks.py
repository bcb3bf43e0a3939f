"""Section `disks`: block devices with their parents, from lsblk (JSON or pairs) or from /sys/block where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, key_values, load_json, mapping, rows, whole

_PAIR = re.compile(r'([A-Z:_-]+)="((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")
_MAX_DEVICES = 20_000
_NOT_A_DISK = re.compile(r"^(?:loop|ram|zram|fd|sr|nbd|dm-|md)\d")


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """One row of the device tree. `parents` are kernel names; a device over several disks (RAID, LVM) has several."""

    name: str
    kernel_name: str
    kind: str
    size_bytes: int | None = None
    parents: tuple[str, ...] = ()
    vendor: str = ""
    model: str = ""
    serial: str = ""
    wwn: str = ""
    filesystem: str = ""
    filesystem_version: str = ""
    mountpoint: str = ""
    rotational: bool | None = None
    removable: bool = False
    transport: str = ""

    @property
    def is_fixed_disk(self) -> bool:
        """A disk that belongs to the computer: no memory disk, loop, floppy, stick or card."""
        real = self.kind == "disk" and not _NOT_A_DISK.match(self.kernel_name) and bool(self.size_bytes)
        return real and not self.removable and self.transport != "usb"


def read_disks(section: Section) -> tuple[BlockDevice, ...]:
    """The block devices. Raises Unreadable when lsblk printed broken JSON."""
    told = section.get("lsblk")
    if told is not None and told.ok:
        return parse_lsblk_json(told.output)
    pairs = section.get("lsblk_pairs")
    if pairs is not None and pairs.ok:
        return parse_lsblk_pairs(pairs.output)
    return parse_blocks(section.output("blocks"))


def parse_lsblk_json(text: str) -> tuple[BlockDevice, ...]:
    """`lsblk -J`: nested children; old versions write numbers and booleans as text. Raises Unreadable on broken JSON."""
    merged: dict[str, BlockDevice] = {}
    for row, parent in _walk(rows(mapping(load_json(text)).get("blockdevices"))):
        _add(merged, {key.lower(): _text(value) for key, value in row.items()}, parent)
    return tuple(merged.values())


def parse_lsblk_pairs(text: str) -> tuple[BlockDevice, ...]:
    """`lsblk -P`: one `KEY="value"` line a row; a device under several parents has several rows."""
    merged: dict[str, BlockDevice] = {}
    for line in text.splitlines()[:_MAX_DEVICES]:
        row = {key.lower(): _unescape(value) for key, value in _PAIR.findall(line)}
        _add(merged, row, row.get("pkname", ""))
    return tuple(merged.values())


def parse_blocks(text: str) -> tuple[BlockDevice, ...]:
    """/sys/block as printed by the script: whole disks only, sizes in sectors of 512 bytes."""
    devices = []
    for part in ("\n" + text).split("\ndisk=")[1:]:
        name, _, rest = part.partition("\n")
        values = dict(key_values(rest))
        sectors = whole(values.get("size"))
        devices.append(
            BlockDevice(
                name=clean(name, 100),
                kernel_name=clean(name, 100),
                kind="loop" if name.startswith("loop") else "disk",
                size_bytes=sectors * 512 if sectors is not None and 0 <= sectors < 2**53 else None,
                vendor=values.get("device/vendor", ""),
                model=values.get("device/model", ""),
                serial=values.get("device/serial", ""),
                wwn=_wwn(values.get("wwid") or values.get("device/wwid", "")),
                rotational=_flag(values.get("queue/rotational", "")),
                removable=values.get("removable") == "1",
            )
        )
    return tuple(devices)


def _walk(roots: list[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str]]:
    waiting = [(row, "") for row in roots]
    for _ in range(_MAX_DEVICES):
        if not waiting:
            return
        row, parent = waiting.pop(0)
        yield row, parent
        name = clean(row.get("kname") or row.get("name"), 100)
        waiting.extend((child, name) for child in rows(row.get("children")))


def _add(merged: dict[str, BlockDevice], row: Mapping[str, str], parent: str) -> None:
    name = clean(row.get("name", ""), 100)
    kernel_name = clean(row.get("kname", ""), 100) or name
    if not kernel_name:
        return
    known = merged.get(kernel_name)
    parents = dict.fromkeys((*(known.parents if known else ()), *filter(None, (clean(parent, 100), clean(row.get("pkname", ""), 100)))))
    merged[kernel_name] = BlockDevice(
        name=name,
        kernel_name=kernel_name,
        kind=row.get("type", ""),
        size_bytes=whole(row.get("size", "")),
        parents=tuple(parents),
        vendor=clean(row.get("vendor", "")),
        model=clean(row.get("model", "")),
        serial=clean(row.get("serial", "")),
        wwn=_wwn(row.get("wwn", "")),
        filesystem=row.get("fstype", ""),
        filesystem_version=row.get("fsver", ""),
        mountpoint=row.get("mountpoint", ""),
        rotational=_flag(row.get("rota", "")),
        removable=_flag(row.get("rm", "")) is True,
        transport=row.get("tran", ""),
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value) if whole(value) is not None else ""
    return clean(value)


def _flag(text: str) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(text.strip().lower())


def _unescape(text: str) -> str:
    """lsblk -P writes unusual bytes as \\x20."""
    raw = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return clean(raw)


def _wwn(text: str) -> str:
    """`naa.5000…`, `eui.…`, `0x5000…` to one spelling (0x… for NAA names as udev writes them)."""
    value = clean(text, 200)
    return f"0x{value[4:]}" if value.startswith("naa.") else value
