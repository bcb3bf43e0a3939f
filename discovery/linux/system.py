"""Sections `os` and `hardware`: the operating system, when it started, processor and memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, key_values, load_json, mapping, rows, whole

_RELEASE_LINE = re.compile(r"^(?P<name>.*?)\s+(?:release\s+)?(?P<version>\d[\w.]*)")


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """`version` is the distribution's, empty for rolling ones.

    `booted_at` is cut to the minute, because the second the kernel tells jitters from one look to the next.
    """

    id: str = ""
    name: str = ""
    version: str = ""
    edition: str = ""
    booted_at: datetime | None = None
    boot_id: str = ""
    graphical: bool | None = None


@dataclass(frozen=True, slots=True)
class Hardware:
    """Processor and memory as the kernel counts them."""

    cpu_model: str = ""
    cpu_count: int | None = None
    memory_bytes: int | None = None
    hypervisor_vendor: str = ""


def read_os(section: Section) -> OperatingSystem:
    """The operating system from whichever release file was there."""
    release = parse_os_release(section.output("os_release"))
    name, version = clean(release.get("NAME", "")), clean(release.get("VERSION_ID", ""))
    if not name:
        name, version = _old_release(section)
    target = section.output("target").strip()
    return OperatingSystem(
        id=clean(release.get("ID", ""), 60).lower(),
        name=name,
        version=version,
        edition=clean(release.get("VARIANT", "")),
        booted_at=parse_boot_time(section.output("boot_time")),
        boot_id=clean(section.output("boot_id"), 64),
        graphical=target == "graphical.target" if target else None,
    )


def parse_os_release(text: str) -> dict[str, str]:
    """os-release(5): shell-like assignments, quoted or not."""
    values = {}
    for name, value in key_values(text):
        if name.startswith("#"):
            continue
        quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
        values[name] = re.sub(r"\\(.)", r"\1", value[1:-1]) if quoted else value
    return values


def parse_boot_time(text: str) -> datetime | None:
    """`btime SECONDS` of /proc/stat, in UTC, cut to the minute."""
    words = text.split()
    seconds = whole(words[1]) if len(words) == 2 and words[0] == "btime" else None
    if seconds is None or not 0 < seconds < 2**32:
        return None
    return datetime.fromtimestamp(seconds - seconds % 60, UTC)


def read_hardware(section: Section) -> Hardware:
    """Processor and memory: lscpu where it is, /proc/cpuinfo for the rest."""
    told = parse_lscpu(section.output("lscpu")) or dict(key_values(section.output("lscpu_text"), ":"))
    model, count = parse_cpuinfo(section.output("cpuinfo"))
    memory = section.output("meminfo").split()
    kibibytes = whole(memory[1]) if len(memory) >= 2 else None
    return Hardware(
        cpu_model=clean(told.get("Model name", "")) or model,
        cpu_count=whole(told.get("CPU(s)", "")) or count or None,
        memory_bytes=whole(kibibytes * 1024) if kibibytes else None,
        hypervisor_vendor=clean(told.get("Hypervisor vendor", ""), 60),
    )


def parse_lscpu(text: str) -> dict[str, str]:
    """`lscpu -J`: field names without the colon. Newer versions nest fields in `children`. Raises Unreadable on broken JSON."""
    values: dict[str, str] = {}
    waiting = rows(mapping(load_json(text)).get("lscpu"))
    while waiting and len(values) < 500:
        row = waiting.pop(0)
        values.setdefault(clean(row.get("field")).rstrip(":"), clean(row.get("data")))
        waiting.extend(rows(row.get("children")))
    return values


def parse_cpuinfo(text: str) -> tuple[str, int]:
    """Model and number of processors from /proc/cpuinfo; ARM boards name the model in `Hardware` or `Model`."""
    values: dict[str, str] = {}
    count = 0
    for name, value in key_values(text, ":"):
        if name == "processor" and value.isdigit():
            count += 1
        else:
            values.setdefault(name, value)
    for name in ("model name", "Processor", "cpu", "Hardware", "system type", "Model", "machine"):
        if values.get(name):
            return values[name], count
    return "", count


def _old_release(section: Section) -> tuple[str, str]:
    """Systems from before os-release, and Synology's, which has its own."""
    if section.output("alpine_release"):
        return "Alpine Linux", clean(section.output("alpine_release"))
    if section.output("dsm_version"):
        return "Synology DSM", clean(parse_os_release(section.output("dsm_version")).get("productversion", ""))
    lsb = parse_os_release(section.output("lsb_release"))
    if lsb.get("DISTRIB_ID"):
        return clean(lsb["DISTRIB_ID"]), clean(lsb.get("DISTRIB_RELEASE", ""))
    if section.output("debian_version"):
        return "Debian GNU/Linux", clean(section.output("debian_version"))
    if section.output("suse_release"):
        return _old_suse(section.output("suse_release"))
    found = _RELEASE_LINE.match(clean(section.output("redhat_release")))
    return (found["name"].strip(), found["version"]) if found else ("", "")


def _old_suse(text: str) -> tuple[str, str]:
    """`SUSE Linux Enterprise Server 11 (x86_64)`, then lines VERSION and PATCHLEVEL: named as its os-release names it, SLES 11.3."""
    first, _, rest = text.partition("\n")
    values = dict(key_values(rest))
    level = values.get("PATCHLEVEL", "0").strip()
    version = clean(values.get("VERSION", "")) + (f".{level}" if level.isdigit() and level != "0" else "")
    if "Enterprise Server" in first:
        return "SLES", version
    return ("SLED" if "Enterprise Desktop" in first else clean(first.split(" (")[0].rstrip("0123456789. "))), version
