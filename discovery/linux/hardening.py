"""Sections `security` and `updates`: mandatory access control, secure boot, security updates that wait, restarts that wait."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from cmdb.model.observation import Software
from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean

_KERNEL_FILE = re.compile(r"^vmlinuz-(?P<version>\d\S+)$")
_KEPT_BACK = "have been kept back"
_LISTS_LAST = timedelta(days=14)
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Updates:
    """What waits, as the host itself knows it. None where it cannot be told, with the reason."""

    security: int | None = None
    reboot_required: bool | None = None
    reason: str = ""


def read_access_control(section: Section) -> str:
    """`selinux:enforcing`, `apparmor:enabled`, `none`, or empty where it cannot be told."""
    selinux = clean(section.output("selinux"), 40).lower()
    if selinux in ("enforcing", "permissive"):
        return f"selinux:{selinux}"
    apparmor = clean(section.output("apparmor"), 5)
    if apparmor == "Y":
        return "apparmor:enabled"
    modules = section.output("lsm").strip().split(",")
    if "apparmor" in modules:
        return "apparmor:enabled"
    if selinux == "disabled" or apparmor == "N" or (modules != [""] and not {"selinux", "smack", "tomoyo"} & set(modules)):
        return "none"
    return ""


def read_secure_boot(section: Section, machine: str) -> bool | None:
    """The EFI variable SecureBoot (its last byte); a PC started by a BIOS has none. None where it cannot be told."""
    words = section.output("secure_boot").split()
    if len(words) == 5 and words[-1] in ("0", "1"):
        return words[-1] == "1"
    if section.output("firmware").strip() == "bios" and machine in ("x86_64", "i686", "i386", "i586"):
        return False
    return None


def read_updates(section: Section, packages: Collection[Software], running_kernel: str, now: datetime | None = None) -> Updates:
    """Pending security updates from apt's own lists, and whether a restart is due. `now` tells how old the lists are; None: not asked."""
    security, reason = _pending(section)
    if security == 0 and (doubt := _doubt(section, now)):
        security, reason = None, doubt
    return Updates(security, _reboot(section, packages, running_kernel), reason)


def count_security_updates(text: str) -> int:
    """`apt-get -s upgrade`: `Inst NAME [OLD] (NEW ORIGIN…)` lines whose origin is a security archive."""
    lines = (line for line in text.splitlines() if line.startswith("Inst ") and "(" in line)
    return sum(1 for line in lines if "security" in line.split("(", 1)[1].lower())


def newer_kernel_installed(files: str, running: str) -> bool | None:
    """Whether /boot holds a kernel newer than the running one, of the same flavour; None where the running one is not among them."""
    flavour = _flavour(running)
    versions = [match["version"] for match in map(_KERNEL_FILE.match, files.split()) if match is not None]
    if running not in versions:
        return None
    return any(_order(version) > _order(running) for version in versions if _flavour(version) == flavour)


def _doubt(section: Section, now: datetime | None) -> str:
    """Why it is not believed that none waits: lists that nobody fetched for weeks know of none, and what is held back is not counted."""
    if _KEPT_BACK in section.output("apt"):
        return "apt keeps packages back, and does not say whether they mend holes"
    dates = [when for line in section.output("apt_dates").splitlines() if (when := _released(line))]
    if now is None:
        return ""
    if not dates:
        return "nothing tells how old apt's lists are"
    return "apt's lists of security updates are older than two weeks" if now - max(dates) > _LISTS_LAST else ""


def _released(line: str) -> datetime | None:
    """`Date: Sat, 21 Nov 2026 20:14:05 UTC` of a Release file: when the archive last changed. Security archives do every few days."""
    try:
        when = parsedate_to_datetime(line.removeprefix("Date:").strip().replace("UTC", "+0000"))
    except (ValueError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else None


def _pending(section: Section) -> tuple[int | None, str]:
    apt = section.get("apt")
    if apt is None:
        return None, "only apt tells of security updates without asking the network"
    if not any("security" in name.lower() for name in section.output("apt_lists").split()):
        return None, "apt has no lists of security updates"
    if not apt.ok:
        return None, apt.why
    return count_security_updates(apt.output), ""


def _reboot(section: Section, packages: Collection[Software], running_kernel: str) -> bool | None:
    marks = section.output("marks").split()
    if "required" in marks:
        return True
    restarting = section.get("needs_restarting")
    if restarting is not None and restarting.rc in (0, 1) and not restarting.error:
        return restarting.rc == 1
    newer = newer_kernel_installed(section.output("kernels"), running_kernel)
    if newer:
        return True
    # Only where update-notifier writes the mark does its absence mean anything.
    if "notifier" in marks or any(package.name == "update-notifier-common" for package in packages):
        return False
    return None


def _flavour(version: str) -> str:
    """`amd64` of 6.1.0-18-amd64, `el9.x86_64` of 5.14.0-427.el9.x86_64."""
    return re.sub(r"^[\d.\-_+~]+(?:deb\d+[\d.\-]*|lts[\d.\-]*)?", "", version)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in _DIGITS.findall(version) if len(digits) < 19)
