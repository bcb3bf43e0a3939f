"""The JSON Schema (2020-12) of an observation, made from the catalogue: what `from_json` accepts but for references between items."""

from __future__ import annotations

from typing import Any

from cmdb.model.catalogue import Attribute, Catalogue, CIClass
from cmdb.model.catalogue.grammar import NEED_PATTERN
from cmdb.model.catalogue.json_values import INSTANT, json_schema
from cmdb.model.catalogue.values import MAX_LIST
from cmdb.model.clean import MAX_TEXT
from cmdb.model.observation import SOURCE_KINDS
from cmdb.model.observation_items import (
    MAX_COVERAGE,
    MAX_IDENTIFIERS,
    MAX_ITEMS,
    MAX_REF,
    MAX_RELATION_ATTRIBUTES,
    MAX_RELATIONS,
    MAX_SOFTWARE,
    RELATION_NAME,
    RELATION_OWN,
    SOFTWARE_KEYS,
    STATES,
)

_TEXT = {"type": "string", "maxLength": MAX_TEXT}
_LINE = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"}
_REF = {"type": "string", "minLength": 1, "maxLength": MAX_REF, "pattern": r"\S", "description": "The ref of an item of this observation."}


def observation_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The published schema for this catalogue (with the site's classes). Keys with null are the same as keys left out."""
    concrete = [cls for cls in catalogue.classes.values() if not cls.abstract]
    definitions: dict[str, Any] = {
        "identifier": _identifier(catalogue),
        "software": _object({"name": _LINE, **dict.fromkeys(SOFTWARE_KEYS[1:], _or_null(_TEXT))}, ("name",)),
        "item": _item(concrete, catalogue),
        "relation": _relation(catalogue),
        "coverage": _coverage(catalogue),
    }
    for cls in concrete:
        definitions[f"{cls.name}_attributes"] = _attributes(cls, definitions)
    top = {
        "id": _or_null({"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,100}$", "description": "Unique; the same id is applied once."}),
        "source": _or_null(_object({"kind": {"enum": [*SOURCE_KINDS]}, "name": {**_LINE, "maxLength": 200}}, ("kind", "name"))),
        "observed_at": _or_null({"type": "string", "pattern": INSTANT, "format": "date-time", "description": "Now, when left out."}),
        "items": {"type": "array", "maxItems": MAX_ITEMS, "items": {"$ref": "#/$defs/item"}},
        "relations": _or_null({"type": "array", "maxItems": MAX_RELATIONS, "items": {"$ref": "#/$defs/relation"}}),
        "coverage": _or_null({"type": "array", "maxItems": MAX_COVERAGE, "items": {"$ref": "#/$defs/coverage"}}),
        "actor": _or_null({**_LINE, "maxLength": 200, "description": "Who is behind it; the server replaces what a client writes."}),
        "note": _or_null({**_TEXT, "description": "The reason a person gave."}),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Observation",
        "description": "What one source saw of some things at one time.",
        "$comment": f"catalogue {catalogue.version}",
        **_object(top, ("items",)),
        "$defs": definitions,
    }


def _item(concrete: list[CIClass], catalogue: Catalogue) -> dict[str, Any]:
    body = _object(
        {
            "ref": {**_REF, "description": "Its name inside this observation."},
            "class": {"enum": [cls.name for cls in concrete]},
            "identifiers": {"type": "array", "minItems": 1, "maxItems": MAX_IDENTIFIERS, "items": {"$ref": "#/$defs/identifier"}},
            "attributes": {"type": ["object", "null"]},
            "parent": _or_null({**_REF, "description": "The ref of the item it is identified inside (an interface in its device)."}),
            "part": _or_null({"enum": ["", *catalogue.parts]}),
            "software": _or_null(
                {
                    "type": "array",
                    "maxItems": MAX_SOFTWARE,
                    "items": {"$ref": "#/$defs/software"},
                    "description": "Left out: not looked at. Empty: none.",
                }
            ),
        },
        ("ref", "class", "identifiers"),
    )
    body["allOf"] = [
        {
            "if": {"properties": {"class": {"const": cls.name}}, "required": ["class"]},
            "then": {"properties": {"attributes": {"$ref": f"#/$defs/{cls.name}_attributes"}}},
        }
        for cls in concrete
    ]
    return body


def _attributes(cls: CIClass, definitions: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": cls.title,
        "description": cls.description,
        "type": ["object", "null"],
        "properties": {name: {"$ref": f"#/$defs/{_shared(attribute, definitions)}"} for name, attribute in cls.attributes.items()},
        "additionalProperties": False,
    }


def _shared(attribute: Attribute, definitions: dict[str, Any]) -> str:
    """The name of the one definition that all classes inheriting the attribute share."""
    name = f"{attribute.declared_in}.{attribute.name}"
    definitions.setdefault(name, json_schema(attribute))
    return name


def _identifier(catalogue: Catalogue) -> dict[str, Any]:
    return _object({"kind": {"enum": sorted(catalogue.identifier_kinds)}, "value": _LINE, "scope": _or_null(_TEXT)}, ("kind", "value"))


def _relation(catalogue: Catalogue) -> dict[str, Any]:
    value = {
        "anyOf": [
            {"type": ["boolean", "null"]},
            {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
            {"type": "number", "exclusiveMinimum": -1e300, "exclusiveMaximum": 1e300},
            _TEXT,
            {"type": "array", "maxItems": MAX_LIST, "items": _TEXT},
        ]
    }
    attributes = {
        "type": ["object", "null"],
        "maxProperties": MAX_RELATION_ATTRIBUTES,
        "propertyNames": {"pattern": RELATION_NAME, "not": {"enum": [*RELATION_OWN]}},
        "properties": {"need": _or_null({"type": "string", "pattern": NEED_PATTERN}), "group": _or_null(_TEXT)},
        "additionalProperties": value,
    }
    names = {"enum": [*catalogue.relations]}
    return _object(
        {"type": names, "from": _REF, "to": _REF, "attributes": attributes, "part": _or_null({"enum": ["", *catalogue.parts]})},
        ("type", "from", "to"),
    )


def _coverage(catalogue: Catalogue) -> dict[str, Any]:
    part = {"enum": [*catalogue.parts], "description": "The section of a scan, or the relation type, it is about."}
    return _object({"item": _REF, "part": part, "state": {"enum": [*STATES]}, "reason": _or_null(_TEXT)}, ("item", "part", "state"))


def _object(properties: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*required], "additionalProperties": False}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null: written by senders that fill every key."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}
