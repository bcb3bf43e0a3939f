"""A device as its owner sees it: what is kept, why, until when, who looked; asking for erasure; and what administrators answer."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import own_word
from cmdb.errors import CmdbError, Conflict, Invalid, NotFound
from cmdb.graph import cis
from cmdb.model import times
from cmdb.privacy.orders import order
from cmdb.privacy.owner import tell
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.compliance_tell import tell as audit_waiver
from web.frame.looks import is_owner, looked_at
from web.frame.record import record
from web.services import services

blueprint = Blueprint("devices", __name__)


def _seen(ci_id: str) -> tuple[dict[str, object], bool]:
    """The endpoint, and whether it is the viewer's own. Raises NotFound for what is no endpoint, and for other people's devices."""
    here, who = services(), viewer()
    row = cis.get(here.graph, ci_id)
    own = here.catalogue.is_a(str(row["class"]), "endpoint") and is_owner(who, str(row["id"]))
    if not here.catalogue.is_a(str(row["class"]), "endpoint") or not (own or who.may(Permission.ADMIN) or who.may(Permission.AUDIT)):
        raise NotFound("There is no such device of yours.")
    return row, own


@blueprint.get("/me/devices/<ci_id>")
@needs(Permission.OWN)
def device(ci_id: str) -> ResponseReturnValue:
    """What is kept of a device, in plain words."""
    row, own = _seen(ci_id)
    looked_at(row, "page")
    return _shown(row, own)


def _shown(row: dict[str, object], own: bool, error: CmdbError | None = None, form: str = "") -> str:
    """The page; `form` (attestation, erasure) came back with an error at one of its fields."""
    here, ci = services(), str(row["id"])
    words: dict[str, object] = {"asked": own_word.asked(here.graph, ci), "given": request.form, "errors": {form: error} if error else {}}
    return render_template("my/device.html", told=tell(here.graph, here.catalogue, here.ledger, ci), own=own, **words)


@blueprint.post("/me/devices/<ci_id>/attestation")
@needs(Permission.OWN)
def attest(ci_id: str) -> ResponseReturnValue:
    """The owner answers for something that nothing can look into."""
    row, own = _seen(ci_id)
    if not own:
        raise NotFound("Only who uses or owns the device answers for it.")
    words = request.form
    try:
        said = own_word.answer(
            services().graph, str(row["id"]), words.get("policy", ""), words.get("words", ""), by=viewer().actor, now=times.now()
        )
    except Invalid as error:
        error.field = "words" if error.field == "reason" else error.field
        return _shown(row, own, error, "attestation"), 422
    audit_waiver(said, "add")
    flash(f"Your word counts until {said.until}.", "success")
    return redirect(f"/me/devices/{row['id']}", 303)


@blueprint.post("/me/devices/<ci_id>/erasure")
@needs(Permission.OWN)
def ask(ci_id: str) -> ResponseReturnValue:
    """The owner asks for erasure, with a reason."""
    row, own = _seen(ci_id)
    if not own:
        raise NotFound("Only who uses or owns the device asks for its erasure.")
    try:
        asked = services().ledger.erasures.ask(
            str(row["id"]), str(row["display_name"]), by=viewer().actor, why=request.form.get("reason", "")
        )
    except (Invalid, Conflict) as error:
        return _shown(row, own, error, "erasure"), 422
    record("erasure.ask", str(row["id"]), {"request": asked.id})
    flash("Your request was passed on. The answer is shown here.", "success")
    return redirect(f"/me/devices/{row['id']}", 303)


@blueprint.get("/admin/erasures")
@needs(Permission.AUDIT)
def requests() -> ResponseReturnValue:
    """Requests to erase, open ones first."""
    return _requests()


def _requests(error: CmdbError | None = None, number: int = 0) -> str:
    found = sorted(services().ledger.erasures.list(), key=lambda one: (one.state != "open", -one.id))
    return render_template("admin/erasures.html", requests=found, error=error, number=number, answer=request.form.get("answer", ""))


@blueprint.post("/admin/erasures/<int:number>")
@needs(Permission.ADMIN)
def decide(number: int) -> ResponseReturnValue:
    """Erase, or refuse with a reason."""
    ledger, who = services().ledger, viewer().actor
    erase = request.form.get("do") == "erase"
    try:
        asked = ledger.erasures.decide(number, by=who, answer=request.form.get("answer", ""), erase=erase)
    except (Invalid, Conflict) as error:
        return _requests(error, number), 422
    record("erasure.grant" if erase else "erasure.refuse", asked.ci, {"request": asked.id})
    if erase:
        job = order(ledger, asked.ci, by=who, reason="Erased as its owner asked.", erase=True)
        flash("It is being erased.", "success")
        return redirect(f"/admin/jobs/{job}", 303)
    flash("Refused; the owner sees the answer.", "success")
    return redirect("/admin/erasures", 303)
