"""My account: password, theme, and the browsers that are signed in."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from cmdb.errors import Invalid, NotFound
from web.auth.limits import limiter, sign_in_limit
from web.auth.permissions import Permission, needs
from web.auth.session import begin
from web.auth.viewer import viewer
from web.frame.forms import Form
from web.frame.record import record
from web.pages.auth import inside
from web.services import services

blueprint = Blueprint("account", __name__, url_prefix="/account")


class PasswordForm(Form):
    """The password that is, and twice the new one."""

    current = PasswordField("Present password", [InputRequired("Type your present password."), Length(max=1000, message="Too long.")])
    new = PasswordField(
        "New password",
        [InputRequired("Type a new password."), Length(min=12, max=1000, message="Take at least 12 characters.")],
        description="At least 12 characters; a sentence is good. Pasting is fine.",
    )
    again = PasswordField(
        "New password again", [InputRequired("Type the new password once more."), EqualTo("new", "The two new passwords differ.")]
    )


@blueprint.get("")
@needs(Permission.OWN)
def overview() -> ResponseReturnValue:
    """Who I am and what I can change."""
    return render_template("account/overview.html", form=PasswordForm())


@blueprint.post("/password")
@needs(Permission.OWN)
@limiter.limit(sign_in_limit)
def password() -> ResponseReturnValue:
    """Change my password; every other browser is signed out."""
    form, seen, ledger = PasswordForm(), viewer(), services().ledger
    if form.validate_on_submit():
        if ledger.accounts.authenticate(seen.login, form.current.data) is None:
            form.current.errors = ("That is not your present password.",)
        else:
            try:
                ledger.accounts.set_password(seen.account_id, form.new.data)
            except Invalid as refused:
                form.new.errors = (refused.message,)
            else:
                record("account.password", seen.login)
                response = redirect("/account", 303)
                begin(response, ledger.accounts.get(seen.account_id))
                flash("Your password is changed. Other browsers were signed out.", "success")
                return response
    return render_template("account/overview.html", form=form), 422


@blueprint.post("/theme")
@needs(Permission.OWN)
def theme() -> ResponseReturnValue:
    """Choose light, dark, or what the system says."""
    choice = request.form.get("theme", "")
    services().ledger.accounts.set_theme(viewer().account_id, choice)
    response = redirect(inside(request.form.get("back", "").rstrip("?")), 303)
    # The sign-in page has no account yet; it goes by this cookie, which says nothing about anybody.
    response.set_cookie("moorings_theme", choice, max_age=365 * 24 * 3600, samesite="Lax", secure=services().settings.secure_cookies)
    return response


@blueprint.post("/shortcuts")
@needs(Permission.OWN)
def shortcuts() -> ResponseReturnValue:
    """Switch shortcuts of a single key on or off in this browser: speech input and shaky hands set them off unmeant (WCAG 2.1.4)."""
    response = redirect("/account", 303)
    choice = "off" if request.form.get("shortcuts") == "off" else "on"
    response.set_cookie("moorings_shortcuts", choice, max_age=365 * 24 * 3600, samesite="Lax", secure=services().settings.secure_cookies)
    flash(f"Shortcuts of a single key are {choice} in this browser.", "success")
    return response


@blueprint.get("/sessions")
@needs(Permission.OWN)
def sessions() -> ResponseReturnValue:
    """The browsers that are signed in as me."""
    found = services().ledger.sessions.list(viewer().account_id)
    return render_template("account/sessions.html", sessions=found, here=g.get("session_id", ""))


@blueprint.post("/sessions/<session_id>/end")
@needs(Permission.OWN)
def end_session(session_id: str) -> ResponseReturnValue:
    """Sign one of my browsers out."""
    if not services().ledger.sessions.end_one(viewer().account_id, session_id):
        raise NotFound("That session has ended already.")
    record("session.end", viewer().login, {"session": session_id})
    flash("That browser is signed out.", "success")
    return redirect("/account/sessions", 303)
