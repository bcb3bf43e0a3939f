# ruff: noqa: E501 - reports as their agents write them
"""A report in each format with a value of its own in every field, and a look everywhere for what is left of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask

from cmdb.graph.door import Graph
from discovery.reports.tables import table
from tests.compliance.by_source.inventories import as_xml
from tests.compliance.by_source.site import Site
from tests.discovery.reports.made import glpi
from tests.privacy.devices import graph_text, ledger_bytes
from tests.web.visitor import Visitor

_ADDRESSES = {"ipaddress", "ipaddr", "ipgateway", "ipdhcp", "ipsubnet", "defaultgateway", "dns", "address", "ip"}


@dataclass(slots=True)
class Cage:
    """Makes canaries and remembers which field each stands in. `first`: cages do not share birds."""

    first: int = 0
    made: dict[str, str] = field(default_factory=dict)

    def bird(self, place: str) -> str:
        """The canary of a field (`section.field`), in a form that the field is likely to be read in."""
        name, number = place.rpartition(".")[2].lower(), self.first + len(self.made) + 1
        value = f"cnry{number:04d}x{name.replace('_', '')}"
        if name in ("mac", "macaddr", "mac_address"):
            value = f"3c:52:82:ca:{number // 256:02x}:{number % 256:02x}"
        elif name in _ADDRESSES or name.startswith("target-address"):
            value = f"10.77.{number // 250}.{number % 250 + 1}"
        elif name == "uuid":
            value = f"5ec4e7c4-1111-4222-8333-{number:012x}"
        elif name == "imei":
            value = f"3569380{number:07d}5"
        self.made[value] = place
        return value

    def found(self, text: str) -> set[str]:
        """The places whose canary is in this text, in any case, with or without punctuation."""
        plain = text.lower()
        return {place for value, place in self.made.items() if any(form in plain for form in _forms(value, place))}


def _forms(value: str, place: str) -> set[str]:
    """A canary as it may be written. Of an IMEI fourteen digits are the number; what follows is not in every list."""
    return {value, value.replace(":", ""), *([value[:14]] if place.endswith(".imei") else [])}


def everything(cage: Cage) -> dict[str, Any]:
    """Every section with every field that the privacy table knows, and some that nobody knows."""
    content: dict[str, Any] = {}
    for section, rule in table("privacy")["sections"].items():
        fields = {name for who, names in rule.items() if who not in ("admins", "watched") for name in names} | {"invented"}
        content[section] = [{name: cage.bird(f"{section}.{name}") for name in sorted(fields)}]
    content["local_groups"][0] |= {"name": "sudo", "members": [cage.bird("local_groups.members")]}
    content["local_users"][0] |= {"id": "0"}
    content["operatingsystem"][0] |= {"timezone": {"name": "UTC", "secret": cage.bird("operatingsystem.secret")}}
    for section in ("envs", "processes", "users", "simcards", "licenseinfos", "accesslog", "remote_mgmt", "invented"):
        content[section] = [
            {name: cage.bird(f"{section}.{name}") for name in ("key", "val", "cmd", "login", "line_number", "fullname", "id")}
        ]
    content["hardware"][0] |= {"vmsystem": "Physical", "chassis_type": "Laptop"}
    return content


def send_glpi(site: Site, cage: Cage) -> str:
    """GLPI JSON."""
    return site.send(glpi(everything(cage), deviceid="can-1", extra=cage.bird("envelope.extra")), **{"User-Agent": "GLPI-Agent_v1.11"})


def send_xml(client: str, agent: str) -> Any:
    """FusionInventory's and OCS's XML."""

    def send(site: Site, cage: Cage) -> str:
        return site.send(as_xml(everything(cage), client, "can-1"), **{"User-Agent": agent})

    return send


_OSQUERY = (
    "hostname",
    "uuid",
    "cpu_brand",
    "hardware_vendor",
    "hardware_model",
    "hardware_serial",
    "board_serial",
    "computer_name",
    "local_hostname",
)


def send_osquery(site: Site, cage: Cage) -> str:
    """Enrolment, scheduled results, decorations, a status line, and results nobody asked for."""
    system = {name: cage.bird(f"system.{name}") for name in (*_OSQUERY, "invented")}
    details = {
        "system_info": system,
        "os_version": {"name": "Debian GNU/Linux", "platform": "debian", "codename": cage.bird("os.codename")},
    }
    personal = site.ownership in ("personal", "")
    rows: dict[str, list[dict[str, str]]] = {
        "system": [system],
        "software_linux": [{name: cage.bird(f"software.{name}") for name in ("name", "version", "install_path")}],
        "drives_linux": [{"path": "/", "encrypted": "1", "method": cage.bird("drives.method"), "uuid": cage.bird("drives.uuid")}],
        "firewall_linux": [{"id": cage.bird("firewall.id"), "active_state": "active", "description": cage.bird("firewall.description")}],
        "auditd_linux": [{"active_state": "active", "user": cage.bird("auditd.user")}],
        ("macs" if personal else "interfaces"): [
            {name: cage.bird(f"interfaces.{name}") for name in ("interface", "mac", "address", "mask", "pci_slot")}
        ],
    }
    unasked = {
        name: [{"username": cage.bird(f"{name}.username"), "cmdline": cage.bird(f"{name}.cmdline")}]
        for name in ("processes", "logged_in_users")
    }
    if personal:
        rows["macs"][0].pop("address")
        unasked |= {
            "moorings_admins": [{"username": cage.bird("admins.username")}],
            "moorings_interfaces": [{"address": cage.bird("interfaces.address")}],
        }
    ci = site.osquery(9, rows, host_details=details)
    lines = [
        {
            "name": name,
            "action": "snapshot",
            "snapshot": said,
            "unixTime": 6,
            "epoch": 0,
            "counter": 0,
            "decorations": {"user": cage.bird(f"{name}.decoration")},
        }
        for name, said in unasked.items()
    ]
    site.log(lines)
    site.log(
        [{"message": f"Error executing scheduled query x: {cage.bird('status.message')}", "filename": cage.bird("status.filename")}],
        kind="status",
    )
    return ci


def send_lynis(site: Site, cage: Cage) -> str:
    """Every key of Lynis' report that could tell of people or places."""
    ones = (
        "hostname",
        "real_user",
        "default_gateway",
        "resolv_conf_domain",
        "hostid",
        "hostid2",
        "os_kernel_version_full",
        "report_directory",
        "auditor",
        "invented",
    )
    many = (
        "real_user",
        "home_directory",
        "network_listen",
        "certificate",
        "network_ipv4_address",
        "nameserver",
        "running_service",
        "suggestion",
        "details",
        "expired_certificate",
    )
    lines = ["# Lynis Report", "os=Linux", "os_fullname=Debian GNU/Linux 12", "os_version=12", "vm=0", "firewall_active=1"]
    lines += [f"{name}={cage.bird(f'lynis.{name}')}" for name in ones] + [f"{name}[]={cage.bird(f'lynis.{name}[]')}" for name in many]
    lines += [
        f"network_mac_address[]={cage.bird('lynis.mac')}",
        f"firewall_software[]={cage.bird('lynis.firewall')}",
        f"malware_scanner[]={cage.bird('lynis.scanner')}",
    ]
    lines += [f"installed_packages_array=|{cage.bird('software.name')},{cage.bird('software.version')}", "finish=true"]
    return site.send("\n".join(lines) + "\n")


