"""The dashboard: what needs a person, each as a number that leads there, and what changed lately. Few and bounded queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid
from cmdb.graph import cis as store
from cmdb.graph import history
from cmdb.graph.door import Row
from cmdb.inventory.visible import stripped
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.actions import actions
from web.frame.class_tree import class_tree
from web.services import services

blueprint = Blueprint("dashboard", __name__)
_LATELY = timedelta(days=2)
_SHOWN = 12


@blueprint.get("/")
@needs(Permission.OWN)
def dashboard() -> ResponseReturnValue:
    """What to do today. Who sees only their own things is led there."""
    here, seen = services(), viewer()
    if not seen.sees_all:
        return redirect("/my", 303)
    now = datetime.now(UTC)
    events = changes_between(now - _LATELY, now + timedelta(minutes=5), _SHOWN)
    tree = class_tree(here.catalogue, store.class_counts(here.graph), "ci")
    scans = here.ledger.jobs.list("scan", limit=5)
    return render_template("dashboard/overview.html", actions=[*actions(here, seen)], tree=tree, scans=scans, **_named(events))


@blueprint.get("/history")
@needs(Permission.READ)
def changes() -> ResponseReturnValue:
    """What changed anywhere on one day, or in the days before; by class and source."""
    day, cls, source = (request.args.get(name, "").strip() for name in ("day", "class", "source"))
    try:
        until = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(days=1) if day else datetime.now(UTC)
    except ValueError:
        raise Invalid("day must be a date like 2026-11-22.", field="day") from None
    since = until - (timedelta(days=1) if day else timedelta(days=7))
    events = changes_between(since, until + timedelta(minutes=0 if day else 5), 500)
    wanted = set(services().catalogue.descendants(cls)) if cls else set()
    events = [e for e in events if (not cls or e["class"] in wanted) and (not source or source.lower() in str(e["source"]).lower())]
    words = {"day": day, "cls": cls, "source": source, "before": (since - timedelta(days=1)).date().isoformat()}
    return render_template("dashboard/history.html", **words, **_named(events[:100]))


def changes_between(since: datetime, until: datetime, limit: int) -> list[Row]:
    """Events of all CIs, the newest first, without what this viewer may not see."""
    here, role = services(), viewer().role
    rows = history.between(here.graph, times.to_text(since), times.to_text(until), limit=limit)
    return [{**row, "changes": stripped(here.catalogue, str(row["class"]), row["changes"], role)} for row in rows]


def _named(events: list[Row]) -> dict[str, object]:
    """The events with the names of other ends, one query for all."""
    here = services()
    ends = {
        str(change[end])
        for event in events
        for change in event["changes"]
        if str(change.get("kind", "")).startswith(("relation", "joined"))
        for end in ("before", "after")
        if isinstance(change.get(end), str)
    }
    return {
        "events": events,
        "names": store.many(here.graph, ends),
        "relations": here.catalogue.relations,
        "classes": here.catalogue.classes,
    }
