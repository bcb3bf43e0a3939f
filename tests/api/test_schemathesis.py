"""Schemathesis over the whole OpenAPI document: whatever is described is asked, in right and in wrong ways.

It grows with the document; nothing is listed here. Few examples for each operation keep it short: the deep search is the nightly's
(`MOORINGS_TEST_EXAMPLES`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from tests.cast import hire
from web import Services, create_app
from web.settings import WebSettings

EXAMPLES = int(os.environ.get("MOORINGS_TEST_EXAMPLES", "12"))
# What a document cannot say (a cursor's signature, a class that the site's catalogue has, one of two fields that is needed) is refused
# with 422 although it fits the schema. What it does say is refused when it is broken: that check is on.
LEFT_OUT: list[Any] = [positive_data_acceptance]


class Switch:
    """A WSGI application that hands every request to another one. The document is read when tests are collected; the ledger and the
    engine come when they run."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


# Only the document is asked of this one, and it stands on neither ledger nor graph.
switch = Switch(
    create_app(Services(WebSettings(secret_key="a key for tests"), cast("Graph", None), cast("Ledger", None), Catalogue.load()))
)


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    """A list of one and no list look alike in a query string, and an object has no one form there: not counted as wrong where one value
    is asked for."""
    asked = {word["name"]: word.get("schema", {}) for word in context.operation.definition.raw.get("parameters", ())}
    alike = [name for name, value in (query or {}).items() if isinstance(value, dict) or (isinstance(value, list) and len(value) < 2)]
    return all("array" in str(asked.get(name)) for name in alike)


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", switch)


@pytest.fixture(scope="module")
def token(_embedded_session: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An administrator's token of an application with something in its ledger."""
    with Ledger(tmp_path_factory.mktemp("fuzz") / "ledger.db") as ledger:
        hire(ledger)
        for number in range(60):
            ledger.jobs.enqueue("scan.ssh", {}, key=str(number))
        switch.app = create_app(Services(WebSettings(secret_key="a key for tests"), _embedded_session, ledger, Catalogue.load()))
        yield ledger.api_tokens.add("fuzz", "administrator")


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.usefixtures("embedded_graph")  # emptied: what other tests left half made is no CI
def test_every_operation_keeps_its_word(case: schemathesis.Case, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=LEFT_OUT)
