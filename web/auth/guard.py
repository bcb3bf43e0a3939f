"""The one place where a request is let in or turned away, before any view runs."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from cmdb.errors import CmdbError, NotAllowed
from web.auth.permissions import MARK, PUBLIC, Permission
from web.auth.session import load_viewer
from web.auth.viewer import viewer_or_none


def required(endpoint: str) -> Permission | str | None:
    """What the view behind an endpoint is marked with: a permission, `PUBLIC`, or None when the mark was forgotten."""
    found = getattr(current_app.view_functions.get(endpoint), MARK, None)
    return found if isinstance(found, Permission) or found == PUBLIC else None


def admit() -> ResponseReturnValue | None:
    """Let the request in (None), send the person to sign in, or refuse it by 401 or 403."""
    g.viewer = None
    if request.endpoint == "static":
        return None
    if request.endpoint is None:  # routing's own answer follows: 404, 405; its page shows the sidebar to who is signed in
        with suppress(CmdbError):
            load_viewer()
        return None
    wanted = required(request.endpoint)
    try:
        load_viewer()
    except NotAllowed as refused:
        if wanted != PUBLIC:
            raise Unauthorized(refused.message, www_authenticate=None) from refused
    if wanted == PUBLIC:
        return None
    seen = viewer_or_none()
    if seen is None:
        return turn_to_sign_in()
    if not isinstance(wanted, Permission):
        raise Forbidden("This page has not said who may see it, so nobody may.")
    if not seen.may(wanted):
        raise Forbidden(f"Your role ({seen.role}) may not {wanted.value}. Ask an administrator if you need it.")
    return None


def turn_to_sign_in() -> ResponseReturnValue:
    """401 for programs, a redirect to the sign-in page (that leads back here) for people."""
    if request.path.startswith(("/api/", "/metrics")):
        abort(401, "Send a token: `Authorization: Bearer mrg_…`.")
    back = request.full_path.rstrip("?") if request.method == "GET" and "HX-Request" not in request.headers else None
    target = url_for("auth.sign_in", next=back if back != "/" else None)
    if "HX-Request" in request.headers:
        response: Response = make_response("", 401)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def install(app: Flask) -> None:
    """Put the guard before every request of the application."""
    app.before_request(admit)
