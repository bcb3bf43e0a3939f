"""Documents that other tools write about an endpoint: Lynis, XCCDF and ARF, CycloneDX and SPDX. Told apart by their content.

Each reader gives a message whose content is in the one vocabulary, so that the privacy filter and everything after it is the same for all.
A document speaks only of its own matter: every one is partial.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from discovery.reports.documents import bom, lynis, spdx, xccdf
from discovery.reports.message import Message

NATIVE = "moorings-endpoint-report"
"""What the native report says in `format`; it is checked at its door, where its schema is published."""


def of_xml(root: etree._Element) -> Message | None:
    """The message of an XML document; None for one that is no document of these kinds. Raises Invalid for one that cannot be used."""
    name = etree.QName(root)
    if name.localname in ("TestResult", "Benchmark", "asset-report-collection"):
        return xccdf.read(root)
    return bill_of_xml(root)


def of_json(tree: dict[str, Any]) -> Message | None:
    """The message of a JSON document; None as above. Raises Invalid for one that cannot be used."""
    if tree.get("format") == NATIVE:
        return Message("other", "document", "plain", "native", "", "", query="native", tree=tree)
    return bill_of_json(tree)


def of_text(body: bytes) -> Message | None:
    """The message of a document that is plain text: Lynis' report.dat, SPDX in tag-value form."""
    if lynis.is_report(body):
        return lynis.read(body)
    return spdx.read_tags(body) if spdx.is_tags(body) else None


def bill_of_xml(root: etree._Element, subject: str = "") -> Message | None:
    """A bill of material in XML; `subject` is the host name that came with it. None for what is none; raises Invalid as `of_xml`."""
    name = etree.QName(root)
    if name.localname == "bom" and "cyclonedx" in (name.namespace or ""):
        return bom.read_xml(root, subject)
    if name.localname == "Document" and root.find("{*}spdxVersion") is not None:
        return spdx.read_xml(root, subject)
    return None


def bill_of_json(tree: dict[str, Any], subject: str = "") -> Message | None:
    """The same in JSON. GitHub's answer holds its document under `sbom`."""
    if tree.get("bomFormat") == "CycloneDX":
        return bom.read_cyclonedx(tree, subject)
    inner = tree.get("sbom")
    if isinstance(inner, dict) and "spdxVersion" in inner:
        return spdx.read(inner, subject)
    if spdx.is_graph(tree):
        return spdx.read_graph(tree, subject)
    return spdx.read(tree, subject) if "spdxVersion" in tree or "SPDXID" in tree else None
