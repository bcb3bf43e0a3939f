"""Which system a report speaks of, from the many words its agents have for it."""

from __future__ import annotations

import re
from functools import lru_cache

from discovery.reports.report import Report
from discovery.reports.tables import table
from discovery.reports.values import text

_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("android", re.compile(r"\bandroid\b")),
    ("ios", re.compile(r"\b(ios|ipados|iphone os)\b")),
    ("chromeos", re.compile(r"\bchrome ?os\b|\bchromium os\b")),
    ("windows", re.compile(r"\b(microsoft windows|windows|mswin32|win32)\b")),
    ("macos", re.compile(r"\b(darwin|macos|mac os( x)?|os x)\b")),
    ("other", re.compile(r"\b(aix|hp-?ux|solaris|sunos|haiku|illumos|esxi?)\b")),  # before Linux: Oracle makes both
    ("bsd", re.compile(r"\b\w*bsd\b|\bdragonfly\b")),
    (
        "linux",
        re.compile(
            r"\b(linux|gnu|debian|ubuntu|fedora|red hat|redhat|rhel|centos|rocky|almalinux|oracle|suse|opensuse|sles|arch|gentoo|mint|"
            r"alpine|raspbian|proxmox|kali|manjaro|nixos)\b"
        ),
    ),
)


def words_of_os(report: Report) -> str:
    """Everything the report calls its system, in lower case."""
    os, hardware = report.one("operatingsystem"), report.one("hardware")
    said = [os.get("kernel_name"), os.get("name"), os.get("full_name"), hardware.get("osname"), hardware.get("oscomments")]
    return " ".join(filter(None, map(text, said))).lower()


def family(report: Report) -> str:
    """linux, windows, macos, bsd, android, ios, chromeos, other; empty when the report does not say."""
    if report.product == "glpi-android":
        return "android"
    return family_of(words_of_os(report))


def family_of(said: str) -> str:
    """The family of a system from words for it, in lower case; empty where they tell none."""
    return next((name for name, pattern in _FAMILIES if pattern.search(said)), "") if said else ""


def is_server_os(report: Report) -> bool:
    """Whether the system calls itself one for servers."""
    said = words_of_os(report)
    return any(word in said for word in _classes()["server_words"])


def platform(report: Report) -> str:
    """The platform of the capability table: the family, and `windows-server` apart."""
    found = family(report)
    return "windows-server" if found == "windows" and is_server_os(report) else found


@lru_cache(maxsize=1)
def _classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = table("classes")
    return found


def form(value: object) -> str:
    """A chassis word in the table's spelling: lower case, without blanks and hyphens."""
    return re.sub(r"[^a-z0-9]", "", text(value).lower())


def is_virtual(report: Report) -> bool:
    """Whether the machine is made of software: the agent says so, or its maker or model exists only there."""
    rules, hardware, bios = table("classes"), report.one("hardware"), report.one("bios")
    if text(hardware.get("vmsystem")).strip().lower() not in rules["not_virtual"]:
        return True
    model, maker = text(bios.get("smodel")).lower(), text(bios.get("smanufacturer")).lower()
    return model in rules["virtual_models"] or any(maker.startswith(name) for name in rules["virtual_makers"])


def kind_of(report: Report) -> str:
    """The class of the reporting thing; `workstation` (an endpoint of unknown form) when nothing tells.

    A partial report often lacks the operating system: whoever knows the class of the last full one should prefer that.
    """
    rules = table("classes")
    if report.has("network_device"):
        return _scanned(report)
    by_type = rules["itemtypes"].get(report.itemtype.lower())
    said = words_of_os(report)
    if by_type and by_type != "phone":
        return str(by_type)
    if any(word in said for word in rules["hypervisor_words"]):
        return "hypervisor"
    phone = by_type == "phone" or family(report) in ("android", "ios")
    if not phone and is_virtual(report):
        return "virtual_machine"
    model = text(report.one("bios").get("smodel")).lower()
    named = next((cls for cls, words in rules["models"].items() if any(model.startswith(word) for word in words)), "")
    built = _chassis(report, rules["chassis"])
    if phone:
        return "tablet" if "tablet" in (named, built) else "phone"
    if is_server_os(report) and built in ("", "desktop", "server"):
        return "server"
    if named or built:
        return named or built
    return "laptop" if report.rows("batteries") else "workstation"


def _scanned(report: Report) -> str:
    """The class of a device that was asked over the network: its type as told, more exactly where model or description say so."""
    row = report.one("network_device")
    said = f"{text(row.get('model'))} {text(row.get('description'))}".lower()
    for kind in (text(row.get("type")), report.itemtype):
        rule = table("classes")["scanned"].get(kind.lower())
        if rule is not None:
            return str(next((cls for word, cls in rule["words"].items() if re.search(rf"\b{word}\b", said)), rule["class"]))
    return "device"


def _chassis(report: Report, chassis: dict[str, list[str]]) -> str:
    word = form(report.one("hardware").get("chassis_type") or report.one("bios").get("type"))
    return next((cls for cls, words in chassis.items() if word in words), "") if word else ""
