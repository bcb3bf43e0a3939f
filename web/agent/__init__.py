"""The door for inventory agents: one address for each enrolment token, `/agent/<token>`, that FusionInventory, OCS and GLPI agents use by
their `--server` option. A report is on the disk before it is answered by yes; when that fails, the agent is told to come back."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from cmdb.errors import CmdbError, Invalid
from cmdb.store import AgentToken
from discovery.reports.message import Headers, read_message
from discovery.reports.reply import REPORT_EVERY_HOURS, Reply, refusal, to_plugin
from discovery.reports.wire import MAX_BODY
from web.agent.desk import Desk
from web.agent.needs import AgentServices
from web.agent.osquery import INVALID as OSQUERY_INVALID
from web.agent.osquery import OsqueryDesk, trouble
from web.agent.refused import Refused
from web.auth.permissions import MARK, PUBLIC
from web.services import services as running_services

__all__ = ["AgentServices", "blueprint", "create_agent_blueprint"]

log = logging.getLogger(__name__)
RETRY_S = 600
"""When an agent should come back after "not right now"; agents that do not read Retry-After come at their next timer."""


def create_agent_blueprint(services: AgentServices | None = None, *, every_hours: int = REPORT_EVERY_HOURS) -> Blueprint:
    """The blueprint for `/agent/<token>` and everything below it (agents append paths of their own).

    Without `services` it uses those of the running application.
    """
    door = Blueprint("agent", __name__)

    def current() -> AgentServices:
        return services if services is not None else running_services()

    def enter(token: str, rest: str = "") -> Response:  # noqa: ARG001
        """Take a report of an inventory agent, or answer its question when to report (FusionInventory, OCS, GLPI)."""
        return _http(_answer(current(), token, every_hours))

    def osquery(call: str, token: str = "") -> Response:
        """Enrol osquery, give it its configuration and its questions, and take its logs and answers."""
        return _http(_osquery(current(), call.strip("/").replace("_", "/"), token, every_hours))

    setattr(osquery, MARK, PUBLIC)
    for prefix in ("/api/osquery", "/api/v1/osquery", "/agent/<token>/api/osquery", "/agent/<token>/api/v1/osquery"):
        door.add_url_rule(f"{prefix}/<path:call>", "osquery", osquery, methods=["POST"])
    setattr(enter, MARK, PUBLIC)
    view: Callable[..., Response] = enter
    door.add_url_rule("/agent/<token>", "report", view, methods=["GET", "POST"], strict_slashes=False)
    door.add_url_rule("/agent/<token>/<path:rest>", "report", view, methods=["GET", "POST"])
    return door


def _osquery(services: AgentServices, call: str, plain: str, every_hours: int) -> Reply:
    """One call of osquery. Every answer, also a refusal, is JSON without a key `error`."""
    token: AgentToken | None = None
    try:
        if plain:
            token = services.ledger.agent_tokens.find(plain)
            if token is None or token.revoked:
                _turned_away(services, token)
                return OSQUERY_INVALID
        return OsqueryDesk(services.ledger, every_hours).answer(call, _body(), token)
    except Refused as refused:
        _note(services, refused.kind, refused.reason, refused.token_id)
        return refused.reply
    except Invalid as error:
        _note(services, "unreadable", error.message, token.id if token else "", request.headers.get("User-Agent", "")[:100])
        return trouble(error, 413 if error.field == "size" else 400)
    except CmdbError as error:
        log.exception("the agent door cannot reach its ledger: %s", error.message)
        return trouble(error, 503, RETRY_S)


def _body() -> bytes:
    """The request's body. Raises Invalid for one that is too large or ends early."""
    request.max_content_length = MAX_BODY
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Invalid(f"The body is larger than {MAX_BODY // 1024 // 1024} MB; no inventory is.", field="size") from None
    except HTTPException:
        raise Invalid("The request ended before its body did.", field="body") from None


def _answer(services: AgentServices, plain: str, every_hours: int) -> Reply:
    try:
        token = services.ledger.agent_tokens.find(plain)
        if token is None or token.revoked:
            return _turned_away(services, token)
        if request.method == "GET" or "action" in request.args:
            return to_plugin()
        return _take(services, token, every_hours)
    except CmdbError as error:  # the ledger: full disk, held file. Nothing was kept, and the agent must know
        log.exception("the agent door cannot reach its ledger: %s", error.message)
        return refusal(503, "Nothing was kept; try again later.", retry_after_s=RETRY_S)


def _turned_away(services: AgentServices, token: AgentToken | None) -> Reply:
    if token is None:
        _note(services, "unknown-token", "no enrolment token like that")
        return refusal(404, "There is no such agent address.")
    _note(services, "revoked-token", "the enrolment token was revoked", token.id)
    return refusal(403, "This agent address was withdrawn; ask for a new one.")


def _take(services: AgentServices, token: AgentToken, every_hours: int) -> Reply:
    request.max_content_length = MAX_BODY
    try:
        data = request.get_data(cache=False)
    except RequestEntityTooLarge:
        _note(services, "too-large", f"more than {MAX_BODY // 1024 // 1024} MB on the wire", token.id)
        return refusal(413, f"The body is larger than {MAX_BODY // 1024 // 1024} MB; no inventory is.")
    except HTTPException:
        _note(services, "unreadable", "the request ended before its body did", token.id)
        return refusal(400, "The request ended before its body did.")
    try:
        message = read_message(data, _headers())
        return Desk(services.ledger, every_hours).answer(message, token)
    except Invalid as error:
        _note(services, "unreadable", error.message, token.id, request.headers.get("User-Agent", "")[:100])
        return refusal(400, error.message)


def _headers() -> Headers:
    sent = request.headers
    return Headers(sent.get("User-Agent", ""), sent.get("GLPI-Agent-ID", ""), sent.get("GLPI-Request-ID", ""))


def _note(services: AgentServices, kind: str, reason: str, token_id: str = "", detail: str = "") -> None:
    """For the operator's list. A list that cannot be written must not change the answer."""
    log.info("agent refused kind=%s reason=%s token_id=%s", kind, reason, token_id)
    try:
        services.ledger.refusals.note(kind, reason, address=request.remote_addr or "", token_id=token_id, detail=detail)
    except CmdbError as error:
        log.warning("a refusal could not be noted: %s", error.message)


def _http(reply: Reply) -> Response:
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    for name, value in reply.headers.items():
        response.headers[name] = value
    return response


blueprint = create_agent_blueprint()
"""For `web.registry.AGENTS`."""
