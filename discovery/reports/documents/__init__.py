"""Documents that other tools write about an endpoint: Lynis, XCCDF and ARF, CycloneDX and SPDX. Told apart by their content.

Each reader gives a message whose content is in the one vocabulary, so that the privacy filter and everything after it is the same for all.
A document speaks only of its own matter: every one is partial.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from discovery.reports.documents import bom, lynis, xccdf
from discovery.reports.message import Message

NATIVE = "moorings-endpoint-report"
"""What the native report says in `format`; it is checked at its door, where its schema is published."""


def of_xml(root: etree._Element) -> Message | None:
    """The message of an XML document; None for one that is no document of these kinds. Raises Invalid for one that cannot be used."""
    name = etree.QName(root)
    if name.localname in ("TestResult", "Benchmark", "asset-report-collection"):
        return xccdf.read(root)
    if name.localname == "bom" and "cyclonedx" in (name.namespace or ""):
        return bom.read_xml(root)
    return None


def of_json(tree: dict[str, Any]) -> Message | None:
    """The message of a JSON document; None as above. Raises Invalid for one that cannot be used."""
    if tree.get("format") == NATIVE:
        return Message("other", "document", "plain", "native", "", "", query="native", tree=tree)
    if tree.get("bomFormat") == "CycloneDX":
        return bom.read_cyclonedx(tree)
    if "spdxVersion" in tree or "SPDXID" in tree:
        return bom.read_spdx(tree)
    return None


def of_text(body: bytes) -> Message | None:
    """The message of a document that is plain text: Lynis' report.dat."""
    return lynis.read(body) if lynis.is_report(body) else None
