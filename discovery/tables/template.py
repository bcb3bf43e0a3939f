"""An empty table to fill in."""

from __future__ import annotations

import csv
import io

from cmdb.model.catalogue import Catalogue, CIClass

_ABOUT = ("located_in", "used_by", "owned_by", "supported_by", "supplied_by", "covered_by")
_ABOUT_PEOPLE_AND_PLACES = ("located_in", "belongs_to")
_PEOPLE_AND_PLACES = ("person", "team", "organisation", "site", "building", "room", "rack", "supplier", "contract")


def table_template(catalogue: Catalogue, cls: str, *, every: bool = False) -> str:
    """The header of a CSV for that class: what identifies it, what lists show, and where it is, whose it is, who helps.

    `every` adds all attributes and relations, also those that scans find by themselves. Raises NotFound.
    """
    kind = catalogue.cls(cls)
    columns = ["class", "external_id"]
    if kind.dependent_on:
        columns.append("parent")
    columns += [
        name for name, strength in kind.identifiers.items() if strength == "strong" and name not in (*kind.attributes, "external_id")
    ]
    columns += [name for name, attribute in kind.attributes.items() if every or attribute.list or attribute.required or _wanted(kind, name)]
    begins, _ = catalogue.relations_of(cls)
    about = _ABOUT_PEOPLE_AND_PLACES if cls in _PEOPLE_AND_PLACES else _ABOUT
    columns += [relation.name for relation in begins if every or relation.name in about or (relation.one and "ci" not in relation.source)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(columns)  # RFC 4180
    return text.getvalue()


def _wanted(kind: CIClass, name: str) -> bool:
    return name in ("description", "tags", "purchased_on", "warranty_until") or kind.identifiers.get(name) == "strong"
