"""Change impact: pick configuration items and a window, and see what breaks and who is hit. The address is the question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis as store
from cmdb.impact.answer import Answer, answer
from cmdb.impact.parts import folded
from cmdb.impact.picture import draw
from cmdb.impact.question import MOST, Question, ask
from cmdb.impact.report import rows_of
from cmdb.inventory.listing import find
from cmdb.inventory.moment import moment_of
from cmdb.model.times import now
from web.auth.permissions import Permission, needs
from web.frame.export import export
from web.frame.table import Column, TableSpec
from web.services import services

blueprint = Blueprint("impact", __name__, url_prefix="/impact")

_SHOWN = 200
_PARTS = 60
STATES = {
    "chosen": ("●", "chosen"),
    "down": ("✕", "down"),
    "redundancy": ("◇", "loses redundancy"),
    "degraded": ("△", "degraded"),
    "needed": ("○", "needed"),
    "single": ("!", "single point of failure"),
}
TABLE = TableSpec(
    "impact",
    "Change impact",
    (
        Column("state", "State", fixed=True),
        Column("name", "Name"),
        Column("class", "Class"),
        Column("inside", "Part of"),
        Column("why", "Why"),
        Column("path", "Path"),
        Column("last_seen_at", "Last seen"),
        Column("ci", "Id"),
    ),
)


@blueprint.get("")
@needs(Permission.READ)
def impact() -> ResponseReturnValue:
    """The form, and the answer once something is picked."""
    args, here = request.args, services()
    asked, error, told = None, "", None
    try:
        asked, moment = _asked(), moment_of(_arg("as_of"), _arg("known_at"))
        told = answer(here.graph, here.catalogue, asked, moment=moment) if asked else None
    except (Invalid, NotFound) as failure:
        error = failure.message
    form = args.get("format", "")
    if told is not None and form == "json":
        return jsonify(told)
    if told is not None and form:
        return export(TABLE.read({"format": form}), rows_of(told))
    return render_template("impact/page.html", **_page(told, error)), 400 if error else 200


def _asked() -> Question | None:
    chosen = request.args.getlist("ci")
    if not any(chosen):
        return None
    window = tuple(f"{text}Z" if text and text[-1] not in "Zz" and "+" not in text else text for text in (_arg("from"), _arg("to")))
    lists = {name: request.args.getlist(name) for name in ("also_down", "exclude")}
    return ask(chosen, window=(window[0], window[1]), direction=_arg("direction") or "down", **lists)


def _arg(name: str) -> str:
    return request.args.get(name, "").strip()


def _page(told: Answer | None, error: str) -> dict[str, Any]:
    here, text = services(), _arg("q")
    picked = {name: request.args.getlist(name)[:MOST] for name in ("ci", "also_down", "exclude")}
    known = store.many(here.graph, [ci for ids in picked.values() for ci in ids])
    begin = now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {
        "told": told,
        "error": error,
        "chosen": _sorted(known, picked["ci"]),
        "also_down": _sorted(known, picked["also_down"]),
        "exclude": _sorted(known, picked["exclude"]),
        "found": [row for row in find(here.graph, text, limit=20) if row["id"] not in known] if text else [],
        "q": text,
        "window": (_arg("from")[:16] or _local(begin.isoformat()), _arg("to")[:16] or _local((begin + timedelta(hours=2)).isoformat())),
        "past": {name: _arg(name)[:40] for name in ("as_of", "known_at")},
        "direction": "up" if _arg("direction") == "up" else "down",
        "classes": here.catalogue.classes,
        "picture": draw(told, request.args.getlist("expand")) if told else None,
        "rows": folded(rows_of(told), here.catalogue) if told else [],
        "shown": _SHOWN,
        "parts_shown": _PARTS,
        "states": STATES,
        "link": _link,
    }


def _sorted(known: Mapping[str, Mapping[str, Any]], ids: Iterable[str]) -> list[Mapping[str, Any]]:
    return sorted((known[ci] for ci in dict.fromkeys(ids) if ci in known), key=lambda row: str(row["display_name"]).lower())


def _local(text: str) -> str:
    return text[:16]


def _link(**more: str) -> str:
    """This page's address with words added (`expand` is added beside others, the rest replaced)."""
    words = {key.rstrip("_"): value for key, value in more.items()}  # `from` cannot be an argument's name
    kept = [(k, v) for k, v in request.args.items(multi=True) if k not in ("q", "format") and (k not in words or k == "expand")]
    return "/impact?" + urlencode([*kept, *words.items()])
