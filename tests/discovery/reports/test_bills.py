# ruff: noqa: E501  # documents as tools write them
"""Bills of material in the forms that other projects' tests hold: cyclonedx-python-lib (1.2–1.7, JSON and XML), tools-python of SPDX
(JSON, XML, tag-value), GitHub's dependency graph, SPDX 3 in JSON-LD. What stands here is made up after their shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmdb.errors import Invalid
from cmdb.model.observation import Software
from discovery.reports.message import read_message
from tests.discovery.reports.made import endpoint, observed
from web.agent.documents import read_bill

LODASH = Software("lodash", "4.17.21", "", "", "npm")
BASH = Software("bash", "5.2.15-2+b7", "amd64", "", "deb")


def software(body: bytes) -> list[Software]:
    """What the bill comes to."""
    return list(endpoint(observed(body)).software or ())


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_cyclonedx_python_lib_xml_of_every_version_lists_each_component_once_and_no_ancestor_of_one(version: str) -> None:
    tools = "<tools><tool><name>syft</name><version>1.2</version></tool></tools>"
    if version >= "1.5":
        tools = '<tools><components><component type="application"><name>syft</name><version>1.2</version></component></components></tools>'
    body = f"""<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/{version}"><metadata>{tools}<component type="device"><name>host-7</name></component></metadata>
      <components><component type="library"><name>lodash</name><version>4.17.21</version><purl>pkg:npm/lodash@4.17.21</purl>
        <pedigree><ancestors><component type="library"><name>lodash-old</name><version>1</version></component></ancestors></pedigree>
        <components><component type="library"><name>bash</name><version>5.2.15-2+b7</version><purl>pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64</purl></component></components>
      </component><component type="operating-system"><name>debian</name><version>12</version></component></components></bom>""".encode()
    assert software(body) == [LODASH, BASH]
    assert len(read_message(body).tree["softwares"]) == 2
    assert endpoint(observed(body)).attributes["agent_version"] == "syft 1.2"


def test_a_bill_without_a_subject_is_taken_with_the_name_of_the_upload_and_refused_without() -> None:
    body = json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{"type": "library", "name": "a", "version": "1"}]}
    ).encode()
    with pytest.raises(Invalid, match="does not say of which machine"):
        read_message(body)
    assert read_bill(body, "host-7").deviceid == "bom:host-7"


def spdx_tree(**more: Any) -> dict[str, Any]:
    """A document of version 2.3 about one machine, as syft writes it."""
    purl = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl"}
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "host-7",
        "creationInfo": {"created": "2026-01-02T03:04:05Z", "creators": ["Organization: Anchore, Inc", "Tool: syft-1.2"]},
        "packages": [
            {"SPDXID": "SPDXRef-root", "name": "host-7", "versionInfo": "NOASSERTION"},
            {
                "SPDXID": "SPDXRef-1",
                "name": "lodash",
                "versionInfo": "4.17.21",
                "externalRefs": [purl | {"referenceLocator": "pkg:npm/lodash@4.17.21"}],
            },
            {"SPDXID": "SPDXRef-2", "name": "thing", "versionInfo": "NOASSERTION"},
        ],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-root"}],
        **more,
    }


@pytest.mark.parametrize("wrapped", [False, True])
def test_spdx_2_as_syft_and_as_githubs_dependency_graph_write_it(wrapped: bool) -> None:
    tree = {"sbom": spdx_tree()} if wrapped else spdx_tree()
    body = json.dumps(tree).encode()
    assert software(body) == [LODASH, Software("thing", "", "", "", "")]
    assert endpoint(observed(body)).attributes["agent_version"] == "syft-1.2"


def test_packages_without_an_id_are_listed_too() -> None:
    body = json.dumps({"spdxVersion": "SPDX-2.2", "name": "host-7", "packages": [{"name": "a", "versionInfo": "1"}]}).encode()
    assert software(body) == [Software("a", "1", "", "", "")]


def test_spdx_that_describes_all_its_packages_lists_them_all() -> None:
    everything = ["SPDXRef-root", "SPDXRef-1", "SPDXRef-2"]
    names = [one.name for one in software(json.dumps(spdx_tree(documentDescribes=everything, relationships=[])).encode())]
    assert names == ["host-7", "lodash", "thing"]


def test_spdx_tools_python_tag_value_with_texts_over_lines_and_files_between_packages() -> None:
    body = b"""# made by a tool
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: host-7
DocumentComment: <text>two
PackageName: not-a-package
lines</text>
Creator: Organization: ExampleCodeInspect ()
Creator: Tool: LicenseFind-1.0
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root

PackageName: host-7
SPDXID: SPDXRef-root

PackageName: lodash
SPDXID: SPDXRef-1
PackageVersion: 4.17.21
ExternalRef: PACKAGE-MANAGER purl pkg:npm/lodash@4.17.21

