"""SPDX: version 2 in JSON, XML and tag-value, GitHub's wrapping of it, and version 3 in JSON-LD (spdx.github.io/spdx-spec)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.documents.bom import MAX_COMPONENTS, message_of, software_row
from discovery.reports.message import Message
from discovery.reports.text import tidy

TAGS = b"SPDXVersion:"
_NOTHING = {"noassertion", "none"}
_LISTS = ("packages", "relationships", "documentDescribes", "externalRefs", "creators")
_TAG = re.compile(r"([A-Za-z]+):\s?(.*)")
_VALUES = {"PackageName": "name", "SPDXID": "SPDXID", "PackageVersion": "versionInfo"}
_PURL = re.compile(r"\s*PACKAGE[-_]MANAGER\s+purl\s+(\S+)", re.IGNORECASE)

Tree = Mapping[str, Any]


def is_graph(tree: Tree) -> bool:
    """Whether the JSON is a document of version 3."""
    return isinstance(tree.get("@graph"), list) and "spdx.org/rdf/3" in str(tree.get("@context", ""))[:2000]


def is_tags(body: bytes) -> bool:
    """Whether the text is a document in tag-value form; comments may come first."""
    return next((line.startswith(TAGS) for line in body[:4096].splitlines() if line.strip() and not line.startswith(b"#")), False)


def read(tree: Tree, subject: str = "") -> Message:
    """A document of version 2 as a tree. `subject` is the host name that came with it. Raises Invalid where nobody names a machine."""
    packages = _rows(tree.get("packages"))
    _check(len(packages))
    described = _described(tree)
    rows = []
    for package in packages:
        if described is not None and package.get("SPDXID") == described:
            continue
        purl = next(
            (_word(ref.get("referenceLocator")) for ref in _rows(package.get("externalRefs")) if ref.get("referenceType") == "purl"), ""
        )
        rows.append(software_row({"name": _word(package.get("name")), "version": _said(package.get("versionInfo")), "purl": purl}))
    made = tree.get("creationInfo")
    creators = made.get("creators") if isinstance(made, Mapping) else None
    tool = next((c.removeprefix("Tool:").strip() for c in _list(creators) if isinstance(c, str) and c.startswith("Tool:")), "")
    return message_of("spdx", subject or _word(tree.get("name")), [row for row in rows if row is not None], tidy(tool))


def read_xml(root: etree._Element, subject: str = "") -> Message:
    """A document of version 2 in XML: the JSON's names as elements, lists as repeated ones. Raises Invalid as `read`."""
    return read(_tree(root), subject)


def read_tags(body: bytes, subject: str = "") -> Message:
    """A document of version 2 in tag-value form. Raises Invalid as `read`."""
    tree: dict[str, Any] = {"packages": [], "relationships": [], "creationInfo": {"creators": []}}
    package: dict[str, Any] | None = None
    for tag, value in _tags(body.decode("utf-8", "replace")):
        if tag == "DocumentName":
            tree["name"] = value
        elif tag == "Creator":
            tree["creationInfo"]["creators"].append(value)
        elif tag == "PackageName":
            package = {"name": value}
            tree["packages"].append(package)
            _check(len(tree["packages"]))
        elif tag in ("FileName", "SnippetSPDXID", "LicenseID"):
            package = None
        elif tag == "Relationship" and len(parts := value.split()) == 3:
            tree["relationships"].append({"spdxElementId": parts[0], "relationshipType": parts[1], "relatedSpdxElement": parts[2]})
        elif package is not None and tag in _VALUES:
            package.setdefault(_VALUES[tag], value)
        elif package is not None and tag == "ExternalRef" and (found := _PURL.match(value)):
            package.setdefault("externalRefs", [{"referenceType": "purl", "referenceLocator": found[1]}])
    return read(tree, subject)


def read_graph(tree: Tree, subject: str = "") -> Message:
    """A document of version 3. Raises Invalid as `read`."""
    nodes = _rows(tree.get("@graph"))
    document = next((node for node in nodes if _kind(node) == "SpdxDocument"), {})
    bill = next((node for node in nodes if _kind(node) in ("software_Sbom", "Bom")), {})
    roots = [part for part in _list(bill.get("rootElement")) or _list(document.get("rootElement")) if isinstance(part, str)]
    packages = [node for node in nodes if _kind(node) == "software_Package"]
    _check(len(packages))
    root = roots[0] if len(roots) == 1 else ""
    rows, name = [], ""
    for package in packages:
        if root and root in (package.get("spdxId"), package.get("@id")):
            name = _word(package.get("name"))
            continue
        purl = _word(package.get("software_packageUrl")) or next(
            (
                _word(one.get("identifier"))
                for one in _rows(package.get("externalIdentifier"))
                if one.get("externalIdentifierType") == "packageUrl"
            ),
            "",
        )
        rows.append(
            software_row({"name": _word(package.get("name")), "version": _said(package.get("software_packageVersion")), "purl": purl})
        )
    tool = next((_word(node.get("name")) for node in nodes if _kind(node) == "Tool"), "")
    said = subject or _word(document.get("name")) or name
    return message_of("spdx", said, [row for row in rows if row is not None], tool)


def _described(tree: Tree) -> object:
    """The package that the document is about, where it is about one: the machine, directory or image itself."""
    found = [part for part in _list(tree.get("documentDescribes")) if isinstance(part, str)]
    for relation in _rows(tree.get("relationships")):
        kind, one, other = (relation.get(name) for name in ("relationshipType", "spdxElementId", "relatedSpdxElement"))
        if kind == "DESCRIBES" and one == "SPDXRef-DOCUMENT":
            found.append(str(other))
        elif kind == "DESCRIBED_BY" and other == "SPDXRef-DOCUMENT":
            found.append(str(one))
    packages = {package.get("SPDXID") for package in _rows(tree.get("packages"))}
    about = [part for part in dict.fromkeys(found) if part in packages]
    return about[0] if len(about) == 1 and len(packages) > 1 else None


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Tags with their values; `<text>` may run over lines, and nothing that is read here does."""
    inside = False
    for line in text.splitlines():
        if inside:
            inside = "</text>" not in line
            continue
        found = _TAG.match(line)
        if found is None:
            continue
        value = found[2].strip()
        inside = "<text>" in value and "</text>" not in value
        yield found[1], tidy(value.removeprefix("<text>").removesuffix("</text>"))


def _tree(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child).localname
        value: Any = _tree(child) if len(child) else child.text or ""
        if name in _LISTS:
            found.setdefault(name, []).append(value)
        else:
            found.setdefault(name, value)
    return found


def _check(packages: int) -> None:
    if packages > MAX_COMPONENTS:
        raise Invalid(f"The bill of material lists more than {MAX_COMPONENTS:,} components.", field="packages")


def _kind(node: Tree) -> str:
    return str(node.get("type") or node.get("@type") or "")


def _said(value: object) -> str:
    word = _word(value)
    return "" if word.casefold() in _NOTHING else word


def _word(value: object) -> str:
    return tidy(value) if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _rows(value: object) -> list[Tree]:
    return [row for row in _list(value) if isinstance(row, Mapping)]
