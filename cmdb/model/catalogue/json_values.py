"""One attribute's value in JSON: how it is read and how the schema describes it, side by side so that they stay the same.

JSON is read strictly (a number is a number, a choice is spelt as in the catalogue): it is written by programs, which have a schema.
What people type goes through `Attribute.parse`.
"""

from __future__ import annotations

import re
from typing import Any

from cmdb.errors import Invalid
from cmdb.model.catalogue.kinds import Attribute
from cmdb.model.catalogue.values import MAX_LIST, parse_value
from cmdb.model.clean import MAX_TEXT, shown
from cmdb.model.observation import Value

DAY = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
INSTANT = DAY[:-1] + r"T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])$"

_DAY = re.compile(DAY[1:-1])
_INSTANT = re.compile(INSTANT[1:-1])


def read_json(attribute: Attribute, given: object) -> Value:
    """The value as an Observation carries it. Raises Invalid whose message is the end of a sentence and tells the fix."""
    kind = attribute.type
    if isinstance(given, str):
        if kind in ("integer", "number", "boolean", "list"):
            raise Invalid(f"must be {_WANTED[kind]}, not the text {shown(given)}")
        if kind == "choice" and given not in attribute.choices:
            raise Invalid(f"must be one of {', '.join(attribute.choices)}, not {shown(given)}")
        if kind == "date" and not _DAY.fullmatch(given):
            raise Invalid(f"must be a day like 2026-11-22, not {shown(given)}")
        if kind == "datetime" and not _INSTANT.fullmatch(given):
            raise Invalid(f"must be a time like 2026-11-22T10:00:00Z, not {shown(given)}")
    return parse_value(kind, given, choices=attribute.choices)


def json_schema(attribute: Attribute) -> dict[str, Any]:
    """JSON Schema 2020-12 of one attribute. null says: looked, and there is none."""
    schema: dict[str, Any] = {"title": attribute.title, "description": attribute.description}
    if attribute.unit:
        schema["description"] += f" Unit: {attribute.unit}."
    if attribute.type == "choice":
        return {**schema, "enum": [*attribute.choices, None]}
    return {**schema, **_FORMS[attribute.type]}


_WANTED = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "list": "a list of texts"}
_FORMS: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "null"], "maxLength": MAX_TEXT},
    "integer": {"type": ["integer", "null"], "minimum": -(2**63), "maximum": 2**63 - 1},
    "number": {"type": ["number", "null"], "exclusiveMinimum": -1e300, "exclusiveMaximum": 1e300},
    "boolean": {"type": ["boolean", "null"]},
    "date": {"type": ["string", "null"], "pattern": DAY, "format": "date"},
    "datetime": {"type": ["string", "null"], "pattern": INSTANT, "format": "date-time"},
    "list": {"type": ["array", "null"], "items": {"type": "string", "maxLength": MAX_TEXT}, "maxItems": MAX_LIST},
}