def send_xccdf(site: Site, cage: Cage) -> str:
    """A TestResult with who ran it, where, and what each rule says."""
    facts = {"mac": "asset:identifier:mac", "ip": "asset:identifier:ipv4", "host": "asset:identifier:host_name", "user": "scanner:user"}
    said = "".join(f'<fact name="urn:xccdf:fact:{kind}">{cage.bird(f"xccdf.{name}")}</fact>' for name, kind in facts.items())
    rule = f'<rule-result idref="{cage.bird("rule.idref")}" severity="high"><result>pass</result><message>{cage.bird("rule.message")}</message></rule-result>'
    return site.send(
        f'<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"><benchmark id="{cage.bird("xccdf.benchmark")}"/><title>{cage.bird("xccdf.title")}</title>'
        f'<identity authenticated="true">{cage.bird("xccdf.identity")}</identity><profile idref="{cage.bird("xccdf.profile")}"/>'
        f"<organization>{cage.bird('xccdf.organization')}</organization><target>{cage.bird('xccdf.target')}</target>"
        f"<target-address>{cage.bird('xccdf.target-address')}</target-address><target-facts>{said}</target-facts>{rule}</TestResult>"
    )


def send_cyclonedx(site: Site, cage: Cage) -> str:
    """A bill with authors, licences, paths, hashes and properties."""
    part: dict[str, Any] = {
        "type": "library",
        **{name: cage.bird(f"component.{name}") for name in ("name", "version", "publisher", "author", "description", "copyright", "cpe")},
    }
    part |= {
        "licenses": [{"license": {"name": cage.bird("component.license")}}],
        "properties": [{"name": "path", "value": cage.bird("component.path")}],
    }
    about: dict[str, Any] = {
        "component": {"name": cage.bird("bom.name"), "version": cage.bird("bom.version")},
        "tools": [{"name": cage.bird("bom.tool")}],
    }
    about |= {
        "authors": [{"name": cage.bird("bom.author"), "email": cage.bird("bom.email")}],
        "supplier": {"name": cage.bird("bom.supplier")},
    }
    extra = {
        "annotations": [cage.bird("bom.annotation")],
        "services": [{"name": cage.bird("bom.service")}],
        "serialNumber": cage.bird("bom.serialNumber"),
    }
    return site.send({"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": about, "components": [part], **extra})


