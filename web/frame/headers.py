"""Security headers on every answer. There is no inline script or style anywhere, so the policy needs no exception."""

from __future__ import annotations

from flask import Flask, Response, request

from web.services import services
from web.settings import WebSettings

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "script-src 'self'; style-src 'self'; connect-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
_YEAR = 365 * 24 * 3600
_STRICT = f"max-age={_YEAR}"
_NOT_KEPT = "private, no-store"
_VARY = "Cookie, HX-Request"


def of_plain_answers(settings: WebSettings) -> tuple[tuple[str, str], ...]:
    """The headers of an answer that is neither page nor file, for who answers before the application."""
    strict = (("Strict-Transport-Security", _STRICT),) if settings.secure_cookies else ()
    return (*HEADERS.items(), *strict, ("Cache-Control", _NOT_KEPT), ("Vary", _VARY))


def protect(response: Response) -> Response:
    """Add the headers a view has not set itself (the scan page sets its own policy for the camera)."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if services().settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", _STRICT)
    if request.endpoint == "static":
        age = f"public, max-age={_YEAR}, immutable" if "v" in request.args else "public, max-age=86400"
        response.headers["Cache-Control"] = age
    elif request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "private, no-cache")
    else:
        # What a person saw must not come back by the browser's back button after they signed out.
        response.headers.setdefault("Cache-Control", _NOT_KEPT)
    response.headers.setdefault("Vary", _VARY)
    return response


def install(app: Flask) -> None:
    """Put the headers on every answer of the application, errors included."""
    app.after_request(protect)