FileName: ./a.c
SPDXID: SPDXRef-File

PackageName: bash
SPDXID: SPDXRef-2
PackageVersion: 5.2.15-2+b7
ExternalRef: SECURITY cpe23Type cpe:2.3:a:gnu:bash:5.2.15:*:*:*:*:*:*:*
ExternalRef: PACKAGE_MANAGER purl pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64
"""
    assert software(body) == [LODASH, BASH]
    assert read_message(body).agent == "LicenseFind-1.0"
    assert read_bill(body, "other").deviceid == "bom:other"
    assert software(b"\xff\xfe" + body.decode().encode("utf-16-le")) == [LODASH, BASH]


def test_spdx_tools_python_xml() -> None:
    body = b"""<?xml version='1.0' encoding='UTF-8'?><Document><SPDXID>SPDXRef-DOCUMENT</SPDXID><spdxVersion>SPDX-2.3</spdxVersion>
      <creationInfo><created>2026-01-02T03:04:05Z</created><creators>Person: Jane</creators><creators>Tool: LicenseFind-1.0</creators></creationInfo>
      <name>host-7</name><documentDescribes>SPDXRef-root</documentDescribes>
      <packages><SPDXID>SPDXRef-root</SPDXID><name>host-7</name></packages>
      <packages><SPDXID>SPDXRef-1</SPDXID><name>lodash</name><versionInfo>4.17.21</versionInfo>
        <externalRefs><referenceCategory>PACKAGE-MANAGER</referenceCategory><referenceLocator>pkg:npm/lodash@4.17.21</referenceLocator><referenceType>purl</referenceType></externalRefs></packages>
    </Document>"""
    assert software(body) == [LODASH]
    assert read_bill(body, "").agent == "LicenseFind-1.0"


def test_spdx_3_in_json_ld() -> None:
    graph = [
        {"type": "CreationInfo", "@id": "_:made", "specVersion": "3.0.1"},
        {"type": "Tool", "spdxId": "urn:tool", "name": "sbom-tool 4"},
        {"type": "SpdxDocument", "spdxId": "urn:doc", "name": "host-7", "rootElement": ["urn:bill"]},
        {"type": "software_Sbom", "spdxId": "urn:bill", "rootElement": ["urn:root"]},
        {"type": "software_Package", "spdxId": "urn:root", "name": "host-7"},
        {"type": "software_Package", "spdxId": "urn:1", "name": "lodash", "software_packageVersion": "4.17.21", "software_packageUrl": "pkg:npm/lodash@4.17.21"},
        {
            "type": "software_Package", "spdxId": "urn:2", "name": "bash", "software_packageVersion": "5.2.15-2+b7",
            "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64"}],
        },
        {"type": "software_File", "spdxId": "urn:3", "name": "./a.c"},
    ]  # fmt: skip
    body = json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}).encode()
    assert software(body) == [LODASH, BASH]
    assert read_message(body).agent == "sbom-tool 4"


def test_what_is_no_bill_is_refused_by_its_door() -> None:
    for body in (b"<html/>", b'{"a": 1}', b'{"@graph": [], "@context": "https://schema.org"}'):
        with pytest.raises(Invalid, match="neither CycloneDX nor SPDX"):
            read_bill(body, "host-7")


def test_what_a_bill_needs_from_elsewhere_is_not_installed() -> None:
    """CycloneDX 1.7: isExternal."""
    parts = '[{"type": "library", "name": "here", "version": "1"}, {"type": "library", "name": "elsewhere", "isExternal": true, "components": [{"type": "library", "name": "its"}]}]'
    body = f'{{"bomFormat": "CycloneDX", "specVersion": "1.7", "metadata": {{"component": {{"name": "pc"}}}}, "components": {parts}}}'
    assert [one.name for one in endpoint(observed(body.encode())).software or ()] == ["here"]
    tags = '<component type="library"><name>here</name></component><component type="library" isExternal="true"><name>elsewhere</name></component>'
    head = '<bom xmlns="http://cyclonedx.org/schema/bom/1.7"><metadata><component type="device"><name>pc</name></component></metadata>'
    assert [one.name for one in endpoint(observed(f"{head}<components>{tags}</components></bom>".encode())).software or ()] == ["here"]


@pytest.mark.parametrize(
    "body",
    [
        '{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": {"name": "pc"}}, "vulnerabilities": [{"id": "CVE-2021-44228"}]}',
        (
            '<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><metadata><component type="device"><name>pc</name></component></metadata>'
            "<vulnerabilities><vulnerability><id>CVE-2021-44228</id></vulnerability></vulnerabilities></bom>"
        ),
    ],
)
def test_a_list_of_vulnerabilities_does_not_empty_the_list_of_software(body: str) -> None:
    with pytest.raises(Invalid, match="a VEX"):
        observed(body.encode())
