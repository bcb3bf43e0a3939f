"""One configuration item: what is known and by whom, its relations, its history, its software, how it was recognised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.graph import ageing, history, joins, software
from cmdb.graph import cis as store
from cmdb.inventory import software as installs
from cmdb.inventory.visible import shown, stripped
from cmdb.model import times
from cmdb.model.catalogue import CIClass
from reconciliation import why
from reconciliation.parked import parked_at
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.cursors import read_cursor, write_cursor
from web.frame.export import export
from web.frame.files import file_wanted, plain_table
from web.frame.looks import looked_at
from web.frame.neighbours import neighbours, picture
from web.frame.table import Column, Page, TableSpec
from web.services import services

blueprint = Blueprint("ci", __name__, url_prefix="/cis")
TABS = (
    ("Facts", "", ()),
    ("Relations", "/relations", ()),
    ("Impact", "/impact", ()),
    ("Loans", "/loans", ("hardware", "person")),
    ("Compliance", "/compliance", ("endpoint",)),
    ("History", "/history", ()),
    ("Notes", "/notes", ()),
    ("Software", "/software", ("device", "container")),
    ("Identity", "/identity", ()),
)
"""Title, address, and the classes that have it (none named: all)."""
_EVENTS = 40
_WAITS = 100
RELATIONS = plain_table(
    "relations",
    "Relations",
    title="Relation",
    name="Other end",
    cls="Class",
    group="Group",
    need="Needs",
    presence="Presence",
    first_seen_at="Since",
    sources="Sources",
)
SOFTWARE = plain_table(
    "installed",
    "Installed software",
    name="Product",
    version="Version",
    arch="Architecture",
    publisher="Publisher",
    ecosystem="Kind",
    sources="Sources",
)


def frame_of(row: dict[str, Any], tab: str) -> dict[str, Any]:
    """What every tab's template needs: the CI, its class, the tabs."""
    looked_at(row, "page")
    base = f"/cis/{row['id']}"
    catalogue = services().catalogue
    cls = catalogue.cls(str(row["class"]))
    tabs = [(name, base + end) for name, end, kinds in TABS if not kinds or any(catalogue.is_a(cls.name, kind) for kind in kinds)]
    return {"ci": row, "cls": cls, "base": base, "tabs": tabs, "tab": base + tab}


@blueprint.get("/<ci_id>")
@needs(Permission.READ)
def facts(ci_id: str) -> ResponseReturnValue:
    """Every value with its source and age, and why it won; and a picture of what it is related to."""
    here, role = services(), viewer().role
    row = store.get(here.graph, ci_id)
    if "redirected_from" in row:
        return redirect(f"/cis/{row['id']}", 308)
    if request.args.get("as_of") or request.args.get("known_at"):
        return redirect(f"/cis/{ci_id}/past?{request.query_string.decode()}", 303)
    words = frame_of(row, "")
    told = why(here.graph, here.catalogue, ci_id)
    visible = shown(here.catalogue, row, role)
    values = {value["attribute"]: value for value in told["values"]}
    near = neighbours(store.relations(here.graph, ci_id), here.catalogue.relations)
    conflicts = sorted(name for name in visible if values.get(name, {}).get("conflict"))
    groups = grouped(words["cls"], visible)
    return render_template(
        "ci/facts.html",
        **words,
        groups=groups,
        values=values,
        conflicts=conflicts,
        near=near,
        drawn=picture(near, f"{words['base']}/relations"),
        classes=here.catalogue.classes,
    )


