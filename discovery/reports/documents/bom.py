"""Bills of material: CycloneDX 1.2–1.7 (JSON, XML); SPDX beside it (spdx.py). A list of software on the machine that its subject names.

A bill is of one directory, image or tool's view, seldom of a whole machine: what it lists is there, what it does not list may be too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import unquote

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.message import Message
from discovery.reports.text import tidy

MAX_COMPONENTS = 100_000
MAX_NESTING = 20
_NOT_SOFTWARE = {"file", "data", "machine-learning-model", "cryptographic-asset", "device", "operating-system"}
NO_SUBJECT = (
    "The bill of material does not say of which machine it is: give the host name as metadata.component.name (CycloneDX), "
    "as the document's name (SPDX), or as projectName of the upload."
)


NO_COMPONENTS = (
    "The CycloneDX document lists vulnerabilities and no components (a VEX): "
    "it says nothing of what is installed; send the bill it is about."
)


def read_cyclonedx(tree: Mapping[str, Any], subject: str = "") -> Message:
    """A CycloneDX document in JSON. `subject` is the host name that an upload gave. Raises Invalid where nobody names a machine, and for a
    document of vulnerabilities alone."""
    metadata = _object(tree.get("metadata"))
    if "components" not in tree and tree.get("vulnerabilities"):
        raise Invalid(NO_COMPONENTS, field="components")
    rows: list[dict[str, str]] = []
    _components(tree.get("components"), rows, 0)
    return message_of("cyclonedx", subject or _word(_object(metadata.get("component")).get("name")), rows, _tool(metadata.get("tools")))


def read_xml(root: etree._Element, subject: str = "") -> Message:
    """A CycloneDX document in XML. Raises Invalid as `read_cyclonedx`."""
    if root.find("{*}components") is None and root.find("{*}vulnerabilities/{*}vulnerability") is not None:
        raise Invalid(NO_COMPONENTS, field="components")
    rows: list[dict[str, str]] = []
    _elements(root, rows, 0)
    name = root.findtext("{*}metadata/{*}component/{*}name") or ""
    tools = [*root.iterfind("{*}metadata/{*}tools/{*}tool"), *root.iterfind("{*}metadata/{*}tools/{*}components/{*}component")]
    tool = " ".join(filter(None, (tools[0].findtext("{*}name"), tools[0].findtext("{*}version")))) if tools else ""
    return message_of("cyclonedx", subject or tidy(name), rows, tidy(tool))


def _elements(holder: etree._Element, rows: list[dict[str, str]], depth: int) -> None:
    """The components right below, and theirs: what stands under pedigree, tools or formulation is not installed."""
    for component in holder.iterfind("{*}components/{*}component"):
        _room(rows)
        if component.get("isExternal") in ("true", "1"):  # what it needs from elsewhere (1.7)
            continue
        row = {"type": component.get("type") or ""}
        row |= {name: component.findtext(f"{{*}}{name}") or "" for name in ("name", "version", "purl", "publisher", "group")}
        if (made := software_row(row)) is not None:
            rows.append(made)
        if depth < MAX_NESTING:
            _elements(component, rows, depth + 1)


def _room(rows: list[dict[str, str]]) -> None:
    if len(rows) >= MAX_COMPONENTS:
        raise Invalid(f"The bill of material lists more than {MAX_COMPONENTS:,} components.", field="components")


def _components(value: object, rows: list[dict[str, str]], depth: int) -> None:
    """Components hold components."""
    for part in value if isinstance(value, list) else []:
        _room(rows)
        if not isinstance(part, dict) or part.get("isExternal") is True:
            continue
        made = software_row({name: _word(part.get(name)) for name in ("type", "name", "version", "purl", "publisher", "group")})
        if made is not None:
            rows.append(made)
        if depth < MAX_NESTING:
            _components(part.get("components"), rows, depth + 1)


def software_row(component: Mapping[str, str]) -> dict[str, str] | None:
    """A row of software: the package URL says the ecosystem and the full name, where there is one."""
    name, version = tidy(component.get("name", "")), tidy(component.get("version", ""))
    kind = component.get("type", "")
    if not name or kind in _NOT_SOFTWARE:
        return None
    ecosystem, space, arch = _purl(component.get("purl", ""))
    group = component.get("group", "") or space
    if ecosystem in ("npm", "maven", "golang", "composer", "github") and group and not name.startswith(group):
        name = f"{group}{':' if ecosystem == 'maven' else '/'}{name}"
    found = {"name": name, "version": version, "from": ecosystem, "arch": arch, "publisher": component.get("publisher", "")}
    return {key: value for key, value in found.items() if value}


def _purl(purl: str) -> tuple[str, str, str]:
    """Type, namespace and architecture of a package URL (package-url/purl-spec); empty texts where it is none."""
    if not purl.startswith("pkg:"):
        return "", "", ""
    path, _, qualifiers = purl[4:].partition("#")[0].partition("?")
    kind, _, rest = path.strip("/").partition("/")
    space = unquote(rest.rpartition("/")[0])
    arch = next((part[5:] for part in qualifiers.split("&") if part.startswith("arch=")), "")
    return kind.lower()[:40], "" if kind in ("deb", "rpm", "apk") else space, unquote(arch)[:40]


def message_of(product: Literal["cyclonedx", "spdx"], subject: str, rows: Iterable[dict[str, str]], tool: str) -> Message:
    """The message of a bill. Raises Invalid where nobody names a machine."""
    name = tidy(subject)[:150]
    if not name:
        raise Invalid(NO_SUBJECT, field="projectName")
    return Message(
        kind="inventory",
        wire="document",
        compression="plain",
        product=product,
        agent=(tool or {"cyclonedx": "CycloneDX", "spdx": "SPDX"}[product])[:100],
        deviceid=f"bom:{name}",
        query="inventory",
        partial=True,
        tree={"hardware": [{"name": name}], "softwares": list(rows)},
    )


def _tool(tools: object) -> str:
    """The tool that wrote it: a list of tools (1.4), or an object with components (1.5 and later)."""
    found = _object(tools).get("components") if isinstance(tools, dict) else tools
    first = _object(found[0]) if isinstance(found, list) and found else {}
    return " ".join(filter(None, (_word(first.get("name")), _word(first.get("version")))))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    return tidy(value) if isinstance(value, str) else ""
