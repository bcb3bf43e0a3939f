"""The native report: one JSON document that any script or management system can write. Its schema is published at
/api/v1/schemas/endpoint-report.json. What a report leaves out says nothing; null says that nobody can tell, and ends what was said before;
`false` and an empty list are statements."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cmdb.errors import Invalid
from cmdb.model.times import to_text
from discovery.reports.documents import NATIVE
from discovery.reports.message import Message
from discovery.reports.text import tidy
from discovery.reports.values import UNKNOWN

Text = Annotated[str, StringConstraints(max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=500)]
SCHEMA_ID = "/api/v1/schemas/endpoint-report.json"
_CHASSIS = {"laptop": "Laptop", "desktop": "Desktop", "server": "Main Server Chassis", "tablet": "Tablet"}
_KERNELS = {"windows": "MSWin32", "macos": "darwin"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Tool(_Part):
    """What wrote the report."""

    name: Name = Field(description="E.g. the management system's name.", examples=["intune-export"])
    version: Text = Field(default="", description="Its version.")


class Device(_Part):
    """Which device it is of."""

    id: Name = Field(description="The tool's own lasting key of this device. Two devices never share one.", examples=["9b1c2d"])
    kind: Literal["laptop", "desktop", "workstation", "server", "virtual_machine", "phone", "tablet"] = Field(
        default="workstation", description="What it is; workstation: a computer of unknown form."
    )
    hostname: Text = Field(default="", description="The name it gives itself.")
    fqdn: Text = Field(default="", description="Fully qualified domain name.")
    serial: Text = Field(default="", description="The maker's serial number.")
    uuid: Text = Field(default="", description="SMBIOS UUID.")
    vendor: Text = Field(default="", description="Maker; serial numbers are compared within it.")
    model: Text = Field(default="", description="The maker's name of the product.")
    imei: list[Text] = Field(default=[], max_length=10, description="IMEI numbers of a phone or tablet.")


class OperatingSystem(_Part):
    """Its operating system."""

    family: Literal["windows", "macos", "linux", "android", "ios", "chromeos", "bsd", "other"] = Field(description="Kind of system.")
    name: Text = Field(default="", description="Name as the vendor writes it, e.g. Debian GNU/Linux, iOS.")
    version: Text = Field(default="", description="Version of the product, not of the kernel.")
    build: Text = Field(default="", description="Windows: the whole build, 10.0.22631.")
    edition: Text = Field(default="", description="E.g. Enterprise.")
    arch: Text = Field(default="", description="Processor architecture.")
    kernel: Text = Field(default="", description="Kernel version.")
    booted_at: AwareDatetime | None = Field(default=None, description="Last start, with a zone.")


class Hardware(_Part):
    """Processor and memory."""

    cpu: Text = Field(default="", description="Processor model.")
    cpus: int | None = Field(default=None, ge=1, le=65536, description="Logical processors.")
    memory_bytes: int | None = Field(default=None, ge=1, lt=2**60, description="Main memory in bytes.")


class Interface(_Part):
    """One network interface."""

    name: Name = Field(description="Its name in the system.")
    mac: Text = Field(default="", description="Hardware address.")
    addresses: list[Text] = Field(default=[], max_length=100, description="IPv4 and IPv6 addresses.")
    virtual: bool = Field(default=False, description="Made by software, or lent by a dock: its address does not tell devices apart.")


class Package(_Part):
    """One installed product."""

    name: Name = Field(description="Name as installed.")
    version: Text = Field(default="", description="Version.")
    arch: Text = Field(default="", description="Architecture.")
    publisher: Text = Field(default="", description="Who made it.")
    ecosystem: Text = Field(default="", description="deb, rpm, apk, windows, macos, android, ios, pypi …")


class Antimalware(_Part):
    """One product against malware."""

    name: Name = Field(description="Product.")
    version: Text = Field(default="", description="Version.")
    enabled: bool | None = Field(default=None, description="Its real-time protection is on.")
    up_to_date: bool | None = Field(default=None, description="Its signatures are current.")
    signatures_on: Text = Field(default="", description="Day of its newest signatures, 2026-11-22.")


class Security(_Part):
    """How safe it is set up. Leave out what you cannot tell; never write false for it."""

    disk_encrypted: bool | None = Field(
        default=None,
        description="All of the system disk is encrypted and the encryption is active; not while it is under way.",
    )
    disk_encryption_method: Text = Field(default="", description="BitLocker, FileVault, luks2 …")
    all_disks_encrypted: bool | None = Field(default=None, description="All fixed disks are.")
    firewall_enabled: bool | None = Field(default=None, description="A host firewall filters incoming traffic on every profile.")
    firewall_product: Text = Field(default="", description="Which one.")
    antimalware: list[Antimalware] | None = Field(
        default=None, max_length=50, description="All products; an empty list says there is none."
    )
    screen_lock: bool | None = Field(default=None, description="The screen locks by itself and asks for a password.")
    screen_lock_timeout_s: int | None = Field(default=None, ge=0, le=10**9, description="Seconds until it locks.")
    secure_boot: bool | None = Field(default=None, description="UEFI secure boot is on.")
    tpm: bool | None = Field(default=None, description="A trusted platform module is there and ready.")
    sip: bool | None = Field(default=None, description="macOS: system integrity protection is on.")
    gatekeeper: bool | None = Field(default=None, description="macOS: Gatekeeper is on.")
    auditd: bool | None = Field(default=None, description="Linux: the audit daemon runs.")
    mandatory_access_control: Text = Field(default="", description="selinux:enforcing, apparmor:enabled, none.")
    pending_security_updates: int | None = Field(default=None, ge=0, le=10**9, description="Security updates that wait.")
    last_patched_at: AwareDatetime | None = Field(default=None, description="When the newest update was installed.")
    reboot_required: bool | None = Field(default=None, description="An update waits for a restart.")


class EndpointReport(_Part):
    """What one tool knows of one endpoint."""

    format: Literal["moorings-endpoint-report"] = Field(description="Names this format.")
    version: Literal[1] = Field(description="Of this format.")
    tool: Tool
    device: Device
    observed_at: AwareDatetime | None = Field(
        default=None,
        description="When the device was last looked at, with a zone: a management system's last check-in, not the time of the export.",
    )
    tag: Text = Field(default="", description="`site=Paris; ownership=loaned`: can only make the token's ownership stricter.")
    os: OperatingSystem | None = Field(default=None)
    hardware: Hardware | None = Field(default=None)
    interfaces: list[Interface] | None = Field(default=None, max_length=2000, description="All of them.")
    software: list[Package] | None = Field(default=None, max_length=100_000, description="All of it; what is not listed is not installed.")
    administrators: list[Text] | None = Field(default=None, max_length=500, description="Accounts with administrator rights, all of them.")
    security: Security | None = Field(default=None)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the report."""
    made = EndpointReport.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": "Moorings endpoint report", **made}


