"""SSH host keys: none is trusted before a person compared its fingerprint."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.services import services

blueprint = Blueprint("hostkeys", __name__, url_prefix="/host-keys")


@blueprint.get("")
@needs(Permission.SCAN)
def host_keys() -> ResponseReturnValue:
    """What waits for a decision, changed keys first; and what was decided."""
    kept = services().ledger.host_keys
    decided = [key for key in kept.list() if key.state != "pending"]
    return render_template("credentials/host_keys.html", pending=kept.pending(), decided=decided)


@blueprint.post("/<key_id>/approve")
@needs(Permission.SCAN)
def approve(key_id: str) -> ResponseReturnValue:
    """Trust it from now on."""
    key = services().ledger.host_keys.approve(key_id, viewer().actor)
    record("host_key.approve", key_id, {"host": key.host, "port": key.port, "fingerprint": key.fingerprint})
    flash(f"The key of {key.host} is trusted; the next scan signs in.", "success")
    return redirect("/host-keys", 303)


@blueprint.post("/<key_id>/reject")
@needs(Permission.SCAN)
def reject(key_id: str) -> ResponseReturnValue:
    """Never trust it."""
    key = services().ledger.host_keys.reject(key_id, viewer().actor)
    record("host_key.reject", key_id, {"host": key.host, "port": key.port, "fingerprint": key.fingerprint})
    flash(f"The key of {key.host} is rejected.", "success")
    return redirect("/host-keys", 303)


@blueprint.post("/<key_id>/forget")
@needs(Permission.SCAN)
def forget(key_id: str) -> ResponseReturnValue:
    """Forget what was decided; seen again, it waits again."""
    services().ledger.host_keys.remove(key_id)
    record("host_key.forget", key_id)
    flash("The key is forgotten.", "success")
    return redirect("/host-keys", 303)
