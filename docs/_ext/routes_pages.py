"""The reference of the routes: what people and agents open, and the API from its own OpenAPI document."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask

from cmdb.model.catalogue import Catalogue
from docs._ext.markdown import code, page, plain, table
from web import create_app
from web.api import describe
from web.auth.permissions import MARK, PUBLIC, ROLES, Permission
from web.services import Services
from web.settings import WebSettings

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Route:
    """One address with its methods, what it does (the first line of its view's docstring), and who may."""

    path: str
    methods: tuple[str, ...]
    what: str
    who: Permission | str | None


def application(catalogue: Catalogue) -> Flask:
    """The application as it is served, but over nothing: enough to ask it for its routes, not to answer a request."""
    given: dict[str, Any] = {"settings": WebSettings(secret_key="only to build the docs"), "catalogue": catalogue}  # noqa: S106
    over_nothing: Any = {one.name: given.get(one.name) for one in dataclasses.fields(Services)}
    return create_app(Services(**over_nothing))


def routes(app: Flask) -> list[Route]:
    """All routes but static files, by path."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.endswith(".static"):
            continue
        view = app.view_functions[rule.endpoint]
        methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        found.append(Route(str(rule), methods, (inspect.getdoc(view) or "").partition("\n\n")[0], getattr(view, MARK, None)))
    return sorted(found, key=lambda route: (route.path, route.methods))


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each operation of the OpenAPI document."""
    for path, item in sorted(document["paths"].items()):
        for method, operation in item.items():
            yield path, method.upper(), operation


def pages(catalogue: Catalogue) -> dict[str, str]:
    """File name (without ending) → text."""
    app = application(catalogue)
    with app.app_context():
        document = describe.document()
    return {"routes": _routes_page(routes(app)), "api": _api_page(document, routes(app))}


def _who(mark: Permission | str | None) -> str:
    if mark == PUBLIC:
        return "everybody"
    return ", ".join(role for role, held in ROLES.items() if mark in held) or "nobody"


def _routes_page(found: list[Route]) -> str:
    rows = [[code(one.path), ", ".join(one.methods), plain(one.what), _who(one.who)] for one in found if not one.path.startswith(API)]
    intro = ["What a browser or an agent opens. A list keeps its whole state in its address. The API has {doc}`a page of its own <api>`."]
    return page("Pages and doors", intro, table(["address", "method", "what it does", "who may"], rows))


def _api_page(document: Mapping[str, Any], found: list[Route]) -> str:
    who = {
        (one.path.replace("<", "{").replace(">", "}").replace("int:", ""), method): _who(one.who) for one in found for method in one.methods
    }
    intro = [
        *plain_paragraphs(document["info"].get("description", "")),
        f"The document itself is at {code(API + '/openapi.json')} of every server (OpenAPI {document['openapi']}).",
    ]
    blocks = [_operation(path, method, one, who.get((path, method), "")) for path, method, one in operations(document)]
    schemas = [_schema(name, one) for name, one in sorted(document["components"]["schemas"].items())]
    return page("API", intro, ["## Operations", ""], *blocks, ["## Schemas", ""], *schemas)


def plain_paragraphs(text: str) -> list[str]:
    """Markdown prose of our own OpenAPI document, as it is."""
    return [*text.splitlines(), ""]


def _operation(path: str, method: str, one: Mapping[str, Any], who: str) -> list[str]:
    lines = [f"### {method} {code(path)}", "", plain(one.get("summary", "")), "", plain(one.get("description", "")), ""]
    lines += [f"For: {who}." if who else "", ""]
    parameters = [
        [code(each["name"]), each["in"], _kind(each["schema"]), plain(each.get("description", ""))] for each in one.get("parameters", ())
    ]
    lines += table(["parameter", "in", "type", "meaning"], parameters)
    for media, body in one.get("requestBody", {}).get("content", {}).items():
        lines += [f"Body ({code(media)}): {_kind(body['schema'])}.", ""]
    for status, answer in one["responses"].items():
        if status != "default":
            shapes = [_kind(content["schema"]) for content in answer.get("content", {}).values() if "schema" in content]
            lines += [f"Answer {status}: {', '.join(shapes) or plain(answer.get('description', ''))}.", ""]
    return lines


def _schema(name: str, schema: Mapping[str, Any]) -> list[str]:
    required = set(schema.get("required", ()))
    rows = [
        [code(key), _kind(one) + (", needed" if key in required else ""), plain(one.get("description", ""))]
        for key, one in schema.get("properties", {}).items()
    ]
    return [f"### {code(name)}", "", plain(schema.get("description", "")), "", *table(["key", "type", "meaning"], rows)]


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema's type in a few words."""
    if "$ref" in schema:
        return code(schema["$ref"].rpartition("/")[2])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_kind(one) for one in schema[key])
    if "enum" in schema:
        return "one of " + ", ".join(code(one) for one in schema["enum"])
    if "const" in schema:
        return code(schema["const"])
    kind = schema.get("type", "any")
    kinds = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"list of {_kind(schema['items'])}" if kinds == "array" and "items" in schema else kinds
