"""Policies on pages: which count, writing one, trying it on chosen endpoints or all, switching it on; export."""

from __future__ import annotations

import io
import zipfile

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import chosen, sampling
from cmdb.compliance.evaluate import endpoint_classes
from cmdb.compliance.grammar import OPERATORS
from cmdb.compliance.policy import parse
from cmdb.compliance.trial import Trial, try_out
from cmdb.compliance.vocabulary import FACTS
from cmdb.errors import CmdbError
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.files import file_wanted, plain_table
from web.frame.record import record
from web.services import services

blueprint = Blueprint("policies", __name__, url_prefix="/compliance/policies")
_LONGEST = 64 * 1024
START = """id: my-policy
version: 1
title: Firewall is on
why: Say why it matters; people who must repair it read this.
applies: {in: {fact: asset.class, value: [laptop, desktop, workstation]}}
require: {eq: {fact: firewall.enabled, value: true}}
fresh: 14d
grace: 3d
severity: {corporate: high, loaned: high, personal: medium}
maps: {iso27001-2022: [A.8.1]}
fix: {any: Say what to do.}
tests:
  - {facts: {asset.class: laptop}, expect: unknown(never_reported)}
  - {facts: {asset.class: laptop, firewall.enabled: true}, expect: pass}
  - {facts: {asset.class: laptop, firewall.enabled: false}, expect: fail}
"""

POLICIES = plain_table(
    "policies",
    "Policies",
    id=("Policy", lambda one: one.policy.id),
    title=("Title", lambda one: one.policy.title),
    on=("Counts", lambda one: one.on),
    version=("Version", lambda one: one.policy.version),
    edition=("Digest of its text", lambda one: one.policy.edition),
    own=("The site's own", lambda one: one.own),
    at="Last changed",
    by="By",
    maps=("Controls", lambda one: [f"{standard} {control}" for standard, them in one.policy.maps.items() for control in them]),
)


@blueprint.get("")
@needs(Permission.READ)
def policies() -> ResponseReturnValue:
    """Every policy, and whether it counts."""
    standings = chosen.standings(services().graph)
    return file_wanted((POLICIES, lambda: standings)) or render_template("compliance/policies.html", standings=standings)


@blueprint.get("/export.zip")
@needs(Permission.READ)
def export() -> ResponseReturnValue:
    """All texts, one file a policy, as they go into a repository."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in chosen.standings(services().graph):
            archive.writestr(f"{one.policy.id}.yaml", one.policy.text)
    return Response(buffer.getvalue(), mimetype="application/zip", headers={"Content-Disposition": 'attachment; filename="policies.zip"'})


@blueprint.get("/<policy_id>.yaml")
@needs(Permission.READ)
def text(policy_id: str) -> ResponseReturnValue:
    """The text of one policy."""
    found = chosen.standing(services().graph, policy_id)
    return Response(
        found.policy.text, mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{found.policy.id}.yaml"'}
    )


@blueprint.get("/new")
@needs(Permission.ADMIN)
def new() -> ResponseReturnValue:
    """The editor; `?from=` begins with the text of a policy that is there."""
    begin = request.args.get("from", "")
    return _editor(chosen.standing(services().graph, begin).policy.text if begin else START)


def _editor(given: str, *, endpoints: str = "", error: CmdbError | None = None, trial: Trial | None = None) -> str:
    words = {"facts": FACTS, "operators": OPERATORS}
    return render_template("compliance/policy_new.html", text=given, endpoints=endpoints, error=error, trial=trial, **words)


@blueprint.post("/new")
@needs(Permission.ADMIN)
def write() -> ResponseReturnValue:
    """Try the text out, or keep it (switched on, or not)."""
    here = services()
    given = request.form.get("text", "").replace("\r\n", "\n")
    endpoints, step = request.form.get("endpoints", "")[:50_000], request.form.get("step", "try")
    try:
        if len(given) > _LONGEST:
            given = given[:_LONGEST]
        if step == "try":
            policy, named = parse(given, "policy.yaml"), sampling.read_list(endpoints, what="This list")
            ids = sampling.ids_of(here.graph, named, classes=endpoint_classes(here.catalogue))
            trial = try_out(here.graph, here.catalogue, policy, ids=ids)
            return _editor(given, endpoints=endpoints, trial=trial)
        found = chosen.keep(here.graph, given, by=viewer().actor, on=step == "on")
    except CmdbError as refused:
        if refused.field != "endpoints":
            refused.field = "text"  # a part of it, which the message names
        return _editor(given, endpoints=endpoints, error=refused), 422
    _tell(found, "keep")
    flash("Kept, and it counts: every endpoint is judged by it now." if found.on else "Kept. It does not count yet.", "success")
    return redirect("/compliance/policies", 303)


@blueprint.post("/<policy_id>/<any(on, off):step>")
@needs(Permission.ADMIN)
def switch(policy_id: str, step: str) -> ResponseReturnValue:
    """Let a policy count, or not."""
    found = chosen.switch(services().graph, policy_id, on=step == "on", by=viewer().actor)
    _tell(found, step)
    flash(
        f"{found.policy.title}: {'counts' if found.on else 'does not count'} as soon as every endpoint was judged, which is ordered.",
        "success",
    )
    return redirect("/compliance/policies", 303)


def _tell(found: chosen.Standing, step: str) -> None:
    """The audit log, and every endpoint judged by this policy as it is now."""
    record(f"policy.{step}", found.policy.id, {"edition": found.policy.edition, "on": found.on})
    services().ledger.jobs.enqueue(chosen.JUDGE_BY, {"policies": [found.policy.id]}, key=f"{chosen.JUDGE_BY} {found.policy.id} {found.rev}")
