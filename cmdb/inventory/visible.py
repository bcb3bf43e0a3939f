"""Who sees which attribute: `visible_to` of the catalogue, and personal data hidden from those who see only their own things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmdb.model.catalogue import Catalogue

OWN_ONLY = "requester"


def may_see(catalogue: Catalogue, cls: str, attribute: str, role: str, *, own: bool = False) -> bool:
    """Whether this role sees this attribute of this class; `own` when the thing is the asker's. An unknown attribute is hidden."""
    kind = catalogue.classes.get(cls)
    found = kind.attributes.get(attribute) if kind is not None else None
    if found is None:
        return False
    if found.visible_to and role not in found.visible_to and role != "administrator":
        return False
    return own or role != OWN_ONLY or found.sensitivity != "personal"


def shown(catalogue: Catalogue, properties: Mapping[str, Any], role: str, *, own: bool = False) -> dict[str, Any]:
    """The attributes of a CI that this role may see, in the catalogue's order."""
    cls = str(properties.get("class", ""))
    kind = catalogue.classes.get(cls)
    if kind is None:
        return {}
    return {
        name: properties[name]
        for name in kind.attributes
        if properties.get(name) is not None and may_see(catalogue, cls, name, role, own=own)
    }


def stripped(catalogue: Catalogue, cls: str, changes: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    """Changes of a history entry without the values this role may not see (that something changed stays visible)."""

    def told(change: dict[str, Any]) -> dict[str, Any]:
        if change.get("kind") != "attribute" or may_see(catalogue, cls, str(change.get("attribute")), role):
            return change
        return {k: v for k, v in change.items() if k not in ("before", "after")} | {"reason": "hidden from this role"}

    return [told(change) for change in changes]
