"""The pool: what can be lent and who has the rest; and the check-out form for one device or several at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import CmdbError, Conflict, Invalid, NotFound
from cmdb.graph import cis, loans
from cmdb.loans.desk import Terms
from cmdb.loans.lines import borrowers
from cmdb.loans.loan import CONDITIONS
from cmdb.loans.pool import STATES, Pooled, accessories_out, pool
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.export import export
from web.frame.record import record
from web.frame.small import matches
from web.frame.table import Column, TableSpec, TableView
from web.loans_tell import desk, tell
from web.services import services

blueprint = Blueprint("loans_pool", __name__, url_prefix="/loans")
SPEC = TableSpec(
    "loans-pool",
    "Loan pool",
    (
        Column("name", "Device", filter="text", fixed=True),
        Column("cls", "Class", filter="text"),
        Column("asset_tag", "Asset tag", filter="text"),
        Column("serial", "Serial", filter="text", shown=False),
        Column("model", "Model", filter="text"),
        Column("state", "Availability", filter="choice", choices=tuple((s, s.replace("_", " ")) for s in STATES)),
        Column("status", "Status", filter="text", shown=False),
        Column("person_name", "With", filter="text"),
        Column("due_on", "Due on", filter="text"),
    ),
)
_COUNTED = re.compile(r"(\d{1,4})\s*(?:[x×]\s*)?(\D.*)")
_MOST_DEVICES = 50


@blueprint.get("")
@needs(Permission.READ)
def listed() -> ResponseReturnValue:
    """The pool by name, filtered; as a page or as a file."""
    here, view = services(), SPEC.read()
    place = (str(view.cursor.values[0]), str(view.cursor.values[1])) if view.cursor else None
    rows = _fitting(view, pool(here.graph, here.catalogue, place, backwards=view.backwards))
    if view.format:
        return export(view, rows)
    page = view.page(list(islice(rows, view.limit + 1)), lambda row: (row.place, row.id))
    today = times.now().date().isoformat()
    words = {"counts": loans.counts(here.graph, today), "out": accessories_out(here.graph)[:12], "today": today}
    return render_template("loans/pool.html", view=view, page=page, classes=here.catalogue.classes, **words)


def _fitting(view: TableView, rows: Iterable[Pooled]) -> Iterator[Pooled]:
    columns = {column.key: column for column in view.spec.columns}
    return (row for row in rows if all(matches(columns[key], row, wanted) for key, wanted in view.filters.items()))


@blueprint.get("/new")
@needs(Permission.LOAN)
def new() -> ResponseReturnValue:
    """The check-out form for the devices in the address (`device`, repeated)."""
    return render_template("loans/new.html", **_form(request.args.getlist("device"), {}, None))


@blueprint.post("/new")
@needs(Permission.LOAN)
def check_out() -> ResponseReturnValue:
    """Hand out, all devices or none. The form comes back with what is wrong."""
    form = request.form
    devices = form.getlist("device")
    try:
        terms = Terms(form.get("due_on", ""), form.get("note", ""), form.get("condition", ""), _accessories(form.get("accessories", "")))
        if not devices:
            raise Invalid("Pick at least one device from the pool.", field="device")
        if len(devices) > _MOST_DEVICES:
            raise Invalid(f"At most {_MOST_DEVICES} devices go out at once; these are {len(devices):,}.", field="device")
        made = desk().check_out_many(devices, _person(), terms, actor=viewer().actor)
    except (Invalid, Conflict, NotFound) as error:
        offered = form.getlist("offered") or devices
        words = _form(offered, form.to_dict(), error) | {"ticked": devices}
        return render_template("loans/new.html", **words), 409 if isinstance(error, Conflict) else 422
    for one in made:
        tell(one)
        record("loan.out", one.id, {"device": one.device, "person": one.person, "due_on": one.due_on})
    first = made[0]
    flash(f"{', '.join(one.device_name for one in made)[:200]} is with {first.person_name} until {first.due_on}.", "success")
    return redirect(f"/loans/{first.id}" if len(made) == 1 else "/loans", 303)


def _person() -> str:
    """Whom the form means. One of those that were found counts while the field says what found them: typed anew, it means somebody else."""
    form = request.form
    if form.get("person") and form.get("found_by", "").strip() == form.get("who", "").strip():
        return form["person"][:64]
    found = borrowers(services().graph, form.get("who", "")[:200])
    if len(found) == 1:
        return str(found[0]["id"])
    raise Invalid("Choose one of the people found." if found else "Nobody fits; type an e-mail address, login or name.", field="person")


def _accessories(text: str) -> tuple[dict[str, Any], ...]:
    """One a line: `charger`, or `2 cables`."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines()[:100])):
        counted = _COUNTED.fullmatch(line)
        found.append({"name": counted[2].strip(), "quantity": int(counted[1])} if counted else {"name": line})
    return tuple(found)


def _form(devices: list[str], given: dict[str, str], error: CmdbError | None) -> dict[str, Any]:
    graph = services().graph
    chosen = cis.many(graph, devices[:_MOST_DEVICES])
    who = given.get("who", "")[:200]
    found = borrowers(graph, who) if error is not None and who else []
    held = loans.held(graph, list(chosen))
    return {
        "devices": list(chosen.values()),
        "ticked": list(chosen),
        "held": held,
        "given": {"due_on": (times.now().date() + timedelta(days=14)).isoformat(), **given},
        "found": found,
        "error": error,
        "anchor": _anchor(error.field or "", [*held, *chosen], found) if error is not None else "",
        "conditions": CONDITIONS,
    }


def _anchor(field: str, devices: list[str], found: list[Any]) -> str:
    """The id of the field at fault, where that is not its name: of several devices the first that somebody has."""
    if field == "device" and devices:
        return f"device-{devices[0]}"
    return "who" if field == "person" and len(found) < 2 else ""
