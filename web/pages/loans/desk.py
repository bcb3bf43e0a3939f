"""The scan desk: one field, tag after tag. Each line is a POST of its own; with script the answer comes as a fragment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from cmdb.errors import Invalid, NotFound
from cmdb.graph import cis
from cmdb.loans.desk import Terms
from cmdb.loans.lines import GOOD, Line, borrowers, line_in, line_out
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.loans_tell import tell
from web.services import services

blueprint = Blueprint("loans_desk", __name__, url_prefix="/loans/desk")
WORDS = {
    "ok": ("good", "ok"),
    "already_scanned": ("info", "already scanned"),
    "not_on_loan": ("warn", "not on loan"),
    "unknown_tag": ("bad", "unknown tag"),
    "someone_else": ("bad", "belongs to someone else"),
    "accessory_missing": ("warn", "accessory missing"),
    "several": ("warn", "several fit"),
    "refused": ("bad", "cannot be lent"),
}
_KEPT = 8
"""Lines kept in the session for who has no script; the cookie holds 4 kB."""


@blueprint.get("")
@needs(Permission.LOAN)
def desk() -> ResponseReturnValue:
    """The field, the lines so far and their counts. `mode=out` asks who borrows first (`who`: a scan or a name)."""
    graph, args = services().graph, request.args
    mode = "out" if args.get("mode") == "out" else "in"
    who, chosen, found = args.get("who", "").strip()[:200], None, []
    if mode == "out":
        chosen = cis.many(graph, [args["person"][:64]]).get(args["person"][:64]) if args.get("person") else None
        found = borrowers(graph, who) if chosen is None and who else []
        if len(found) == 1 and chosen is None:
            return redirect("/loans/desk?" + urlencode({"mode": "out", "person": found[0]["id"], "due_on": args.get("due_on", "")}), 303)
    kept = _kept(mode)
    words = {"mode": mode, "who": who, "borrower": chosen, "found": found, "due_on": args.get("due_on") or _in_a_week()}
    return render_template("loans/desk.html", **words, lines=kept["lines"], counts=kept["counts"], WORDS=WORDS)


@blueprint.post("")
@needs(Permission.LOAN)
def scanned() -> ResponseReturnValue:
    """One scanned line. Goes back to the desk, or answers the line as a fragment (`Accept: application/json`)."""
    form = request.form
    mode = "out" if form.get("mode") == "out" else "in"
    if form.get("clear"):
        session.pop(f"desk_{mode}", None)
        return redirect(_back(mode), 303)
    tag = form.get("tag", "")
    line = _out(tag) if mode == "out" else _in(tag)
    if line.done is not None:
        tell(line.done)
        record(f"loan.{mode}", line.done.id, {"device": line.device, "by": "scan"})
    kept = _keep(mode, line)
    if request.accept_mimetypes.best == "application/json":
        html = render_template("loans/_line.html", line=kept["lines"][0], mode=mode, WORDS=WORDS)
        good = line.outcome in GOOD
        return jsonify({"outcome": line.outcome, "message": line.message, "good": good, "html": html, "counts": kept["counts"]})
    return redirect(_back(mode), 303)


@blueprint.app_template_filter("outcome_kind")
def outcome_kind(outcome: str) -> str:
    """The badge kind of an outcome."""
    return WORDS.get(outcome, ("muted", ""))[0]


def _in(tag: str) -> Line:
    form, here = request.form, services()
    returned = form.getlist("returned") if form.get("ticked") else None
    try:
        return line_in(here.graph, here.catalogue, tag, actor=viewer().actor, returned=returned)
    except Invalid as error:
        return Line(tag[:300], "refused", error.message)


def _out(tag: str) -> Line:
    form, here = request.form, services()
    terms = Terms(form.get("due_on", ""))
    try:
        return line_out(here.graph, here.catalogue, tag, form.get("person", "")[:64], terms, actor=viewer().actor)
    except NotFound:
        return Line(tag[:300], "refused", "Say first who borrows: scan the badge or type the e-mail address.")


def _back(mode: str) -> str:
    if mode == "in":
        return "/loans/desk"
    form = request.form
    return "/loans/desk?" + urlencode({"mode": "out", "person": form.get("person", "")[:64], "due_on": form.get("due_on", "")[:10]})


def _kept(mode: str) -> dict[str, Any]:
    kept = session.get(f"desk_{mode}")
    return kept if isinstance(kept, dict) else {"lines": [], "counts": {"ok": 0, "look": 0}}


def _keep(mode: str, line: Line) -> dict[str, Any]:
    kept = _kept(mode)
    row = {"tag": line.tag[:60], "outcome": line.outcome, "message": line.message[:160], "loan": line.loan, "asks": list(line.asks)[:12]}
    rest = kept["lines"]
    if request.form.get("ticked"):  # the answer stands in place of the question
        rest = [one for one in rest if not (one["asks"] and one["loan"] == line.loan)]
    counts = dict(kept["counts"])
    counts["ok" if line.outcome == "ok" else "look"] += line.outcome != "already_scanned"
    session[f"desk_{mode}"] = made = {"lines": [row, *rest][:_KEPT], "counts": counts}
    return made


def _in_a_week() -> str:
    return (times.now().date() + timedelta(days=7)).isoformat()
