"""The nouns of the catalogue: classes of things, their attributes, and relation types with their meaning for impact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from cmdb.errors import Invalid
from cmdb.model.catalogue.values import AttributeType, parse_value
from cmdb.model.observation import Value

Strength: TypeAlias = Literal["strong", "medium", "weak"]
Sensitivity: TypeAlias = Literal["public", "internal", "personal"]
"""Who may be hurt by it: public to all who sign in, internal to the organisation, personal to a person (privacy rules apply)."""
Dependent: TypeAlias = Literal["source", "target", "none", "path"]
"""Which end suffers when the other goes down (relations.yaml explains each)."""
End: TypeAlias = Literal["", "source", "target"]


class Lineage(Protocol):
    """What a relation type asks of the catalogue: inheritance."""

    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether the class is, or inherits from, `ancestor`."""
        ...


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a class. `choices` only for the type choice; `visible_to` names roles, empty means everybody who sees the CI.

    `list` means: a column of lists unless somebody chose otherwise. `declared_in` is the class that brought it in.
    """

    name: str
    title: str
    description: str
    type: AttributeType
    unit: str = ""
    choices: tuple[str, ...] = ()
    sensitivity: Sensitivity = "public"
    visible_to: tuple[str, ...] = ()
    list: bool = False
    required: bool = False
    declared_in: str = ""

    def parse(self, given: object) -> Value:
        """Read a value from text (a CSV cell, a form field) or from JSON; the result is what an Observation carries.

        None and empty text mean "there is none". Dates become `2026-11-22`, times `2026-11-22T10:00:00.000Z`, lists tuples of texts.
        Raises Invalid (field `attributes.NAME`) with the fix in the message.
        """
        try:
            return parse_value(self.type, given, choices=self.choices, unit=self.unit)
        except Invalid as error:
            raise Invalid(f"{self.title}: {error.message}.", field=f"attributes.{self.name}") from None

    def to_dict(self) -> dict[str, Any]:
        """As the API and the docs show it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "type": self.type,
            "unit": self.unit,
            "choices": [*self.choices],
            "sensitivity": self.sensitivity,
            "visible_to": [*self.visible_to],
            "list": self.list,
            "required": self.required,
            "declared_in": self.declared_in,
        }


@dataclass(frozen=True, slots=True)
class CIClass:
    """A kind of thing. `attributes` and `identifiers` hold the inherited ones too; the root's come first.

    `dependent_on` names the classes inside which a CI of this class is identified; `part` is the section of a scan it is read from;
    `label` its Cypher label.
    """

    name: str
    title: str
    plural: str
    description: str
    icon: str
    abstract: bool
    parent: str | None
    label: str
    dependent_on: tuple[str, ...] = ()
    part: str = ""
    identifiers: Mapping[str, Strength] = field(default_factory=dict, hash=False)
    attributes: Mapping[str, Attribute] = field(default_factory=dict, hash=False)

    def check_attributes(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Every value read by its attribute. Raises Invalid (field `attributes.NAME`) for an unknown attribute or a wrong value."""
        return check_attributes(self, given)

    def to_dict(self) -> dict[str, Any]:
        """As the API and the docs show it."""
        return {
            "name": self.name,
            "title": self.title,
            "plural": self.plural,
            "description": self.description,
            "icon": self.icon,
            "abstract": self.abstract,
            "parent": self.parent,
            "label": self.label,
            "dependent_on": [*self.dependent_on],
            "part": self.part,
            "identifiers": dict(self.identifiers),
            "attributes": [attribute.to_dict() for attribute in self.attributes.values()],
        }


@dataclass(frozen=True, slots=True)
class RelationType:
    """A kind of relation. `source` and `target` are the classes allowed at its ends (with all that inherit from them).

    `need` is the default of its requirement group (all, any, a count, a percentage); `one` is the end that has at most one at a time;
    `label` its Cypher type.
    """

    name: str
    title: str
    inverse: str
    description: str
    label: str
    source: tuple[str, ...]
    target: tuple[str, ...]
    dependent: Dependent = "none"
    need: str = ""
    one: End = ""
    symmetric: bool = False

    def allows(self, catalogue: Lineage, source_cls: str, target_cls: str) -> bool:
        """Whether a CI of the one class may have this relation to one of the other; a symmetric one may stand either way round."""
        if _any_is_a(catalogue, source_cls, self.source) and _any_is_a(catalogue, target_cls, self.target):
            return True
        return self.symmetric and _any_is_a(catalogue, target_cls, self.source) and _any_is_a(catalogue, source_cls, self.target)

    def to_dict(self) -> dict[str, Any]:
        """As the API and the docs show it."""
        return {
            "name": self.name,
            "title": self.title,
            "inverse": self.inverse,
            "description": self.description,
            "label": self.label,
            "from": [*self.source],
            "to": [*self.target],
            "dependent": self.dependent,
            "need": self.need,
            "one": self.one,
            "symmetric": self.symmetric,
        }


def check_attributes(cls: CIClass, given: Mapping[str, object]) -> dict[str, Value]:
    """Every value read by its attribute of `cls`. Raises Invalid (field `attributes.NAME`) for an unknown attribute or a wrong value."""
    checked: dict[str, Value] = {}
    for name, value in given.items():
        attribute = cls.attributes.get(name)
        if attribute is None:
            raise Invalid(f"{cls.title} has no attribute {name!r}{did_you_mean(name, cls.attributes)}.", field=f"attributes.{name}")
        checked[name] = attribute.parse(value)
    return checked


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'serial'?` where one of the known names is near, else nothing: the end of a message."""
    from difflib import get_close_matches  # rarely needed

    near = get_close_matches(name[:64].lower(), [*known], n=1, cutoff=0.7)
    return f"; did you mean {near[0]!r}?" if near else ""


def _any_is_a(catalogue: Lineage, name: str, ancestors: tuple[str, ...]) -> bool:
    return any(catalogue.is_a(name, ancestor) for ancestor in ancestors)