def read_native(message: Message) -> tuple[Message, datetime | None]:
    """The message of a native report, and when the device was looked at. Raises Invalid naming the first field at fault."""
    try:
        report = EndpointReport.model_validate(message.tree)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:200]
        raise Invalid(f"{where or 'The report'}: {first['msg'][:200]}. Its schema is at {SCHEMA_ID}.", field=where or "body") from None
    device, tool = report.device, report.tool
    made = Message(
        kind="inventory",
        wire="document",
        compression=message.compression,
        product="native",
        agent=tidy(f"{tool.name} {tool.version}")[:100],
        deviceid=tidy(f"{tool.name}:{device.id}")[:200],
        query="inventory",
        itemtype="Phone" if device.kind in ("phone", "tablet") else "",
        partial=not (report.software is not None and report.interfaces is not None and report.security is not None),
        tag=tidy(report.tag)[:200],
        tree=_content(report),
        notes=message.notes,
        once=message.once,
    )
    return made, report.observed_at


def _content(report: EndpointReport) -> dict[str, Any]:
    """The report's parts under the names of the one vocabulary; parts it leaves out are left out."""
    content: dict[str, Any] = {"hardware": [_hardware(report)], "bios": [_bios(report)]}
    if report.device.imei:
        content["modems"] = [{"imei": list(report.device.imei)}]
    if report.os is not None:
        content["operatingsystem"] = [_os(report.os, report.device.fqdn)]
    if report.hardware is not None and (report.hardware.cpu or report.hardware.cpus):
        content["cpus"] = [{"name": report.hardware.cpu, "logical_cpus": report.hardware.cpus}]
    if report.interfaces is not None:
        content["networks"] = [row for port in report.interfaces for row in _ports(port)]
    if report.software is not None:
        content["softwares"] = [{**part.model_dump(exclude={"ecosystem"}), "from": part.ecosystem} for part in report.software]
    if report.administrators is not None:
        content["local_groups"] = [{"name": "admin", "members": list(report.administrators)}]
    if report.security is not None:
        content |= _security(report.security)
    return content


