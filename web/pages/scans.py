"""Scans: look at hosts by SSH, SNMP or on this machine; progress and outcome host by host."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from cmdb.errors import Invalid, NotFound
from cmdb.store import Job
from discovery.targets import parse_targets
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.files import file_wanted, plain_table
from web.frame.forms import Form, choices
from web.frame.record import record
from web.services import services

blueprint = Blueprint("scans", __name__, url_prefix="/scans")
SCAN = "scan"
_METHODS = (("ssh", "SSH: Linux hosts"), ("snmp", "SNMP: switches, routers, printers …"), ("local", "This machine"))
_PORTS = {"ssh": 22, "snmp": 161, "local": 0}
_OPEN = ("waiting", "running")
_HOSTS = 1000


def outcome_of(host: Job) -> str:
    """What came of a host: its outcome, or the state of its job while there is none."""
    result = host.result if isinstance(host.result, dict) else {}
    return str(result.get("outcome", host.state))


def _said(host: Job, word: str) -> object:
    return host.result.get(word) if isinstance(host.result, dict) else None


HOSTS = plain_table(
    "hosts",
    "Hosts of a scan",
    host=("Host", lambda one: one.args.get("host")),
    port=("Port", lambda one: one.args.get("port")),
    outcome=("Outcome", outcome_of),
    reason=("Reason", lambda one: _said(one, "reason") or one.reason),
    seconds=("Seconds", lambda one: _said(one, "seconds")),
)
SCANS = plain_table(
    "scans",
    "Scans",
    created_at="Started",
    finished_at="Ended",
    method=("How", lambda one: one.args.get("method")),
    targets=("Targets", lambda one: one.args.get("targets")),
    credential=("Credential", lambda one: one.args.get("credential")),
    by=("By", lambda one: one.args.get("by")),
    done=("Hosts done", lambda one: (one.progress or {}).get("done")),
    state="State",
)


class ScanForm(Form):
    """A new scan."""

    method = SelectField("How", choices=choices(_METHODS), default="ssh")
    targets = TextAreaField(
        "Targets", [Length(max=100_000)], description="Names, addresses, networks (10.1.0.0/24), ranges (10.1.0.1-10.1.0.99)."
    )
    exclude = TextAreaField("Except", [Length(max=100_000)], description="Written the same way; these are never contacted.")
    credential = SelectField("Credential", validate_choice=False)
    port = IntegerField("Port", [Optional(), NumberRange(1, 65535)], description="Empty: 22 for SSH, 161 for SNMP.")
    concurrency = IntegerField("Hosts at once", [Optional(), NumberRange(1, 64)], default=16)
    dry_run = BooleanField("Dry run", description="Show what would change; write nothing.")


@blueprint.get("")
@needs(Permission.READ)
def scans() -> ResponseReturnValue:
    """Scans, the newest first."""
    before = request.args.get("before") or None
    if file := file_wanted((SCANS, lambda: services().ledger.jobs.list(SCAN, None, None, _HOSTS, None))):
        return file
    rows = services().ledger.jobs.list(SCAN, None, None, 51, before)
    return render_template("scans/list.html", rows=rows[:50], more=rows[49].id if len(rows) > 50 else None)


@blueprint.get("/new")
@needs(Permission.SCAN)
def new() -> ResponseReturnValue:
    """The form."""
    return _form(ScanForm())


def _form(form: ScanForm) -> str:
    kept = services().ledger.credentials.list()
    form.credential.choices = choices([("", "–"), *((one.name, f"{one.name} ({one.kind})") for one in kept)])
    return render_template("scans/new.html", form=form, credentials=kept)


@blueprint.post("/new")
@needs(Permission.SCAN)
def start() -> ResponseReturnValue:
    """Check the order and put it into the queue."""
    form = ScanForm()
    if form.validate_on_submit():
        try:
            args = _order(form)
        except (Invalid, NotFound) as refused:
            form.add_error(refused)
        else:
            job = services().ledger.jobs.enqueue(SCAN, args)
            record("scan.start", job, {name: args[name] for name in ("method", "targets", "credential", "dry_run")})
            return redirect(f"/scans/{job}", 303)
    return _form(form), 422


def _order(form: ScanForm) -> dict[str, object]:
    """The job's arguments. Raises Invalid naming the field, NotFound for the credential."""
    method = str(form.method.data)
    targets, exclude = form.targets.data.split(), form.exclude.data.split()
    if method != "local":
        if not targets:
            raise Invalid("Say which hosts to look at.", field="targets")
        if not len(parse_targets(targets, exclude=exclude)):
            raise Invalid("Nothing is left after the exceptions.", field="exclude")
        name = str(form.credential.data or "")
        if not name:
            raise Invalid("Choose what to sign in with.", field="credential")
        found = next((one for one in services().ledger.credentials.list() if one.name == name), None)
        if found is None or not found.kind.startswith(f"{method}-"):
            raise Invalid(f"This credential is not for {method.upper()}; choose another.", field="credential")
    return {
        "method": method,
        "targets": targets if method != "local" else [],
        "exclude": exclude if method != "local" else [],
        "credential": str(form.credential.data or "") if method != "local" else "",
        "port": form.port.data or _PORTS[method],
        "concurrency": form.concurrency.data or 16,
        "dry_run": bool(form.dry_run.data),
        "by": viewer().actor,
    }


@blueprint.get("/<job_id>")
@needs(Permission.READ)
def scan(job_id: str) -> ResponseReturnValue:
    """One scan: progress, outcomes, each host."""
    ledger = services().ledger
    job = _scan(job_id)
    hosts = ledger.jobs.list(parent=job.id, limit=_HOSTS)
    wanted = request.args.get("outcome", "")
    counts = Counter(outcome_of(host) for host in hosts)
    shown = [host for host in hosts if not wanted or outcome_of(host) == wanted]
    if file := file_wanted((HOSTS, lambda: shown)):
        return file
    words = {"job": job, "counts": counts.most_common(), "hosts": shown, "wanted": wanted, "total": len(hosts)}
    return render_template("scans/scan.html", **words, outcome_of=outcome_of, open=job.state in _OPEN)


def _scan(job_id: str) -> Job:
    job = services().ledger.jobs.get(job_id)
    if job.kind != SCAN:
        raise NotFound("There is no such scan.")
    return job


@blueprint.post("/<job_id>/cancel")
@needs(Permission.SCAN)
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop a scan; the hosts that are done stay done."""
    count = services().ledger.jobs.cancel(_scan(job_id).id)
    record("scan.cancel", job_id, {"jobs": count})
    flash("The scan is cancelled." if count else "It had ended already.", "success")
    return redirect(f"/scans/{job_id}", 303)
