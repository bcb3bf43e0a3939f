"""Fixtures of page and API tests: a ledger with the cast, the embedded graph, the application over both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Account, Ledger
from tests.cast import hire
from tests.ready import ready_ledger
from tests.web.visitor import Visitor
from web import Services, create_app
from web.auth.limits import limiter
from web.settings import WebSettings


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with ready_ledger(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def cast(ledger: Ledger) -> dict[str, Account]:
    """The cast, in the ledger."""
    return hire(ledger)


@pytest.fixture
def services(ledger: Ledger, embedded_graph: Graph, catalogue: Catalogue, cast: dict[str, Account]) -> Services:
    """Everything the pages work with; the graph is empty."""
    return Services(WebSettings(secret_key="a key for tests"), embedded_graph, ledger, catalogue)


@pytest.fixture
def app(services: Services) -> Flask:
    """The application."""
    made = create_app(services)
    made.testing = False  # errors become pages, as in production
    with made.app_context():
        limiter.reset()
    return made


@pytest.fixture
def visit(app: Flask) -> Callable[[str], Visitor]:
    """`visit("vera")` is vera's browser, signed in; `visit("")` a stranger's."""

    def arrive(login: str = "") -> Visitor:
        return Visitor(app, login)

    return arrive


@pytest.fixture
def program(app: Flask, ledger: Ledger) -> Callable[[str], FlaskClient]:
    """`program("viewer")` is an API client with a token of that role."""

    def make(role: str) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ledger.api_tokens.add(f'a {role} program', role)}"
        return client

    return make