def _hardware(report: EndpointReport) -> dict[str, Any]:
    device, memory = report.device, report.hardware.memory_bytes if report.hardware else None
    return {
        "name": device.hostname,
        "uuid": device.uuid,
        "memory": str(memory // 1048576) if memory else "",
        "chassis_type": _CHASSIS.get(device.kind, ""),
        "vmsystem": "vm" if device.kind == "virtual_machine" else "",
    }


def _bios(report: EndpointReport) -> dict[str, Any]:
    device, security = report.device, report.security
    found: dict[str, Any] = {"smanufacturer": device.vendor, "smodel": device.model, "ssn": device.serial}
    if security is not None and "secure_boot" in security.model_fields_set:
        found["secure_boot"] = {True: "Enabled", False: "Disabled", None: UNKNOWN}[security.secure_boot]
    return found


def _os(os: OperatingSystem, fqdn: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kernel_name": _KERNELS.get(os.family, os.family),
        "name": os.name or os.family,
        "full_name": f"{os.name} {os.edition}".strip() if os.family == "windows" else f"{os.name} {os.version}".strip(),
        "version": os.version,
        "edition": os.edition,
        "arch": os.arch,
        "kernel_version": os.build if os.family == "windows" else os.kernel,
        "fqdn": fqdn,
    }
    if os.booted_at is not None:
        found |= {"boot_time": to_text(os.booted_at)[:19].replace("T", " "), "timezone": {"name": "UTC", "offset": "+0000"}}
    return found


def _ports(port: Interface) -> list[dict[str, Any]]:
    row = {"description": port.name, "mac": port.mac, "virtualdev": "1" if port.virtual else ""}
    named = [{**row, "ipaddress6" if ":" in one else "ipaddress": one.split("/")[0]} for one in port.addresses]
    return named or [row]


def _security(security: Security) -> dict[str, Any]:
    content: dict[str, Any] = {}
    given = security.model_fields_set
    if "disk_encrypted" in given:
        word = {True: "Yes", False: "No", None: UNKNOWN}[security.disk_encrypted]
        content["drives"] = [{"type": "/", "systemdrive": "1", "encrypt_status": word, "encrypt_name": security.disk_encryption_method}]
    if "firewall_enabled" in given:
        word = {True: "on", False: "off", None: UNKNOWN}[security.firewall_enabled]
        content["firewalls"] = [{"status": word, "description": security.firewall_product}]
    if security.antimalware is not None:
        content["antivirus"] = [
            {
                "name": one.name,
                "version": one.version,
                "enabled": one.enabled,
                "uptodate": one.up_to_date,
                "base_creation": one.signatures_on,
            }
            for one in security.antimalware
        ]
    names = ("all_disks_encrypted", "tpm", "screen_lock", "screen_lock_timeout_s", "sip", "gatekeeper", "auditd", "reboot_required")
    posture: dict[str, Any] = {name: getattr(security, name) for name in names if name in given}
    posture["mandatory_access_control"] = security.mandatory_access_control
    if "pending_security_updates" in given:
        posture["pending_security_updates"] = security.pending_security_updates
    if "last_patched_at" in given:
        posture["last_patched_at"] = to_text(security.last_patched_at) if security.last_patched_at is not None else None
    told = {name: UNKNOWN if value is None else value for name, value in posture.items() if value != ""}
    if told:
        content["posture"] = [told]
    return content


__all__ = ["NATIVE", "SCHEMA_ID", "EndpointReport", "read_native", "schema"]
