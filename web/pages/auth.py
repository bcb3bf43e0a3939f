"""Signing in (password or one-time link) and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from web.auth.limits import limiter, login_key, sign_in_limit
from web.auth.permissions import Permission, may, needs, public
from web.auth.session import begin, end
from web.auth.viewer import viewer, viewer_or_none
from web.frame.forms import Form
from web.frame.record import record
from web.services import services

blueprint = Blueprint("auth", __name__)


class SignInForm(Form):
    """Login and password."""

    login = StringField("Login", [InputRequired("Type your login."), Length(max=100, message="A login has at most 100 characters.")])
    password = PasswordField("Password", [InputRequired("Type your password."), Length(max=1000, message="Too long.")])


def inside(target: str | None) -> str:
    """The address to go on to if it is a path of this site, else the start page: a link must not lead away after sign-in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or any(ord(sign) < 32 for sign in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


def start_of(role: str) -> str:
    """Where a person of this role starts: the dashboard, or their own things."""
    return "/" if may(role, Permission.READ) else "/my"


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    seen = viewer_or_none()
    if seen is not None:
        return redirect(inside(request.args.get("next")) if "next" in request.args else start_of(seen.role), 303)
    return render_template("auth/sign_in.html", form=SignInForm(), next=inside(request.args.get("next")))


@blueprint.post("/sign-in")
@public
@limiter.limit(sign_in_limit)
@limiter.limit(sign_in_limit, key_func=login_key)
def sign_in_submit() -> ResponseReturnValue:
    """Check login and password. Both unknown login and wrong password get the same answer in the same time."""
    form = SignInForm()
    target = inside(request.form.get("next"))
    if form.validate_on_submit():
        account = services().ledger.accounts.authenticate(form.login.data, form.password.data)
        if account is not None:
            record("session.start", account.login, actor=account.login)
            response = redirect(start_of(account.role) if target == "/" else target, 303)
            begin(response, account)
            return response
        record("session.refused", str(form.login.data)[:100], actor="")
        form.form_errors.append("Login and password do not fit together, or the account is deactivated.")
    return render_template("auth/sign_in.html", form=form, next=target), 422


@blueprint.get("/sign-in/<token>")
@public
def one_time(token: str) -> ResponseReturnValue:
    """The page behind a one-time link. Opening it uses nothing up: previews and prefetching open links too. The button does."""
    return render_template("auth/one_time.html", token=token)


@blueprint.post("/sign-in/<token>")
@public
@limiter.limit(sign_in_limit)
def one_time_submit(token: str) -> ResponseReturnValue:
    """Sign in by a one-time link; it works once."""
    account = services().ledger.sessions.redeem(token)
    if account is None:
        return render_template("auth/one_time.html", token="", gone=True), 410
    record("session.start", account.login, {"by": "one-time link"}, actor=account.login)
    response: Response = redirect(start_of(account.role), 303)
    begin(response, account)
    return response


@blueprint.post("/sign-out")
@needs(Permission.OWN)
def sign_out() -> ResponseReturnValue:
    """End this session."""
    record("session.end", viewer().login)
    response = redirect("/sign-in", 303)
    end(response)
    flash("You are signed out.", "success")
    return response
