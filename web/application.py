"""The application: every page, every API and every door, in one Flask application over one set of services."""

from __future__ import annotations

import secrets

from flask import Flask
from flask_openapi.openapi import OpenAPI
from flask_wtf import CSRFProtect

from web import errors
from web.agent.front import FrontDoor
from web.api import describe
from web.auth import guard
from web.auth.limits import limiter
from web.frame import headers, hosts, layout
from web.frame.proxy import TrustedProxy
from web.frame.reading import Json
from web.pages.operations import count_answer
from web.registry import AGENTS, API, PAGES
from web.services import EXTENSION, Services


def application(services: Services) -> Flask:
    """What `web.create_app` promises."""
    app = OpenAPI("web", **describe.arguments(), template_folder="templates", static_folder="static")
    app.openapi_version = "3.1.1"
    settings = services.settings
    app.config.update(
        SECRET_KEY=settings.secret_key or _kept_secret(services),
        SESSION_COOKIE_NAME="__Host-moorings_form" if settings.secure_cookies else "moorings_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        # Behind TLS the referrer is compared too, but with the host the proxy names; Referrer-Policy is same-origin.
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    app.extensions[EXTENSION] = services
    app.json = Json(app)
    hosts.install(app)
    guard.install(app)  # first: who is not signed in is sent there, not told of a stale form
    csrf = CSRFProtect(app)
    limiter.init_app(app)
    headers.install(app)
    layout.install(app)
    errors.install(app)
    for page in PAGES:
        app.register_blueprint(page)
    for api in API:
        csrf.exempt(api)
        app.register_api(api)
    for door in AGENTS:
        csrf.exempt(door)
        app.register_blueprint(door)
    describe.install(app)
    app.wsgi_app = FrontDoor(app.wsgi_app, services, headers.of_plain_answers(settings), count_answer)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxy(app.wsgi_app, settings.trusted_proxies, settings.proxy_networks)  # type: ignore[method-assign]
    return app


def _kept_secret(services: Services) -> str:
    """The signing key kept in the ledger, made at the first start: it lives as long as the data does."""
    return str(services.ledger.settings.keep("web.secret_key", secrets.token_urlsafe(48)))
