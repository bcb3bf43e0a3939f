"""How agents report to this server, ready to paste; and which were refused, and why."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cmdb.store import Refusal
from web.auth.permissions import Permission, needs
from web.frame.agent_commands import agent_commands, only_here
from web.frame.export import export
from web.frame.table import Column, TableSpec
from web.services import services

blueprint = Blueprint("admin_agents", __name__, url_prefix="/admin")
KINDS = (
    ("unknown-token", "Unknown token"),
    ("revoked-token", "Revoked token"),
    ("unknown-node", "Unknown osquery key"),
    ("unreadable", "Unreadable"),
    ("too-large", "Too large"),
    ("too-many", "Too many requests"),
    ("replayed", "Replayed report"),
)
REFUSALS = TableSpec(
    "refusals",
    "Refused at the doors",
    (
        Column("at", "Last time", fixed=True),
        Column("kind", "Kind", filter="choice", choices=KINDS),
        Column("reason", "Reason"),
        Column("address", "From"),
        Column("token_id", "Token"),
        Column("detail", "Calls itself"),
        Column("times", "Times", numeric=True),
        Column("first_at", "First time", shown=False),
        Column("id", "Number", shown=False),
    ),
)


@blueprint.get("/agents")
@needs(Permission.READ)
def agents() -> ResponseReturnValue:
    """Configuration for each agent and platform, with TOKEN in the place of a token: tokens are not kept."""
    address = f"{services().settings.public_url.rstrip('/')}/agent/TOKEN"
    return render_template(
        "admin/agents.html", commands=agent_commands(address), secure=address.startswith("https://"), here=only_here(address)
    )


@blueprint.get("/refusals")
@needs(Permission.READ)
def refusals() -> ResponseReturnValue:
    """Agents and tools that were refused, with the reason and the name of their token."""
    view, ledger = REFUSALS.read(), services().ledger
    if view.format:
        return export(view, _all(view.filters.get("kind", "")))
    before = int(str(view.cursor.values[0])) if view.cursor else None
    rows = ledger.refusals.list(view.limit + 1, before=before, kind=view.filters.get("kind", ""))
    names = {token.id: token.name for token in ledger.agent_tokens.list()}
    page = view.page(rows, lambda row: (row.id,), both_ways=False)
    return render_template("admin/refusals.html", view=view, page=page, names=names)


def _all(kind: str) -> Iterator[Refusal]:
    before: int | None = None
    while rows := services().ledger.refusals.list(500, before=before, kind=kind):
        yield from rows
        before = rows[-1].id
