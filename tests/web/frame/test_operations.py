"""Alive, ready, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from cmdb.errors import GraphUnavailable
from cmdb.store import Ledger
from tests.web.visitor import Visitor
from web import Services, create_app


class Away:
    """A graph door behind which nobody answers."""

    engine = "neo4j"

    def ping(self) -> None:
        """As the real one while the engine is down."""
        raise GraphUnavailable("The graph engine does not answer.")


def test_alive_and_ready(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/health/live").get_json() == {"status": "live"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready", "checks": {"graph": "ok", "ledger": "ok"}})


def test_not_ready_while_the_graph_is_away_but_alive(services: Services) -> None:
    client = create_app(replace(services, graph=Away())).test_client()  # type: ignore[arg-type]
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()["checks"]) == (503, {"graph": "unavailable", "ledger": "ok"})


def test_metrics_need_a_reading_role_unless_opened(services: Services, app: Flask, program: Callable[[str], FlaskClient]) -> None:
    assert app.test_client().get("/metrics").status_code == 401
    assert Visitor(app, "rita").get("/metrics").status_code == 403
    assert program("viewer").get("/metrics").status_code == 200
    opened = create_app(replace(services, settings=replace(services.settings, open_metrics=True)))
    assert opened.test_client().get("/metrics").status_code == 200


def test_metrics_count_and_name_no_paths(services: Services, ledger: Ledger, program: Callable[[str], FlaskClient]) -> None:
    ledger.intake.accept("agent", b"{}", meta={})
    ledger.jobs.enqueue("scan.ssh", {})
    client = program("viewer")
    client.get("/sign-in/a-secret-token")
    text = client.get("/metrics").text
    assert 'moorings_intake{state="waiting"} 1.0' in text
    assert 'moorings_jobs{state="waiting"} 1.0' in text
    assert "moorings_intake_backlog 1.0" in text
    assert "moorings_intake_behind_seconds" in text
    assert "moorings_graph_up 1.0" in text
    assert 'endpoint="auth.one_time"' in text
    assert "a-secret-token" not in text
