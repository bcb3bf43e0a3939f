"""Credentials of discovery: added, replaced, removed; their secrets are sealed and never shown again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Conflict, Invalid
from cmdb.store.credential_kinds import AUTH_PROTOCOLS, KINDS, PRIV_PROTOCOLS, SWITCHES, KindOfCredential
from web.auth.permissions import Permission, needs
from web.frame.record import record
from web.services import services

blueprint = Blueprint("credentials", __name__, url_prefix="/credentials")
_CHOICES = {"auth_protocol": AUTH_PROTOCOLS, "priv_protocol": PRIV_PROTOCOLS}

_HINTS = {
    "allow_legacy": "For devices that speak nothing newer: SHA-1, CBC, ssh-rsa. What was then used is told with the device.",
    "sudo": "Ask sudo -n for the few commands that need root. Nothing is asked for a password.",
}


@blueprint.get("")
@needs(Permission.SCAN)
def credentials() -> ResponseReturnValue:
    """Names, kinds and times; those that do not open any more are marked."""
    kept = services().ledger.credentials
    return render_template("credentials/list.html", rows=kept.list(), broken=kept.unreadable(), kinds=KINDS)


@blueprint.get("/new")
@needs(Permission.SCAN)
def new() -> ResponseReturnValue:
    """Choose a kind, then fill its fields."""
    kind = KINDS.get(request.args.get("kind", ""))
    return _form(kind) if kind is not None else render_template("credentials/kinds.html", kinds=KINDS.values())


def _form(kind: KindOfCredential, error: Invalid | Conflict | None = None) -> str:
    # What was typed into a secret field is not sent back to the page.
    fields = [*kind.must, *kind.may]
    given = {name: request.form.get(name, "") for name in ("name", *fields) if name not in kind.secret}
    return render_template(
        "credentials/new.html", kind=kind, fields=fields, choices=_CHOICES, switches=SWITCHES, hints=_HINTS, given=given, error=error
    )


@blueprint.post("/new")
@needs(Permission.SCAN)
def add() -> ResponseReturnValue:
    """Seal it; an existing name is replaced only where that was asked for."""
    kind = KINDS.get(request.args.get("kind", ""))
    if kind is None:
        raise Invalid(f"kind must be one of {', '.join(KINDS)}.", field="kind")
    name = request.form.get("name", "").strip()
    secret = {field: value for field in (*kind.must, *kind.may) if (value := request.form.get(field, ""))}
    kept = services().ledger.credentials
    try:
        if request.form.get("replace"):
            kept.replace(name, kind.name, secret)
        else:
            kept.add(name, kind.name, secret)
    except (Invalid, Conflict) as error:
        return _form(kind, error), 422
    record("credential.replace" if request.form.get("replace") else "credential.add", name, {"kind": kind.name})
    flash(f"The credential {name} is sealed. Its secret is not shown again.", "success")
    return redirect("/credentials", 303)


@blueprint.post("/remove")
@needs(Permission.SCAN)
def remove() -> ResponseReturnValue:
    """Delete one; scans that name it fail from now on."""
    name = request.form.get("name", "")
    services().ledger.credentials.remove(name)
    record("credential.remove", name)
    flash(f"The credential {name} is removed.", "success")
    return redirect("/credentials", 303)
