"""The lists of an observation's JSON: items, relations, coverage. How they refer to each other is `observation_references`."""

from __future__ import annotations

import re
from typing import cast

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue, CIClass, did_you_mean
from cmdb.model.catalogue.grammar import NEED
from cmdb.model.catalogue.json_values import read_json
from cmdb.model.catalogue.values import MAX_LIST
from cmdb.model.clean import shown
from cmdb.model.observation import Coverage, CoverageState, Identifier, Item, Relation, Scalar, Software, Value
from cmdb.model.observation_problems import At, Problems

MAX_ITEMS = 100_000
MAX_RELATIONS = 400_000
MAX_COVERAGE = 400_000
MAX_IDENTIFIERS = 200
MAX_SOFTWARE = 50_000
MAX_RELATION_ATTRIBUTES = 20
MAX_REF = 500
STATES = ("complete", "partial", "not_looked", "refused", "failed")

ITEM_KEYS = ("ref", "class", "identifiers", "attributes", "parent", "part", "software")
RELATION_KEYS = ("type", "from", "to", "attributes", "part")
SOFTWARE_KEYS = ("name", "version", "arch", "publisher", "ecosystem")
RELATION_OWN = ("key", "sources", "first_seen_at", "last_seen_at")
"""Attributes of relations that the graph writes itself."""
RELATION_NAME = "^[a-z][a-z0-9_]{0,39}$"

_RELATION_NAME = re.compile(RELATION_NAME[1:-1], re.ASCII)
_NOWHERE = CIClass("", "", "", "", "", False, None, "")


def read_items(given: At | None, problems: Problems, catalogue: Catalogue) -> tuple[Item, ...]:
    """The `items`, checked one by one."""
    if given is None:
        problems.add("items", "is missing; give a list of what was seen")
        return ()
    return tuple(item_from(entry, catalogue) for entry in given.entries(MAX_ITEMS))


def read_relations(given: At | None, catalogue: Catalogue) -> tuple[Relation, ...]:
    """The `relations`, checked one by one."""
    if given is None:
        return ()
    return tuple(relation_from(entry, catalogue) for entry in given.entries(MAX_RELATIONS))


def read_coverage(given: At | None, catalogue: Catalogue) -> tuple[Coverage, ...]:
    """The `coverage`, checked one by one."""
    if given is None:
        return ()
    return tuple(coverage_from(entry, catalogue) for entry in given.entries(MAX_COVERAGE))


def item_from(at: At, catalogue: Catalogue) -> Item:
    """One item; what is wrong with it is noted."""
    keys = at.mapping(ITEM_KEYS)
    ref, cls = at.needed(keys, "ref"), _class(at, keys, catalogue)
    given = keys.get("identifiers", at.child("identifiers", ()))
    identifiers = tuple(_identifier(entry, catalogue) for entry in given.entries(MAX_IDENTIFIERS))
    if not given.value and cls is not _NOWHERE:
        can = ", ".join(cls.identifiers)
        given.refuse(f"are missing: nothing identifies this {cls.title.lower()}; give at least one (of {can})")
    return Item(
        ref=ref.line(MAX_REF) if ref else "",
        cls=cls.name,
        identifiers=identifiers,
        attributes=_attributes(keys["attributes"], cls) if "attributes" in keys else {},
        parent=keys["parent"].line(MAX_REF) if "parent" in keys else None,
        part=_part(keys, catalogue),
        software=tuple(_software(entry) for entry in keys["software"].entries(MAX_SOFTWARE)) if "software" in keys else None,
    )


def _class(at: At, keys: dict[str, At], catalogue: Catalogue) -> CIClass:
    given = at.needed(keys, "class")
    if given is None or not isinstance(given.value, str):
        if given is not None:
            given.refuse("must be text in quotes")
        return _NOWHERE
    cls = catalogue.classes.get(given.value)
    if cls is None:
        given.refuse(f"there is no class {shown(given.value)}{did_you_mean(given.value, catalogue.classes)}")
        return _NOWHERE
    if cls.abstract:
        given.refuse(f"{cls.name} only groups other classes; say which it is: {', '.join(catalogue.descendants(cls.name)[:8])} …")
    return cls


