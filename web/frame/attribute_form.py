"""Forms made from the catalogue: one field for each attribute a person may give, in groups by the class that declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.errors import CmdbError
from cmdb.inventory.visible import may_see
from cmdb.model.catalogue import Attribute, Catalogue

_LONG = frozenset({"description"})
_READ_ONLY = frozenset({"ip_addresses", "mac_addresses", "logged_in_users", "seen_clients", "local_admins"})
"""What only machines say; a list typed by hand would hide what they see."""


@dataclass(frozen=True, slots=True)
class AttributeField:
    """One field. `was` is the value the form began with, `text` the one in it now; `shape` is text, textarea, select or a type of input."""

    attribute: Attribute
    shape: str
    choices: tuple[tuple[str, str], ...]
    was: str
    text: str
    error: str = ""
    hint: str = ""

    @property
    def id(self) -> str:
        """The field's name in the form."""
        return f"a_{self.attribute.name}"

    @property
    def changed(self) -> bool:
        """Whether the person changed it."""
        return self.text != self.was


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields of one declaring class under its title."""

    title: str
    fields: tuple[AttributeField, ...]


def text_of(value: Any) -> str:
    """A value as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def groups_of(
    catalogue: Catalogue,
    cls: str,
    role: str,
    row: Mapping[str, Any],
    *,
    form: Mapping[str, str] | None = None,
    error: CmdbError | None = None,
) -> list[FieldGroup]:
    """The fields of a class, filled from a CI's properties, or from a form that came back (with the error at its field)."""
    kind = catalogue.cls(cls)
    homes: dict[str, list[AttributeField]] = {}
    for attribute in kind.attributes.values():
        if attribute.name in _READ_ONLY or not may_see(catalogue, cls, attribute.name, role):
            continue
        was = text_of(row.get(attribute.name))
        text = was if form is None else form.get(f"a_{attribute.name}", was).strip()
        if form is not None:
            was = form.get(f"o_{attribute.name}", was)
        wrong = error.message if error is not None and error.field == f"attributes.{attribute.name}" else ""
        homes.setdefault(attribute.declared_in, []).append(_field(attribute, was, text, wrong))
    return [FieldGroup("General" if home == "ci" else catalogue.classes[home].title, tuple(fields)) for home, fields in homes.items()]


def _field(attribute: Attribute, was: str, text: str, error: str) -> AttributeField:
    pairs: tuple[tuple[str, str], ...] = ()
    if attribute.type == "boolean":
        pairs = (("", "not known"), ("true", "yes"), ("false", "no"))
    elif attribute.choices:
        pairs = (("", "–"), *((choice, choice.replace("_", " ")) for choice in attribute.choices))
    shape = "select" if pairs else "textarea" if attribute.name in _LONG else {"date": "date"}.get(attribute.type, "text")
    hint = {"list": "Separate by commas.", "datetime": "As 2026-11-22T10:00:00Z."}.get(attribute.type, "")
    if attribute.unit:
        hint = f"In {attribute.unit}." if attribute.unit != "B" else "In bytes, or as 16 GiB."
    return AttributeField(attribute, shape, pairs, was, text, error, hint)


def changed_values(groups: list[FieldGroup]) -> dict[str, object]:
    """What the person changed: attribute → text (None where it was emptied; lists split at commas)."""
    changed: dict[str, object] = {}
    for field in (field for group in groups for field in group.fields if field.changed):
        parts = [part.strip() for part in field.text.split(",") if part.strip()]
        changed[field.attribute.name] = None if not field.text else parts if field.attribute.type == "list" else field.text
    return changed
