"""Tokens: of programs that use the API, and of agents that report. A new one is shown once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from cmdb.errors import Invalid
from web.auth.permissions import ROLE_WORDS, Permission, needs
from web.auth.viewer import viewer
from web.frame.agent_commands import agent_commands, only_here
from web.frame.files import file_wanted, plain_table
from web.frame.forms import Form, choices
from web.frame.record import record
from web.services import services

blueprint = Blueprint("admin_tokens", __name__, url_prefix="/admin/tokens")
# A requester sees what is theirs, and a token is nobody: it would see nothing.
_ROLES = tuple((role, text) for role, text in ROLE_WORDS.items() if role != "requester")
ROTATION_GRACE = timedelta(days=7)
_OWNERSHIPS = (("", "As the report says"), ("corporate", "Corporate"), ("loaned", "On loan"), ("personal", "Personal"))


class TokenForm(Form):
    """A new API token."""

    name = StringField("Name", [InputRequired("Name what will use it."), Length(max=100)], description="What will use it, e.g. monitoring.")
    role = SelectField("Role", [InputRequired()], choices=choices(_ROLES), default="viewer")
    expires_on = DateField("Good until", [Optional()], description="The last day; empty: until somebody revokes it.")


class AgentTokenForm(Form):
    """A new agent token."""

    name = StringField(
        "Name", [InputRequired("Name who will report by it."), Length(max=100)], description="Who reports by it, e.g. laptops of HQ."
    )
    site = StringField("Site", [Length(max=100)], description="Where these devices are, if one token serves one site.")
    ownership = SelectField(
        "Ownership", choices=choices(_OWNERSHIPS), description="Whose these devices are; it decides what may be kept about them."
    )


def state_of(token: object) -> str:
    """active, revoked or expired."""
    expires = getattr(token, "expires_at", None)
    if getattr(token, "revoked_at", None) is not None:
        return "revoked"
    return "expired" if expires is not None and expires <= datetime.now(UTC) else "active"


API = plain_table(
    "api",
    "API tokens",
    name="Name",
    role="Role",
    state=("State", state_of),
    last_used_at="Used last",
    expires_at="Good until",
    created_at="Made",
    created_by="Made by",
)
AGENTS = plain_table(
    "agents",
    "Agent tokens",
    name="Name",
    site="Site",
    ownership="Ownership",
    state=("State", state_of),
    uses="Reports",
    last_used_at="Last report",
    created_at="Made",
    rotated_at="Rotated",
)


@blueprint.get("")
@needs(Permission.ADMIN)
def tokens() -> ResponseReturnValue:
    """Both kinds of tokens."""
    ledger = services().ledger
    api, agents = ledger.api_tokens.list(), ledger.agent_tokens.list()
    return file_wanted((API, lambda: api), (AGENTS, lambda: agents)) or render_template(
        "admin/tokens.html", api=api, agents=agents, state_of=state_of
    )


@blueprint.get("/api/new")
@needs(Permission.ADMIN)
def new_api() -> ResponseReturnValue:
    """The form for an API token."""
    return render_template("admin/token_new.html", form=TokenForm())


@blueprint.post("/api/new")
@needs(Permission.ADMIN)
def add_api() -> ResponseReturnValue:
    """Make an API token and show it, this once."""
    form, held = TokenForm(), services()
    if form.validate_on_submit():
        day = form.expires_on.data
        expires = datetime.combine(day, time.max, UTC).replace(microsecond=0) if day else None
        try:
            plain = held.ledger.api_tokens.add(form.name.data, form.role.data, created_by=viewer().actor, expires_at=expires)
        except Invalid as refused:
            refused.field = "expires_on" if refused.field == "expires_at" else refused.field
            form.add_error(refused)
        else:
            record("api_token.add", form.name.data, {"role": form.role.data, "expires_at": expires.isoformat() if expires else None})
            return render_template("admin/token_shown.html", name=form.name.data, plain=plain, url=held.settings.public_url.rstrip("/"))
    return render_template("admin/token_new.html", form=form), 422


@blueprint.get("/agent/new")
@needs(Permission.ADMIN)
def new_agent() -> ResponseReturnValue:
    """The form for an agent token."""
    return render_template("admin/agent_token_new.html", form=AgentTokenForm())


@blueprint.post("/agent/new")
@needs(Permission.ADMIN)
def add_agent() -> ResponseReturnValue:
    """Make an agent token and show it with ready commands, this once."""
    form, held = AgentTokenForm(), services()
    if form.validate_on_submit():
        try:
            plain = held.ledger.agent_tokens.add(form.name.data, site=form.site.data, ownership=form.ownership.data)
        except Invalid as refused:
            form.add_error(refused)
        else:
            record("agent_token.add", form.name.data, {"site": form.site.data, "ownership": form.ownership.data})
            return _shown(form.name.data, plain)
    return render_template("admin/agent_token_new.html", form=form), 422


@blueprint.post("/agent/<token_id>/rotate")
@needs(Permission.ADMIN)
def rotate_agent(token_id: str) -> ResponseReturnValue:
    """Give an agent token a new secret and show it, this once. The one before is taken for another week."""
    held = services()
    plain = held.ledger.agent_tokens.rotate(token_id, grace=ROTATION_GRACE)
    record("agent_token.rotate", token_id)
    return _shown(held.ledger.agent_tokens.get(token_id).name, plain)


def _shown(name: str, plain: str) -> str:
    address = f"{services().settings.public_url.rstrip('/')}/agent/{plain}"
    return render_template(
        "admin/agent_token_shown.html",
        name=name,
        plain=plain,
        commands=agent_commands(address),
        secure=address.startswith("https://"),
        here=only_here(address),
    )


@blueprint.post("/api/<token_id>/revoke")
@needs(Permission.ADMIN)
def revoke_api(token_id: str) -> ResponseReturnValue:
    """Withdraw an API token at once."""
    services().ledger.api_tokens.revoke(token_id)
    record("api_token.revoke", token_id)
    flash("The token is revoked; what used it is refused from now on.", "success")
    return redirect("/admin/tokens", 303)


@blueprint.post("/agent/<token_id>/revoke")
@needs(Permission.ADMIN)
def revoke_agent(token_id: str) -> ResponseReturnValue:
    """Withdraw an agent token at once."""
    services().ledger.agent_tokens.revoke(token_id)
    record("agent_token.revoke", token_id)
    flash("The agent token is revoked; reports by it are refused from now on.", "success")
    return redirect("/admin/tokens", 303)