def send_spdx(site: Site, cage: Cage) -> str:
    """Likewise."""
    names = ("name", "versionInfo", "supplier", "originator", "downloadLocation", "comment", "copyrightText", "homepage", "packageFileName")
    part = {"SPDXID": "SPDXRef-1", **{name: cage.bird(f"package.{name}") for name in names}}
    made = {"creators": [f"Person: {cage.bird('spdx.person')}", f"Tool: {cage.bird('spdx.tool')}"], "comment": cage.bird("spdx.comment")}
    body = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": cage.bird("spdx.name"),
        "creationInfo": made,
        "packages": [part],
    }
    return site.send({**body, "documentNamespace": cage.bird("spdx.namespace"), "files": [{"fileName": cage.bird("spdx.file")}]})


def send_native(site: Site, cage: Cage) -> str:
    """Every field of text of the native report."""
    device = {name: cage.bird(f"device.{name}") for name in ("id", "hostname", "fqdn", "serial", "uuid", "vendor", "model")}
    port = {"name": cage.bird("interfaces.name"), "mac": cage.bird("interfaces.mac"), "addresses": [cage.bird("interfaces.address")]}
    package = {name: cage.bird(f"software.{name}") for name in ("name", "version", "publisher")}
    guard = {"name": cage.bird("antimalware.name"), "version": cage.bird("antimalware.version"), "enabled": True}
    return site.send(
        {
            "format": "moorings-endpoint-report",
            "version": 1,
            "tool": {"name": "mdm"},
            "device": {**device, "kind": "laptop", "imei": [cage.bird("device.imei")]},
            "os": {"family": "linux", **{name: cage.bird(f"os.{name}") for name in ("name", "version", "edition", "arch", "kernel")}},
            "interfaces": [port],
            "software": [package],
            "administrators": [cage.bird("administrators.login")],
            "security": {
                "antimalware": [guard],
                "firewall_product": cage.bird("security.firewall_product"),
                "mandatory_access_control": cage.bird("security.mac_module"),
            },
        }
    )


def look_everywhere(site: Site, app: Flask, ids: Mapping[str, str], log: str, folder: Path) -> dict[str, str]:
    """Place → text: the graph, the data folder with all that is packed in it, the log, every page and every answer of the API."""
    house = site.house
    found = {"graph": graph_text(house.graph), "ledger": ledger_bytes(house).decode("latin-1"), "log": log}
    found["folder"] = "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())
    found |= walk(app, house.graph, ids)
    return found


def walk(app: Flask, graph: Graph, ids: Mapping[str, str]) -> dict[str, str]:
    """Every address that can be asked for by GET, filled with these ids, as an administrator sees it; and some of what lies in devices."""
    browser, found = Visitor(app, "ada"), {}
    rows = graph.read("MATCH (c:CI) RETURN c.id AS id, c.class AS cls ORDER BY c.id")
    devices = [str(row["id"]) for row in rows if row["cls"] in ("laptop", "workstation")]
    inside = {str(row["cls"]): str(row["id"]) for row in rows if row["cls"] in ("interface", "person", "monitor", "virtual_machine")}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        for ci in [*devices, *inside.values()] if {"ci", "ci_id"} & rule.arguments else [""]:
            values = {**ids, "ci": ci, "ci_id": ci}
            address = rule.build({name: values[name] for name in rule.arguments}) if rule.arguments <= values.keys() else None
            if address is not None:
                reply = browser.client.get(address[1])
                assert reply.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (address[1], reply.text[:300])
                found[address[1]] = reply.data.decode("latin-1")
    return found


def remains(text: Mapping[str, str], cage: Cage) -> dict[str, list[str]]:
    """Field → where its canary was found."""
    left: dict[str, list[str]] = {}
    for place, said in text.items():
        for name in cage.found(said):
            left.setdefault(name, []).append(place)
    return {name: sorted(places)[:4] for name, places in sorted(left.items())}
