"""Section `mounts`: what is mounted where, and whether the system disk is encrypted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from discovery.linux.disks import BlockDevice
from discovery.linux.untrusted import clean

_HEADERS = {"crypto_LUKS", "BitLocker"}
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mounts."""

    source: str
    target: str
    kind: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """Whether the system disk is encrypted; `encrypted` is None where that cannot be told, with the reason."""

    encrypted: bool | None
    method: str = ""
    reason: str = ""


def parse_mounts(text: str) -> tuple[Mount, ...]:
    """/proc/self/mounts; blanks in names are written as \\040. A later mount over the same place hides the earlier."""
    found: dict[str, Mount] = {}
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) >= 4:
            source, target = (clean(_OCTAL.sub(lambda match: chr(int(match[1], 8)), word)) for word in words[:2])
            found[target] = Mount(source, target, clean(words[2], 60))
    return tuple(found.values())


def system_disk_encryption(mounts: Sequence[Mount], devices: Sequence[BlockDevice], zfs_encryption: str) -> Encryption:
    """True only if every way from the root file system down to a disk passes an encrypting layer; False only if the whole way is known."""
    root = next((mount for mount in mounts if mount.target == "/"), None)
    if root is None:
        return Encryption(None, reason="the mount of / is not known")
    if root.kind == "zfs":
        return _zfs(zfs_encryption)
    by_name = {device.kernel_name: device for device in devices}
    start = next((device for device in devices if device.mountpoint == "/"), None) or _by_source(root.source, devices)
    if start is None and _is_partition_of_disk(root.source, devices):
        return Encryption(False)
    if start is None:
        return Encryption(None, reason=f"/ is on {root.source} ({root.kind}), which is no block device we can see")
    if root.kind == "btrfs" and any(_is_other_part(device, start, by_name) for device in devices):
        return Encryption(None, reason="there is another btrfs device that is not encrypted and mounted nowhere: it may be part of /")
    crypt, ends = _layers(start, by_name)
    if any(end.kind in ("disk", "part") for end in ends):
        return Encryption(False)
    if ends or not crypt:
        return Encryption(None, reason=f"what {start.name} lies on is not known")
    if any(not _encrypts(device, by_name) for device in crypt):
        return Encryption(None, reason=f"{start.name} is verified by the kernel, which need not mean encrypted")
    backing = next((by_name[name] for name in crypt[0].parents if name in by_name), crypt[0])
    if backing.filesystem == "crypto_LUKS":
        return Encryption(True, f"luks{backing.filesystem_version}" if backing.filesystem_version in ("1", "2") else "luks")
    return Encryption(True, "dm-crypt")


def _layers(start: BlockDevice, by_name: Mapping[str, BlockDevice]) -> tuple[list[BlockDevice], list[BlockDevice]]:
    """Going down from `start`: the encrypting layers met, and the devices where a way ends without having met one."""
    crypt, ends = [], []
    seen, waiting = {start.kernel_name}, [start]
    while waiting:
        device = waiting.pop()
        parents = [by_name[name] for name in device.parents if name in by_name]
        if device.kind == "crypt":
            crypt.append(device)
        elif not parents:
            ends.append(device)
        else:
            waiting.extend(parent for parent in parents if parent.kernel_name not in seen)
            seen.update(parent.kernel_name for parent in parents)
    return crypt, ends


def _encrypts(device: BlockDevice, by_name: Mapping[str, BlockDevice]) -> bool:
    """lsblk calls dm-verity and dm-integrity `crypt`, too. What lies below dm-crypt is a LUKS header, or looks like nothing at all."""
    below = {by_name[name].filesystem for name in device.parents if name in by_name}
    return bool(below & _HEADERS) or below <= {""}


def _is_other_part(device: BlockDevice, root: BlockDevice, by_name: Mapping[str, BlockDevice]) -> bool:
    """Of a btrfs over several devices lsblk shows the mount at one of them only."""
    if device.filesystem != "btrfs" or device.mountpoint or device.kernel_name == root.kernel_name:
        return False
    return bool(_layers(device, by_name)[1])


def _by_source(source: str, devices: Sequence[BlockDevice]) -> BlockDevice | None:
    name = posixpath.basename(source) if source.startswith("/dev/") else ""
    return next((device for device in devices if name and name in (device.kernel_name, device.name)), None)


def _is_partition_of_disk(source: str, devices: Sequence[BlockDevice]) -> bool:
    """`/dev/sda2` of a disk `sda`, where only whole disks are listed: nothing lies between a partition and its disk."""
    disks = [re.escape(device.kernel_name) for device in devices if device.is_fixed_disk]
    return bool(disks) and re.fullmatch(rf"/dev/(?:{'|'.join(disks)})p?\d+", source) is not None


def _zfs(told: str) -> Encryption:
    value = told.strip().lower()
    if not value:
        return Encryption(None, reason="/ is on ZFS and its encryption could not be read")
    return Encryption(value not in ("off", "-"), "zfs " + clean(value, 40) if value not in ("off", "-") else "")