def grouped(cls: CIClass, visible: dict[str, Any]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The values in groups by the class that declares them, the most special class first: (title, [(attribute, value)])."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for name, value in visible.items():
        groups.setdefault(cls.attributes[name].declared_in, []).append((name, value))
    titles = services().catalogue.classes
    return [
        ("About" if home == "ci" else titles[home].title, groups[home])
        for home in ("ci", *(h for h in groups if h != "ci"))
        if home in groups
    ]


@blueprint.get("/<ci_id>/relations")
@needs(Permission.READ)
def relations(ci_id: str) -> ResponseReturnValue:
    """What it is related to, in both directions."""
    here = services()
    row = store.get(here.graph, ci_id)
    near = neighbours(store.relations(here.graph, str(row["id"])), here.catalogue.relations)
    words = frame_of(row, "/relations")
    drawn = picture(near, words["base"] + "/relations")
    if file := file_wanted((RELATIONS, lambda: near)):
        return file
    waits = parked_at(here.graph, str(row["id"]), limit=_WAITS)
    kinds = {"classes": here.catalogue.classes, "relations": here.catalogue.relations}
    return render_template("ci/relations.html", **words, near=near, drawn=drawn, waits=waits, **kinds)


@blueprint.get("/<ci_id>/history")
@needs(Permission.READ)
def ci_history(ci_id: str) -> ResponseReturnValue:
    """What happened to it, the newest first, with before and after."""
    here = services()
    row = store.get(here.graph, ci_id)
    cursor = request.args.get("cursor")
    before = str(read_cursor("ci-history", cursor).values[0]) if cursor else None
    events = history.of_ci(here.graph, str(row["id"]), before=before, limit=_EVENTS + 1)
    more = write_cursor("ci-history", (events[_EVENTS - 1]["id"],)) if len(events) > _EVENTS else None
    told = [{**e, "changes": stripped(here.catalogue, str(row["class"]), e["changes"], viewer().role)} for e in events[:_EVENTS]]
    names = store.many(here.graph, _ids_in(told))
    return render_template(
        "ci/history.html", **frame_of(row, "/history"), events=told, more=more, names=names, relations=here.catalogue.relations
    )


def _ids_in(events: list[dict[str, Any]]) -> set[str]:
    """Ids of other CIs that changes of relations name."""
    changes = [change for event in events for change in event["changes"] if str(change.get("kind", "")).startswith(("relation", "joined"))]
    return {str(change[end]) for change in changes for end in ("before", "after") if isinstance(change.get(end), str)}


@blueprint.get("/<ci_id>/software")
@needs(Permission.READ)
def ci_software(ci_id: str) -> ResponseReturnValue:
    """What is installed on it."""
    here, wanted = services(), request.args.get("q", "").strip().lower()
    row = store.get(here.graph, ci_id)
    rows = software.of_ci(here.graph, str(row["id"]))
    words = frame_of(row, "/software")
    if file := file_wanted((SOFTWARE, lambda: rows)):
        return file
    chosen = [one for one in rows if wanted in str(one["name"]).lower() or wanted in str(one["publisher"] or "").lower()]
    return render_template("ci/software.html", **words, rows=chosen[:2000], total=len(rows), found=len(chosen), q=wanted)


CHANGES = TableSpec(
    "software-changes",
    "Installed, updated and removed",
    (
        Column("name", "Product", fixed=True),
        Column("kind", "What"),
        Column("before", "Before"),
        Column("after", "After"),
        Column("at", "When"),
        Column("source", "Source"),
    ),
    extra=("since",),
)
_LATELY = timedelta(days=30)


@blueprint.get("/<ci_id>/software/changes")
@needs(Permission.READ)
def software_changes(ci_id: str) -> ResponseReturnValue:
    """What was installed, updated and removed on it since a day; without one, in the last 30 days."""
    here, view = services(), CHANGES.read()
    row = store.get(here.graph, ci_id)
    given = view.extra.get("since", "")
    since = installs.since_of(given) if given else times.now() - _LATELY
    rows, shortened = installs.changed(here.graph, str(row["id"]), since)
    if view.format:
        return export(view, rows)
    page = Page(tuple(rows[:2000]))
    return render_template(
        "ci/software_changes.html", **frame_of(row, "/software"), view=view, page=page, since=since.date(), shortened=shortened
    )


@blueprint.get("/<ci_id>/identity")
@needs(Permission.READ)
def identity(ci_id: str) -> ResponseReturnValue:
    """Its identifiers, how each source recognised it, and what each looked at."""
    here = services()
    row = store.get(here.graph, ci_id)
    told = why(here.graph, here.catalogue, str(row["id"]))
    return render_template(
        "ci/identity.html",
        **frame_of(row, "/identity"),
        identifiers=store.identifiers(here.graph, str(row["id"])),
        sources=told["recognised"],
        joined=joins.joined_into(here.graph, str(row["id"])),
        looks=ageing.looks(here.graph, [str(row["id"])]),
    )
