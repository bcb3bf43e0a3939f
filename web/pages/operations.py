"""For those who run it: is it alive, is it ready, and what it counts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from werkzeug.exceptions import Forbidden

from cmdb.errors import CmdbError
from cmdb.intake import summary
from cmdb.metrics import REGISTRY
from cmdb.model import times
from web.auth.guard import turn_to_sign_in
from web.auth.permissions import Permission, public
from web.auth.viewer import viewer_or_none
from web.services import services

blueprint = Blueprint("operations", __name__)
log = logging.getLogger(__name__)

REQUESTS = Counter("moorings_http_requests", "Requests answered.", ("method", "endpoint", "status"), registry=REGISTRY)
SECONDS = Histogram("moorings_http_seconds", "Time to answer.", ("endpoint",), registry=REGISTRY, buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10))
INTAKE = Gauge("moorings_intake", "Accepted reports by state.", ("state",), registry=REGISTRY)
JOBS = Gauge("moorings_jobs", "Open and parked jobs by state.", ("state",), registry=REGISTRY)
BACKLOG = Gauge("moorings_intake_backlog", "Accepted reports that are not applied yet.", registry=REGISTRY)
BEHIND = Gauge("moorings_intake_behind_seconds", "Age of the oldest of them.", registry=REGISTRY)
GRAPH_UP = Gauge("moorings_graph_up", "1 when the graph engine answers.", registry=REGISTRY)


@blueprint.get("/health/live")
@public
def live() -> ResponseReturnValue:
    """200 as long as this process answers."""
    return jsonify({"status": "live"})


@blueprint.get("/health/ready")
@public
def ready() -> ResponseReturnValue:
    """200 when graph and ledger answer, else 503 with which one does not."""
    checks = {"graph": _check(services().graph.ping), "ledger": _check(services().ledger.intake.counts)}
    good = all(state == "ok" for state in checks.values())
    return jsonify({"status": "ready" if good else "not ready", "checks": checks}), 200 if good else 503


def _check(call: Callable[[], object]) -> str:
    try:
        call()
    except CmdbError as error:
        log.warning("not ready reason=%s", error.message)
        return "unavailable"
    return "ok"


@blueprint.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Counts for Prometheus: by a token of any reading role, or open where the settings say so (the default on loopback)."""
    seen = viewer_or_none()
    if not services().settings.open_metrics:
        if seen is None:
            return turn_to_sign_in()
        if not seen.may(Permission.READ):
            raise Forbidden("Your role may not read metrics.")
    for state, count in services().ledger.intake.counts().items():
        INTAKE.labels(state).set(count)
    for state, count in services().ledger.jobs.counts().items():
        JOBS.labels(state).set(count)
    line = summary(services().ledger, times.now())
    BACKLOG.set(line.backlog)
    BEHIND.set(line.behind_s)
    GRAPH_UP.set(_check(services().graph.ping) == "ok")
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


@blueprint.before_app_request
def start_clock() -> None:
    """Note when the request began."""
    g.began = time.perf_counter()


@blueprint.after_app_request
def count(response: Response) -> Response:
    """Count the answer by endpoint (never by path: paths hold ids and tokens)."""
    now = time.perf_counter()
    count_answer(request.method, request.endpoint or "none", response.status_code, now - g.get("began", now))
    return response


def count_answer(method: str, endpoint: str, status: int, seconds: float) -> None:
    """Count one answer of an endpoint."""
    REQUESTS.labels(method, endpoint, str(status)).inc()
    SECONDS.labels(endpoint).observe(seconds)
