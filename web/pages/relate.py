"""Relate two configuration items, and end a relation that a person made."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import CmdbError, Invalid, NotFound
from cmdb.graph import cis as store
from cmdb.inventory import edit
from cmdb.inventory.listing import find
from cmdb.model.catalogue import RelationType
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.applying import applied
from web.frame.record import record
from web.services import services

blueprint = Blueprint("relate", __name__, url_prefix="/cis")


def _choices(cls: str) -> list[tuple[str, str]]:
    """Relation types this class may have, in words, both ways: (`out:name` or `in:name`, words)."""
    begins, ends = services().catalogue.relations_of(cls)
    pairs = [(f"out:{kind.name}", kind.title) for kind in begins]
    pairs += [(f"in:{kind.name}", kind.inverse) for kind in ends if not kind.symmetric]
    return sorted(pairs, key=lambda pair: pair[1])


def _kind(choice: str) -> tuple[RelationType, bool]:
    way, _, name = choice.partition(":")
    return services().catalogue.relation(name), way == "out"


def _reason() -> str:
    return request.form.get("reason", "").strip()[:1000]


@blueprint.get("/<ci_id>/relate")
@needs(Permission.EDIT)
def relate(ci_id: str) -> ResponseReturnValue:
    """Choose the relation and look for the other end."""
    here, choice, text = services(), request.args.get("type", ""), request.args.get("q", "").strip()
    row = store.get(here.graph, ci_id)
    return render_template("edit/relate.html", **_words(row, choice, text))


def _words(row: dict[str, Any], choice: str, text: str, error: CmdbError | None = None) -> dict[str, Any]:
    here, cls = services(), str(row["class"])
    choices = _choices(cls)
    found: list[dict[str, Any]] = []
    if text and choice in dict(choices):
        kind, outward = _kind(choice)
        for hit in find(here.graph, text, limit=40):
            ends = (cls, str(hit["class"])) if outward else (str(hit["class"]), cls)
            if hit["id"] != row["id"] and kind.allows(here.catalogue, *ends):
                found.append(hit)
    return {
        "ci": row,
        "choices": choices,
        "choice": choice,
        "q": text,
        "found": found[:15],
        "classes": here.catalogue.classes,
        "error": error,
        "chosen": request.form.get("other", ""),
        "reason": _reason(),
    }


@blueprint.post("/<ci_id>/relate")
@needs(Permission.EDIT)
def add(ci_id: str) -> ResponseReturnValue:
    """Make the relation."""
    here, choice, other = services(), request.form.get("type", ""), request.form.get("other", "")
    row = store.get(here.graph, ci_id)
    try:
        kind, outward = _kind(choice)
        if not other:
            raise Invalid("Choose the other end.", field="other")
        ends = (str(row["id"]), other) if outward else (other, str(row["id"]))
        applied(edit.related(here.graph, here.catalogue, kind.name, *ends, attributes={}, actor=viewer().actor, reason=_reason()))
    except (Invalid, NotFound) as error:
        error.field = "other" if error.field == "to" or (isinstance(error, NotFound) and error.field != "type") else error.field
        return render_template("edit/relate.html", **_words(row, choice, request.form.get("q", ""), error)), 422
    record("relation.add", str(row["id"]), {"type": kind.name, "other": other})
    flash("Related.", "success")
    return redirect(f"/cis/{row['id']}/relations", 303)


@blueprint.post("/<ci_id>/unrelate")
@needs(Permission.EDIT)
def end(ci_id: str) -> ResponseReturnValue:
    """End a relation that a person made."""
    here, key = services(), request.form.get("key", "")
    name, _, ends = key.partition("|")
    source, _, target = ends.partition("|")
    if ci_id not in (source, target):
        raise Invalid("This relation does not belong to this configuration item.", field="key")
    seen = edit.unrelated(here.graph, here.catalogue, name, source, target, actor=viewer().actor, reason="ended on its page")
    applied(seen)
    record("relation.end", ci_id, {"key": key})
    flash("The relation has ended.", "success")
    return redirect(f"/cis/{ci_id}/relations", 303)
