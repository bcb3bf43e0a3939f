"""Section `identity`: machine-id, SMBIOS, device tree, SSH host keys, and whether this is a machine, a guest or a container."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, key_values

_NAMESPACE = re.compile(r"(pid|uts):\[(\d+)\]")
# The kernel gives the first namespaces fixed numbers (linux/proc_ns.h: PROC_PID_INIT_INO, PROC_UTS_INIT_INO).
_FIRST_NAMESPACES = {"pid": "4026531836", "uts": "4026531838"}
_KEY_TYPE = re.compile(r"^(?:ssh-|ecdsa-|sk-)[\w.@-]+$")
_BASE64 = re.compile(r"^[A-Za-z0-9+/]{40,8000}={0,2}$")
_DMIDECODE_TITLES = {
    "System Information": {
        "Manufacturer": "sys_vendor",
        "Product Name": "product_name",
        "Version": "product_version",
        "Serial Number": "product_serial",
        "UUID": "product_uuid",
        "SKU Number": "product_sku",
    },
    "Base Board Information": {
        "Manufacturer": "board_vendor",
        "Product Name": "board_name",
        "Serial Number": "board_serial",
        "Asset Tag": "board_asset_tag",
    },
    "Chassis Information": {"Manufacturer": "chassis_vendor", "Serial Number": "chassis_serial", "Asset Tag": "chassis_asset_tag"},
    "BIOS Information": {"Vendor": "bios_vendor", "Version": "bios_version", "Release Date": "bios_date"},
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies a host, as spelt there. `dmi` uses the kernel's names (product_serial, product_uuid, …).

    `withheld` names SMBIOS values that exist and may not be read by us.
    """

    machine_id: str = ""
    dmi: Mapping[str, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    device_tree: Mapping[str, str] = field(default_factory=dict)
    mainframe: Mapping[str, str] = field(default_factory=dict)
    host_keys: tuple[str, ...] = ()
    virtual_machine: str = ""
    container: str = ""
    cloud: str = ""
    cloud_instance: str = ""
    fqdn: str = ""


def read_identity(section: Section) -> Identity:
    """All identity evidence of the section; what was not printed stays empty."""
    dmi, withheld = parse_dmi(section.output("dmi"))
    decoded = parse_dmidecode(section.output("dmidecode"))
    dmi = {**decoded, **dmi}
    marks = parse_marks(section.output("marks"))
    return Identity(
        machine_id=clean(section.output("machine_id"), 64),
        dmi=dmi,
        withheld=tuple(name for name in withheld if name not in dmi),
        device_tree=dict(key_values(section.output("devicetree"))),
        mainframe=dict(key_values(section.output("sysinfo"), ":")),
        host_keys=parse_host_keys(section.output("host_keys")),
        virtual_machine=_virtual_machine(section.output("virt_vm"), marks),
        container=_container(section, marks),
        cloud=marks.get("/run/cloud-init/cloud-id", ""),
        cloud_instance=marks.get("/var/lib/cloud/data/instance-id", ""),
        fqdn=clean(section.output("fqdn"), 255),
    )


def parse_dmi(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """`name=value` and `name!` (exists, may not be read) lines: the values that are not empty, and the withheld names."""
    values = {name: value for name, value in key_values(text) if value}
    withheld = tuple(clean(line[:-1]) for line in text.splitlines() if line.endswith("!") and "=" not in line)
    return values, withheld


def parse_dmidecode(text: str) -> dict[str, str]:
    """`dmidecode -q -t 0,1,2,3` to the kernel's names. The first block of each kind counts (blades list several boards)."""
    values: dict[str, str] = {}
    names: Mapping[str, str] = {}
    seen: set[str] = set()
    for line in text.splitlines():
        if line and not line[0].isspace():
            title = line.strip()
            names = {} if title in seen else _DMIDECODE_TITLES.get(title, {})
            seen.add(title)
            continue
        key, found, value = line.partition(":")
        if found and key.strip() in names and clean(value):
            values.setdefault(names[key.strip()], clean(value))
    return values


def parse_marks(text: str) -> dict[str, str]:
    """Files that tell of containers and clouds: `has=PATH` gives PATH → "yes", `PATH=content` gives the content."""
    marks: dict[str, str] = {}
    for name, value in key_values(text):
        if name == "has":
            marks[value] = "yes"
        else:
            marks[name] = value
    return marks


def parse_host_keys(text: str) -> tuple[str, ...]:
    """Public key files to `type base64` without comments, sorted, each once."""
    keys = set()
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and _KEY_TYPE.match(words[0]) and _BASE64.match(words[1]):
            keys.add(f"{words[0]} {words[1]}")
    return tuple(sorted(keys))


def in_first_namespaces(text: str) -> bool | None:
    """Whether `ls -l /proc/self/ns/*` shows the namespaces the kernel itself started with; None where it cannot be told."""
    seen = dict(_NAMESPACE.findall(text))
    if not _FIRST_NAMESPACES.keys() <= seen.keys():
        return None
    return all(seen[name] == number for name, number in _FIRST_NAMESPACES.items())


def _virtual_machine(answer: str, marks: Mapping[str, str]) -> str:
    told = clean(answer, 60)
    if told and told != "none":
        return told
    return marks.get("/sys/hypervisor/type", "")


def _container(section: Section, marks: Mapping[str, str]) -> str:
    """The kind of container we are in, or empty.

    Files such as /.dockerenv are left in images that later boot as real machines, so the namespaces have the last word.
    """
    if in_first_namespaces(section.output("namespaces")):
        return ""
    told = clean(section.output("virt_container"), 60)
    if told and told != "none":
        return told
    if marks.get("/run/systemd/container"):
        return marks["/run/systemd/container"]
    by_file = (("/.dockerenv", "docker"), ("/run/.containerenv", "podman"), ("/dev/lxd/sock", "lxc"))
    for path, kind in by_file:
        if path in marks:
            return kind
    if "/proc/vz" in marks and "/proc/bc" not in marks:
        return "openvz"
    return ""
