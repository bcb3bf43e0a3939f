"""The only mapping from errors to HTTP: a page for people, a fragment for htmx, problem+json under /api."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from cmdb import errors
from web.api.problem import problem

log = logging.getLogger(__name__)
RETRY_S = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered: status, a short title, a sentence, the input at fault, and whether trying again may help."""

    status: int
    title: str
    detail: str
    field: str | None = None
    retry: bool = False


_BY_CLASS: tuple[tuple[type[errors.CmdbError], int, str], ...] = (
    (errors.GraphUnavailable, 503, "The graph engine cannot be reached"),
    (errors.GraphTimeout, 503, "The question took too long"),
    (errors.StoreUnavailable, 503, "The ledger cannot be reached"),
    (errors.Invalid, 400, "This cannot be accepted"),
    (errors.NotFound, 404, "Not found"),
    (errors.NotAllowed, 403, "Not allowed"),
    (errors.Conflict, 409, "Somebody else was first"),
    (errors.Busy, 503, "Busy"),
    (errors.GraphError, 500, "The graph engine reported an error"),
    (errors.DiscoveryError, 502, "The target could not be looked at"),
)
_WORDS = {
    400: ("This request cannot be understood", "Something in the address or the form is not as expected."),
    401: ("Sign in first", "This needs a session or a token."),
    403: ("Not allowed", "Your role may not do this."),
    404: ("Not found", "There is nothing at this address. It may have been removed, or the link is mistyped."),
    405: ("Not possible here", "This address does not answer to that kind of request."),
    409: ("Somebody else was first", "It changed since you read it. Load it again and repeat the change."),
    413: ("Too large", "What was sent is larger than this server accepts."),
    415: ("Wrong kind of content", "Send application/json."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("Something went wrong here", "It was logged. If it happens again, tell the operator what you did and the time."),
    503: ("Not available right now", "Try again in a moment."),
}


def of_cmdb_error(error: errors.CmdbError) -> Fault:
    """The fault that one of the house's errors is."""
    for kind, status, title in _BY_CLASS:
        if isinstance(error, kind):
            code = 422 if kind is errors.Invalid and request.path.startswith("/api/") else status
            if code == 500:
                log.error("graph error path=%s", request.path, exc_info=error)
            return Fault(code, title, error.message, error.field, isinstance(error, errors.GraphUnavailable))
    log.error("unmapped error path=%s", request.path, exc_info=error)
    return Fault(500, *_WORDS[500])


def of_http_error(error: HTTPException) -> Fault:
    """The fault that an HTTP error of the framework or of `abort` is. Its text is shown only where this room wrote it."""
    status = error.code or 500
    title, detail = _WORDS.get(status, (error.name, "The request cannot be answered."))
    own = error.description if error.description != type(error).description else None
    return Fault(status, title, own or detail)


def answer(fault: Fault) -> Response:
    """The fault as the asker can read it."""
    if request.path.startswith("/api/"):
        response = problem(fault.status, fault.title, fault.detail, field=fault.field)
    elif request.path.startswith(("/agent/", "/health/", "/metrics")):
        response = make_response(f"{fault.title}. {fault.detail}\n", fault.status)
        response.content_type = "text/plain; charset=utf-8"
    elif "HX-Request" in request.headers:
        response = make_response(render_template("errors/_fragment.html", fault=fault), fault.status)
        # The list that was asked for stays as it is; the message appears where messages do.
        response.headers.update({"HX-Retarget": "#flashes", "HX-Reswap": "innerHTML", "HX-Reselect": ".notice", "HX-Push-Url": "false"})
    else:
        response = make_response(render_template("errors/page.html", fault=fault, retry_s=RETRY_S), fault.status)
    if fault.status in {429, 503}:
        response.headers["Retry-After"] = str(RETRY_S if fault.status == 503 else 60)
    return response


def on_cmdb_error(error: errors.CmdbError) -> ResponseReturnValue:
    """Handler of the house's errors."""
    return answer(of_cmdb_error(error))


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """Handler of HTTP errors. Redirects and answers a view made itself by `abort(response)` pass through."""
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    response = answer(of_http_error(error))
    if error.code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="moorings"'
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Handler of a missing or stale form token: the page was open too long, or the request came from another site."""
    log.warning("form token refused path=%s reason=%s", request.path, error.description)
    return answer(
        Fault(
            400,
            "The form is out of date",
            "It was open for a long time or you signed in anew. Go back, reload the page, and send it again.",
        )
    )


def on_any_error(error: Exception) -> ResponseReturnValue:
    """Handler of what nobody foresaw: logged with its trace, told without it."""
    log.error("unforeseen error method=%s path=%s", request.method, request.path, exc_info=error)
    return answer(Fault(500, *_WORDS[500]))


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(errors.CmdbError, on_cmdb_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Exception, on_any_error)
