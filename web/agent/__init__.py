"""The doors for agents: one address for each enrolment token, `/agent/<token>`.

FusionInventory, OCS and GLPI agents use it by their `--server` option, any tool for its documents. Below it, or with the token as their
secret, are the paths that osquery, Lynis and uploaders of bills of material have of their own. A report is on the disk before it is
answered by yes; when that fails, the agent is told to come back.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from discovery.reports.reply import REPORT_EVERY_HOURS, Reply
from web.agent.doors import Doors
from web.agent.front import doors_of_site
from web.agent.limits import Limits, Rates
from web.agent.needs import AgentServices
from web.auth.permissions import MARK, PUBLIC
from web.services import services as running_services

__all__ = ["AgentServices", "Rates", "blueprint", "create_agent_blueprint"]


def create_agent_blueprint(
    services: AgentServices | None = None, *, every_hours: int = REPORT_EVERY_HOURS, rates: Rates | None = None
) -> Blueprint:
    """The blueprint for `/agent/<token>` and everything below it (agents append paths of their own), `/api/osquery` and `/api/v1/bom`.

    Without `services` it uses those of the running application.
    """
    door, limits = Blueprint("agent", __name__), Limits(rates or Rates())

    def doors() -> Doors:
        asked = request._get_current_object()  # type: ignore[attr-defined]  # the request that the proxy stands for
        if services is None and rates is None:
            return doors_of_site(running_services(), asked, every_hours)
        most = int(current_app.config.get("MAX_CONTENT_LENGTH") or 0)
        return Doors(services or running_services(), every_hours, limits, asked, most)

    def enter(token: str, rest: str = "") -> Response:  # noqa: ARG001
        """Take a report of an inventory agent, or answer its question when to report (FusionInventory, OCS, GLPI)."""
        return _http(doors().inventory(token))

    def osquery(call: str, token: str = "") -> Response:
        """Enrol osquery, give it its configuration and its questions, and take its logs and answers."""
        return _http(doors().osquery(call.strip("/").replace("_", "/"), token))

    def license_(token: str) -> Response:
        """Tell Lynis' uploader that it may come."""
        return _http(doors().lynis(token, "license"))

    def upload(token: str) -> Response:
        """Take Lynis' report."""
        return _http(doors().lynis(token, "upload"))

    def bom(token: str = "") -> Response:
        """Take a bill of material (Dependency-Track's call; the key is the enrolment token)."""
        return _http(doors().bom(token or request.headers.get("X-Api-Key", "")))

    def bom_state(number: str, token: str = "") -> Response:
        """Say whether an uploaded bill of material is still worked on."""
        return _http(doors().bom_state(token or request.headers.get("X-Api-Key", ""), number))

    _add(door, "report", enter, ("/agent/<token>", "/agent/<token>/<path:rest>"), ["GET", "POST"])
    _add(
        door, "osquery", osquery, [f"{below}/api{v}/osquery/<path:call>" for below in ("", "/agent/<token>") for v in ("", "/v1")], ["POST"]
    )
    _add(door, "lynis_license", license_, ["/agent/<token>/license/"], ["POST"])
    _add(door, "lynis_upload", upload, ["/agent/<token>/upload/"], ["POST"])
    _add(door, "bom", bom, ["/api/v1/bom", "/agent/<token>/api/v1/bom"], ["PUT", "POST"])
    _add(door, "bom_state", bom_state, ["/api/v1/bom/token/<number>", "/agent/<token>/api/v1/bom/token/<number>"], ["GET"])
    return door


def _add(door: Blueprint, name: str, view: Callable[..., Response], rules: list[str] | tuple[str, ...], methods: list[str]) -> None:
    setattr(view, MARK, PUBLIC)
    for rule in rules:
        door.add_url_rule(rule, name, view, methods=methods, strict_slashes=False)


def _http(reply: Reply) -> Response:
    response = Response(reply.body, reply.status, content_type=reply.content_type)
    for name, value in reply.headers.items():
        response.headers[name] = value
    return response


blueprint = create_agent_blueprint()
"""For `web.registry.AGENTS`."""
