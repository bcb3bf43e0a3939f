"""The OpenAPI 3.1 document at /api/v1/openapi.json, and the checks of a request that follow from it."""

from __future__ import annotations

import re
from typing import Any, cast

from flask import Flask, Response, abort, current_app, jsonify, request
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI
from pydantic import TypeAdapter

import cmdb
from cmdb.errors import Invalid
from web.api.problem import PROBLEM_JSON, Problem, of_validation
from web.api.security import PREFIX, SCHEMES
from web.auth.permissions import public

_TEXT = """Everything the pages show, for programs.

Send `Authorization: Bearer TOKEN`. Errors are `application/problem+json` (RFC 9457). Lists are `{"items": […], "next": CURSOR|null}`
and are read on with `?cursor=`. What can be changed carries an `ETag`; send it back as `If-Match`."""
_DOCUMENT = "moorings_openapi"
_CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")
"""A place in a route's address, with its converter or without: `<path:key>` is described as `{key}`."""
_FOR_ALL = ("/api/v1/schemas/endpoint-report.json",)
"""Answered without a token."""


def arguments() -> dict[str, Any]:
    """What the application is made with so that its routes describe themselves."""
    return {
        "info": Info(title="Moorings", version=cmdb.__version__, description=_TEXT),
        "security_schemes": SCHEMES,
        "validation_error_status": 422,
        "validation_error_callback": of_validation,
        "doc_ui": False,
    }


def document() -> dict[str, Any]:
    """The document of the running application, made once."""
    found = current_app.extensions.get(_DOCUMENT)
    if found is None:
        found = _tidied(cast("OpenAPI", current_app).api_doc)
        current_app.extensions[_DOCUMENT] = found
    return cast("dict[str, Any]", found)


def _tidied(raw: dict[str, Any]) -> dict[str, Any]:
    schemas = raw.setdefault("components", {}).setdefault("schemas", {})
    for name in ("ValidationErrorModel", "UnprocessableEntity"):
        schemas.pop(name, None)
    schema = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas["Problem"] = schema
    failure = {"description": "An error", "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for address, path in raw.get("paths", {}).items():
        for operation in path.values():
            if address in _FOR_ALL:
                operation["security"] = []
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = failure
            if "description" in operation:
                operation["description"] = operation["description"].replace("<br/>", "\n").strip()
    return raw


def check_query() -> None:
    """Refuse a word of the query string that is given more often than it is read: the second one would be ignored without a sign."""
    if request.url_rule is None or not request.path.startswith(PREFIX):
        return
    path = _CONVERTED.sub(r"{\1}", str(request.url_rule))
    operation = document()["paths"].get(path, {}).get(request.method.lower(), {})
    several = {word["name"] for word in operation.get("parameters", ()) if _is_list(word.get("schema", {}))}
    for name, values in request.args.lists():
        if operation and len(values) > 1 and name not in several:
            raise Invalid(f"{name[:60]} is given {len(values)} times; give it once.", field=name[:60])


def _is_list(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "array" or any(_is_list(one) for one in schema.get("anyOf", ()))


def check_content() -> None:
    """Refuse a body of a kind that the operation does not read (415) and JSON that is none (400), before the view looks at it."""
    if request.url_rule is None or not request.path.startswith(PREFIX) or request.method not in {"POST", "PUT", "PATCH"}:
        return
    path = _CONVERTED.sub(r"{\1}", str(request.url_rule))
    body = document()["paths"].get(path, {}).get(request.method.lower(), {}).get("requestBody")
    if body is None:
        return
    kinds = list(body.get("content", {}))
    if request.mimetype not in kinds:
        abort(415, f"Send {' or '.join(kinds)}.")
    if request.mimetype == "application/json" and isinstance(request.get_json(), str):
        abort(400, "The body must be a JSON object, not a text that contains one.")


@public
def openapi_json() -> Response:
    """The document itself."""
    return jsonify(document())


def install(app: Flask) -> None:
    """Serve the document and check bodies against it."""
    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi_json", openapi_json)
    app.before_request(check_query)
    app.before_request(check_content)
