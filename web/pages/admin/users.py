"""Users: add, role, one-time link, deactivate."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from cmdb.errors import Conflict, Invalid
from web.auth.permissions import ROLE_WORDS, Permission, needs
from web.auth.viewer import viewer
from web.frame.export import export
from web.frame.forms import Form, choices
from web.frame.record import record
from web.frame.small import chosen_rows, small_page
from web.frame.table import Column, TableSpec
from web.services import services

blueprint = Blueprint("admin_users", __name__, url_prefix="/admin/users")
LINK_TTL_S = 24 * 3600
_ROLES = tuple(ROLE_WORDS.items())
_STATES = (("active", "active"), ("deactivated", "deactivated"))

TABLE = TableSpec(
    "users",
    "Users",
    (
        Column("login", "Login", sort=True, filter="text", fixed=True),
        Column("name", "Name", sort=True, filter="text"),
        Column("email", "E-mail", sort=True, filter="text"),
        Column("role", "Role", sort=True, filter="choice", choices=tuple((role, role) for role in ROLE_WORDS)),
        Column("state", "State", sort=True, filter="choice", choices=_STATES, value=lambda row: "active" if row.active else "deactivated"),
        Column("last_seen_at", "Last seen", sort=True),
        Column("created_at", "Added", sort=True, shown=False),
    ),
    order="login",
)


class UserForm(Form):
    """A new account."""

    login = StringField("Login", [InputRequired("Give a login."), Length(max=100)], description="Letters, digits and . _ @ + -")
    name = StringField("Name", [Length(max=200)])
    email = EmailField(
        "E-mail", [Length(max=254)], description="Ties the account to the person of the inventory, so that they see their own devices."
    )
    role = SelectField("Role", [InputRequired()], choices=choices(_ROLES), default="viewer")
    password = PasswordField("Password", [Length(max=1000)], description="Leave it empty to get a one-time link that you pass on instead.")


@blueprint.get("")
@needs(Permission.ADMIN)
def users() -> ResponseReturnValue:
    """All accounts."""
    view = TABLE.read()
    rows = services().ledger.accounts.list()
    if view.format:
        return export(view, chosen_rows(view, rows))
    return render_template("admin/users.html", view=view, page=small_page(view, rows), total=len(rows))


@blueprint.get("/new")
@needs(Permission.ADMIN)
def new() -> ResponseReturnValue:
    """The form for a new account."""
    return render_template("admin/user_new.html", form=UserForm())


@blueprint.post("/new")
@needs(Permission.ADMIN)
def add() -> ResponseReturnValue:
    """Add the account; without a password, show its one-time link, this once."""
    form, ledger = UserForm(), services().ledger
    if form.validate_on_submit():
        try:
            account = ledger.accounts.add(
                form.login.data, form.password.data or None, form.role.data, name=form.name.data, email=form.email.data
            )
        except (Invalid, Conflict) as refused:
            form.add_error(refused)
        else:
            record("account.add", account.login, {"role": account.role})
            if form.password.data:
                flash(f"{account.login} is added.", "success")
                return redirect(f"/admin/users/{account.id}", 303)
            return show_link(account.id)
    return render_template("admin/user_new.html", form=form), 422


@blueprint.get("/<account_id>")
@needs(Permission.ADMIN)
def user(account_id: str) -> ResponseReturnValue:
    """One account."""
    ledger = services().ledger
    account = ledger.accounts.get(account_id)
    return render_template("admin/user.html", account=account, roles=_ROLES, sessions=ledger.sessions.list(account.id))


@blueprint.post("/<account_id>/role")
@needs(Permission.ADMIN)
def role(account_id: str) -> ResponseReturnValue:
    """Change the role."""
    ledger = services().ledger
    before = ledger.accounts.get(account_id)
    after = ledger.accounts.set_role(account_id, request.form.get("role", ""))
    record("account.role", after.login, {"before": before.role, "after": after.role})
    flash(f"{after.login} is {after.role} now.", "success")
    return redirect("/admin/users" if account_id == viewer().account_id else f"/admin/users/{account_id}", 303)


@blueprint.post("/<account_id>/link")
@needs(Permission.ADMIN)
def link(account_id: str) -> ResponseReturnValue:
    """Make a one-time sign-in link and show it, this once."""
    account = services().ledger.accounts.get(account_id)
    record("account.link", account.login)
    return show_link(account_id)


@blueprint.post("/<account_id>/state")
@needs(Permission.ADMIN)
def state(account_id: str) -> ResponseReturnValue:
    """Deactivate or reactivate the account."""
    accounts, wanted = services().ledger.accounts, request.form.get("state", "")
    if wanted == "deactivated":
        account = accounts.deactivate(account_id)
        flash(f"{account.login} is deactivated and signed out everywhere.", "success")
    elif wanted == "active":
        account = accounts.reactivate(account_id)
        flash(f"{account.login} may sign in again.", "success")
    else:
        raise Invalid("state must be active or deactivated.", field="state")
    record("account.state", account.login, {"state": wanted})
    return redirect(f"/admin/users/{account_id}", 303)


@blueprint.post("/<account_id>/sign-out")
@needs(Permission.ADMIN)
def sign_out(account_id: str) -> ResponseReturnValue:
    """End every session of the account."""
    account = services().ledger.accounts.get(account_id)
    count = services().ledger.sessions.end_all(account_id)
    record("session.end_all", account.login, {"sessions": count})
    flash(f"{account.login} is signed out of {count} browser{'' if count == 1 else 's'}.", "success")
    return redirect(f"/admin/users/{account_id}", 303)


def show_link(account_id: str) -> ResponseReturnValue:
    """The page with a fresh one-time link. It is rendered at once: kept nowhere, also not in a cookie."""
    held = services()
    account = held.ledger.accounts.get(account_id)
    token = held.ledger.sessions.one_time(account_id, LINK_TTL_S)
    address = f"{held.settings.public_url.rstrip('/')}/sign-in/{token}"
    return render_template("admin/user_link.html", account=account, address=address, hours=LINK_TTL_S // 3600)
