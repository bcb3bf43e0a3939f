"""Reports of inventory agents, answered before Flask: a morning brings them by the thousands.

What pages of people need of a framework (session, form tokens, a map of hundreds of addresses, limits on guessing) was a quarter of the
work of taking a report. `POST /agent/<token>` alone comes in here, to the same doors and with the same headers and counts; every other
request, and one to a name that this server does not answer to, goes on to the application.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from werkzeug.wrappers import Request

from discovery.reports.reply import REPORT_EVERY_HOURS, Reply, refusal
from web.agent.doors import Doors
from web.agent.limits import Limits, Rates
from web.frame.hosts import is_trusted
from web.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)
ENDPOINT = "agent.report"
Told: TypeAlias = Callable[[str, str, int, float], None]
"""Counts an answer: method, endpoint, status, seconds."""
_LIMITS = Limits()
_ADDRESS = re.compile(r"/agent/([A-Za-z0-9_-]{1,200})")
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def doors_of_site(services: Services, request: Request, every_hours: int = REPORT_EVERY_HOURS) -> Doors:
    """The doors of the running application, with the limits that the site has set (MOORINGS_AGENT_RATE_…)."""
    settings = services.settings
    _LIMITS.rates = Rates(settings.agent_rate_address, settings.agent_rate_token)
    return Doors(services, every_hours, _LIMITS, request, settings.max_body_bytes, services.reader)


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """A WSGI layer before the application `inner`. `headers` are put on every answer; `told` counts it."""

    inner: WSGIApplication
    services: Services
    headers: tuple[tuple[str, str], ...]
    told: Told

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer to one request."""
        found = _ADDRESS.fullmatch(environ.get("PATH_INFO", "")) if environ["REQUEST_METHOD"] == "POST" else None
        if (
            found is None
            or environ.get("QUERY_STRING")
            or not is_trusted(environ.get("HTTP_HOST", ""), self.services.settings.trusted_hosts)
        ):
            return self.inner(environ, start_response)
        began = time.perf_counter()
        reply = self._answer(found[1], environ)
        self.told("POST", ENDPOINT, reply.status, time.perf_counter() - began)
        own = [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body))), *reply.headers.items()]
        start_response(_STATUS.get(reply.status, str(reply.status)), [*own, *self.headers])
        return (reply.body,)

    def _answer(self, token: str, environ: WSGIEnvironment) -> Reply:
        try:
            return doors_of_site(self.services, Request(environ)).inventory(token)
        except Exception:  # what nobody foresaw: logged with its trace, told without it, as the application does
            log.exception("unforeseen error at the agents' door")
            return refusal(500, "Something went wrong here. It was logged.")