def _identifier(at: At, catalogue: Catalogue) -> Identifier:
    keys = at.mapping(("kind", "value", "scope"))
    kind, value = at.needed(keys, "kind"), at.needed(keys, "value")
    if value and kind and kind.value == "ci" and str(value.value).startswith("new:"):
        value.refuse("names an item that is to be made; the house gives ids itself, so name one that exists")
    return Identifier(
        kind.word(catalogue.identifier_kinds) if kind else "",
        value.line() if value else "",
        keys["scope"].text() if "scope" in keys else "",
    )


def _attributes(at: At, cls: CIClass) -> dict[str, Value]:
    if not isinstance(at.value, dict):
        at.refuse("must be an object: {…}")
        return {}
    checked: dict[str, Value] = {}
    for name, given in at.value.items():
        attribute = cls.attributes.get(name)
        if attribute is None:
            if cls is not _NOWHERE:
                at.refuse(f"{cls.name} has no attribute {shown(str(name))}{did_you_mean(str(name), cls.attributes)}")
            continue
        try:
            checked[name] = read_json(attribute, given)
        except Invalid as error:
            at.child(name, given).refuse(error.message)
    return checked


def _software(at: At) -> Software:
    keys = at.mapping(SOFTWARE_KEYS)
    name = at.needed(keys, "name")
    said = {key: keys[key].text() for key in SOFTWARE_KEYS[1:] if key in keys}
    return Software(name.line() if name else "", **said)


def relation_from(at: At, catalogue: Catalogue) -> Relation:
    """One relation; what is wrong with it is noted."""
    keys = at.mapping(RELATION_KEYS)
    kind, source, target = at.needed(keys, "type"), at.needed(keys, "from"), at.needed(keys, "to")
    return Relation(
        type=kind.word(tuple(catalogue.relations)) if kind else "",
        source=source.line(MAX_REF) if source else "",
        target=target.line(MAX_REF) if target else "",
        attributes=_relation_attributes(keys["attributes"]) if "attributes" in keys else {},
        part=_part(keys, catalogue),
    )


def _relation_attributes(at: At) -> dict[str, Value]:
    if not isinstance(at.value, dict):
        at.refuse("must be an object: {…}")
        return {}
    if len(at.value) > MAX_RELATION_ATTRIBUTES:
        at.refuse(f"has {len(at.value)} attributes; at most {MAX_RELATION_ATTRIBUTES} are accepted")
        return {}
    checked: dict[str, Value] = {}
    for name, given in at.value.items():
        if not isinstance(name, str) or not _RELATION_NAME.fullmatch(name) or name in RELATION_OWN:
            at.refuse(f"{shown(str(name))} cannot be the name of an attribute of a relation")
        else:
            checked[name] = _relation_value(at.child(name, given))
    if (need := checked.get("need")) is not None and not (isinstance(need, str) and NEED.fullmatch(need)):
        at.child("need", need).refuse("must be all, any, a count or a percentage, as text: “2”, “50%”")
    return checked


def _relation_value(at: At) -> Value:
    if at.value is None or isinstance(at.value, bool):
        return at.value
    if isinstance(at.value, str):
        return at.text()
    if isinstance(at.value, (list, tuple)):
        texts = [entry.text() for entry in at.entries(MAX_LIST)]
        return tuple(cast(list[Scalar], texts))
    if isinstance(at.value, int) and -(2**63) <= at.value < 2**63:
        return at.value
    if isinstance(at.value, float) and abs(at.value) < 1e300:
        return at.value
    at.refuse("must be text, a number, true, false or a list of texts")
    return None


def coverage_from(at: At, catalogue: Catalogue) -> Coverage:
    """How completely one part was looked at; what is wrong with it is noted."""
    keys = at.mapping(("item", "part", "state", "reason"))
    item, part, state = at.needed(keys, "item"), at.needed(keys, "part"), at.needed(keys, "state")
    return Coverage(
        item=item.line(MAX_REF) if item else "",
        part=part.word(catalogue.parts) if part else "",
        state=cast(CoverageState, state.word(STATES) if state else ""),
        reason=keys["reason"].text() if "reason" in keys else "",
    )


def _part(keys: dict[str, At], catalogue: Catalogue) -> str:
    if "part" not in keys or keys["part"].value == "":
        return ""
    return keys["part"].word(catalogue.parts)
