"""The page for auditors: the bundle of a scope and a date, the key that signs it, and the chain of reports."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from cmdb.compliance import report, sampling
from cmdb.compliance.bundle import Scope, build, coverage
from cmdb.compliance.chosen import active
from cmdb.compliance.hindsight import known_from
from cmdb.compliance.signing import SigningKey
from cmdb.compliance.truth import CONFLICT
from cmdb.intake import summary
from cmdb.inventory.moment import time_of
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.auth.viewer import viewer
from web.frame.record import record
from web.services import services

blueprint = Blueprint("audit_bundle", __name__, url_prefix="/compliance/audit")
_LONGEST = 200
_LATELY = 1_000
_MOST_IDS = 40 * sampling.MOST


def signing_key() -> SigningKey:
    """This house's key, beside its ledger."""
    return SigningKey(services().ledger.path.with_name("audit.key"))


@blueprint.get("")
@needs(Permission.AUDIT)
def audit() -> ResponseReturnValue:
    """The form, how complete the list is, the key, the chain."""
    here = services()
    key = signing_key()
    words = {"key": key.fingerprint(), "pem": key.public_pem(), "chain": here.ledger.chain.verify()}
    overview = report.overview(here.graph)
    now = times.now()
    told = coverage(here.graph, now)
    words |= {"intake": summary(here.ledger, now), "appeared": here.ledger.rates.applied(_LATELY), "conflicts": _conflicts(overview)}
    return render_template(
        "compliance/audit.html", choices=overview.choices, ownerships=report.OWNERSHIPS, policies=active(here.graph), coverage=told, **words
    )


def _conflicts(overview: report.Overview) -> int:
    """How many results are unknown since live sources contradict each other."""
    return sum(tally.reasons.get(CONFLICT, 0) for tally in overview.tallies)


@blueprint.get("/bundle")
@needs(Permission.AUDIT)
def bundle() -> ResponseReturnValue:
    """The signed archive of `?as_of=&known_at=&ownership=&site=&team=&cls=&ci=&cis=&policy=` (`cis`: ids of a sample, by commas)."""
    words = {key: value[: _MOST_IDS if key == "cis" else _LONGEST] for key, value in request.args.items()}
    return send_bundle(words, tuple(request.args.getlist("policy"))[:100])


def send_bundle(words: dict[str, str], policies: tuple[str, ...]) -> Response:
    """Make it in a file that is gone when it is sent. Raises Invalid."""
    now = times.now()
    when = times.from_text(time_of(words["as_of"], "as_of", now)) if words.get("as_of") else now
    narrowed = {name: words.get(name, "") for name in ("ownership", "site", "team", "cls", "ci")}
    cis = tuple(one for one in words.get("cis", "").split(",") if one)[: sampling.MOST]
    known = known_from(words.get("known_at"), when if words.get("as_of") else None)
    scope = Scope(when, policies=tuple(name for name in policies if name), cis=cis, known_at=known, **narrowed)
    here = services()
    with tempfile.TemporaryDirectory(prefix="moorings-audit-") as folder:
        path = Path(folder) / "bundle.zip"
        manifest = build(here.graph, here.ledger, signing_key(), scope, path, by=viewer().actor, now=now)
        file = path.open("rb")  # stays readable after its name is gone, and is closed with the answer
    record("audit.bundle", manifest["key"], {"scope": scope.to_json(), "endpoints": manifest["endpoints"]})
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=f"audit-{scope.to_json()['as_of'][:10]}.zip")
