"""A question to the list of CIs, as data: checked against the catalogue before it reaches the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue

Operator: TypeAlias = Literal["equals", "contains", "starts", "empty", "set", "has", "before", "after"]
OPERATORS: tuple[Operator, ...] = ("equals", "contains", "starts", "empty", "set", "has", "before", "after")

BUILT_IN: Mapping[str, str] = {
    "display_name": "Name",
    "class": "Class",
    "presence": "Presence",
    "last_seen_at": "Last seen",
    "updated_at": "Changed",
    "created_at": "Created",
    "sources": "Sources",
    "ageing": "Ageing",
}
"""What every CI has beside its attributes: property → title."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`attribute` `operator` `value`. Texts are compared without case; `has` looks into lists; `empty` and `set` ignore the value."""

    attribute: str
    operator: Operator
    value: str | int | float | bool = ""


@dataclass(frozen=True, slots=True)
class Query:
    """Which CIs, in which order, from where on.

    `classes`: concrete class names (empty: all). `related`: (relation type, id of the other end) the CI must have, outward.
    `near`: (relation type, text): the other end's name, or a word of it, begins with the text.
    `after`: the sort value and id of the last row of the page before; `backwards`: of the first row of the page after, and the rows
    come in the reverse order, nearest first.
    """

    classes: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    sort: str = "display_name"
    descending: bool = False
    after: tuple[str, str] | None = None
    backwards: bool = False
    limit: int = 50
    hide_absent: bool = False


def check(query: Query, catalogue: Catalogue) -> Query:
    """The query with text values folded. Raises Invalid naming the attribute, relation or operator nobody knows."""
    known = set(BUILT_IN)
    for cls in catalogue.classes.values():
        known |= cls.attributes.keys()
    for one in query.filters:
        if one.attribute not in known:
            raise Invalid(f"There is no attribute {one.attribute[:60]!r}; the catalogue lists them.", field=one.attribute)
        if one.operator not in OPERATORS:
            raise Invalid(f"{one.operator[:20]!r} is no comparison; use one of {', '.join(OPERATORS)}.", field=one.attribute)
    if query.sort not in known:
        raise Invalid(f"sort is {query.sort[:60]!r}, and no CI has that.", field="sort")
    for relation, _ in (*query.related, *query.near):
        if relation not in catalogue.relations:
            raise Invalid(f"There is no relation type {relation[:60]!r}.", field=relation)
    if not 1 <= query.limit <= 1000:
        raise Invalid("limit must be between 1 and 1000.", field="limit")
    return query


def classes_of(catalogue: Catalogue, name: str | None) -> tuple[str, ...]:
    """The concrete classes behind a class name (with all that inherit from it); all when None. Raises NotFound."""
    return () if not name or name == "ci" else catalogue.descendants(catalogue.cls(name).name)
