"""Shadow IT, dark endpoints and lost protection: lists, and one step to claim, register or mark as not ours."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import protection, shadow
from cmdb.compliance.endpoints import NOT_OURS
from cmdb.compliance.visitors import nobodys
from cmdb.errors import CmdbError, Conflict, Invalid
from cmdb.graph import cis
from cmdb.inventory import edit
from cmdb.inventory.listing import find
from cmdb.model import times
from cmdb.model.observation import Identifier
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import applied
from web.frame.export import export
from web.frame.files import file_wanted, plain_table
from web.frame.record import record
from web.frame.table import Column, TableSpec
from web.frame.visitor_hash import visitor_hash, visitor_mark
from web.services import services

blueprint = Blueprint("shadow", __name__, url_prefix="/compliance")
SHADOW = TableSpec(
    "shadow",
    "Shadow IT and dark endpoints",
    (
        Column("name", "What", fixed=True),
        Column("why", "Why it is here", filter="choice", choices=tuple(shadow.WHY.items()), value=lambda one: shadow.WHY[one.why]),
        Column("where", "Where it was seen"),
        Column("addresses", "Addresses"),
        Column("people", "Used by, perhaps"),
        Column("sources", "Seen by"),
        Column("seen_at", "Last seen"),
        Column("cls", "Class", shown=False),
    ),
    page_size=100,
)
_SHOWN = 8
"""So much of a hash is shown."""
_MOST_IN_A_FILE = 100_000
"""Of each kind."""

INCIDENTS = plain_table(
    "incidents",
    "Security software switched off",
    since="Since",
    site="Site",
    team="Team",
    count=("Endpoints", lambda one: len(one.endpoints)),
    open="Still without",
    names=("Which", lambda one: [name for _, name in one.endpoints]),
)
RESTORED = plain_table(
    "restored",
    "Time until it was back",
    site="Site",
    team="Team",
    count="Losses that ended",
    mean_h=("Hours on average", lambda one: round(one.mean_h, 2)),
)


@blueprint.get("/shadow")
@needs(Permission.READ)
def shadows() -> ResponseReturnValue:
    """What the network sees and nobody answers for."""
    return _shown()


def _shown(wrong: str = "", error: CmdbError | None = None) -> ResponseReturnValue:
    """The list; the form of the `wrong` one (id or address) came back with an error."""
    view = SHADOW.read(path="/compliance/shadow")
    here, why = services(), view.filters.get("why", "")
    hashed = visitor_hash(here.ledger)
    if view.format:
        return export(view, shadow.listed(here.graph, why, hashed=hashed, most=_MOST_IN_A_FILE))
    kind, *place = [str(value) for value in view.cursor.values] if view.cursor else [""]
    after = (kind, place[0], place[1]) if place else None
    rows = shadow.page(here.graph, why, after=after, limit=view.limit + 1, hashed=hashed)
    page = view.page(rows, key=lambda one: one.place, both_ways=False)
    words = {"wrong": wrong, "error": error, "owner": request.form.get("owner", ""), "cursor": request.args.get("cursor", "")}
    return render_template("compliance/shadow.html", view=view, page=page, **words)


def _refused(refused: CmdbError, which: str) -> ResponseReturnValue:
    """What is wrong with who has it stands at its field, where the list still shows it; all else above the list."""
    if isinstance(refused, Invalid) and refused.field == "owner":
        return make_response(_shown(which, refused), 422)
    flash(refused.message, "danger")
    return _back()


def _back() -> ResponseReturnValue:
    """To the list as it was looked at."""
    return redirect(SHADOW.read(path="/compliance/shadow").url(), 303)


@blueprint.post("/shadow/<ci>")
@needs(Permission.EDIT)
def claim(ci: str) -> ResponseReturnValue:
    """Say whose it is (and who has it), or that it is not ours. A person's word, in the history like any other."""
    step, who = request.form.get("step", ""), request.form.get("owner", "").strip()[:200]
    try:
        _claim(ci, step, who)
    except CmdbError as refused:
        return _refused(refused, ci)
    record("endpoint.claim", ci, {"step": step, "owner": bool(who)})
    flash("Marked as not ours." if step == NOT_OURS else "Registered.", "success")
    return _back()


def _claim(ci: str, step: str, who: str) -> None:
    here = services()
    row = cis.get(here.graph, ci)
    words = {"actor": viewer().actor, "reason": "claimed from the list of what nobody answers for"}
    if step == NOT_OURS:
        tags = sorted({*(row.get("tags") or ()), NOT_OURS})
        applied(edit.changed(here.catalogue, row, {"tags": tags}, rev=None, **words))
        return
    owner = _owner(step, who)
    applied(edit.changed(here.catalogue, row, {"ownership": step}, rev=None, **words))
    if owner:
        applied(edit.related(here.graph, here.catalogue, "used_by", ci, owner, attributes={}, **words))


@blueprint.post("/shadow/address/<address>")
@needs(Permission.EDIT)
def register(address: str) -> ResponseReturnValue:
    """Make a device of an address that was only seen as a visitor, with whose it is. A person's word like any other."""
    step, who = request.form.get("step", ""), request.form.get("owner", "").strip()[:200]
    here = services()
    try:
        place = _address(address)
        if not nobodys(here.graph, [place], visitor_hash(here.ledger)):
            raise Conflict("A known device has this address by now; look at the list again.")
        owner = _owner(step, who)
        words = {"actor": viewer().actor, "reason": "registered from the list of what nobody answers for"}
        mark = visitor_mark(here.ledger, place) if step == "personal" else Identifier("external_id", place, "visitor")
        made = applied(edit.created(here.catalogue, "device", _given(place, step, mark), identifiers=(mark,), **words))
        ci = str(made.resolved[0].ci)
        if owner:
            applied(edit.related(here.graph, here.catalogue, "used_by", ci, owner, attributes={}, **words))
    except CmdbError as refused:
        return _refused(refused, address)
    record("endpoint.claim", ci, {"step": step, "owner": bool(owner)})
    flash("Marked as not ours." if step == NOT_OURS else "Registered.", "success")
    return _back()


def _address(text: str) -> str:
    """As it is written everywhere. Raises Invalid."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise Invalid("That is not an IP address.", field="address") from None


def _given(place: str, step: str, mark: Identifier) -> dict[str, object]:
    """What is known of the device: its address, by which the list knows that somebody answered for it. Of a person's own device that is not
    kept: it is called by the beginning of the hash that stands for it."""
    if step == "personal":
        return {"name": f"visitor {mark.value[:_SHOWN]}", "ownership": step}
    known: dict[str, object] = {"name": place, "ip_addresses": [place]}
    return known | ({"tags": [NOT_OURS]} if step == NOT_OURS else {"ownership": step})


def _owner(step: str, who: str) -> str:
    """The id of who has it, "" if nobody was named. Raises Invalid for a step that is none."""
    if step not in ("corporate", "loaned", "personal", NOT_OURS):
        raise Invalid("Say whose it is: corporate, loaned, personal, or not ours.", field="step")
    return _person(who) if who and step != NOT_OURS else ""


def _person(text: str) -> str:
    """The id of the one person of that name, login or address. Raises Invalid."""
    hits = [hit for hit in find(services().graph, text, limit=40) if hit["class"] == "person"]
    if len(hits) != 1:
        raise Invalid(f"{len(hits)} people are called {text[:60]}; give the e-mail address or login of one.", field="owner")
    return str(hits[0]["id"])


@blueprint.get("/protection")
@needs(Permission.READ)
def lost() -> ResponseReturnValue:
    """Where security software was switched off or removed, and how long until it was back."""
    graph, now = services().graph, times.now()
    incidents, restored = protection.incidents(graph, now), protection.restored(graph, now)
    return file_wanted((INCIDENTS, lambda: incidents), (RESTORED, lambda: restored)) or render_template(
        "compliance/protection.html", incidents=incidents[:200], restored=restored[:100]
    )
