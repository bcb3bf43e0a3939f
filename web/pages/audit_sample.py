"""An auditor's sample: endpoints given or drawn, what was proven of each on the day, as page, files and signed bundle."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from cmdb.compliance import report, sampling
from cmdb.compliance.chosen import active
from cmdb.compliance.sampling import Sampled
from cmdb.compliance.truth import reason_words
from cmdb.errors import CmdbError, Invalid
from cmdb.inventory.moment import time_of
from cmdb.model import times
from web.auth.permissions import Permission, needs
from web.frame.files import file_wanted, plain_table
from web.pages.compliance import later_words
from web.services import services

blueprint = Blueprint("audit_sample", __name__, url_prefix="/compliance/audit")


def _counted(state: str) -> Any:
    return lambda one: one.counts()[state]


SAMPLE = plain_table(
    "sample",
    "Sample",
    given="Asked for",
    name="Endpoint",
    ci="Id",
    passed=("Pass", _counted("pass")),
    failed=("Fail", _counted("fail")),
    unknown=("Unknown", _counted("unknown")),
    fails=("Fails", lambda one: [row["policy"] for row in one.of_state("fail")]),
    why="Why nothing is told",
)
RESULTS = plain_table(
    "sample-results",
    "Results of a sample",
    name="Endpoint",
    ci="Id",
    declared="Ownership",
    site="Site",
    team="Team",
    policy="Policy",
    state="State",
    reason=("Why", lambda row: reason_words(row["reason"])),
    since="Since",
    until="Until",
    edition="Edition of the policy",
    waiver=("Accepted or attested until", lambda row: row["waiver"].until if row["waiver"] else ""),
    hindsight=("As known today", lambda row: later_words(row["hindsight"]) if row["hindsight"].learned else ""),
)


@blueprint.get("/sample")
@needs(Permission.AUDIT)
def sample() -> ResponseReturnValue:
    """What was proven of `?endpoints=` (one a line), or of `?draw=&seed=`, on the day `?as_of=`."""
    args, graph = request.args, services().graph
    words: dict[str, Any] = {name: args.get(name, "").strip() for name in ("as_of", "endpoints", "draw", "seed", "site", "ownership")}
    found: list[Sampled] = []
    trouble = ""
    try:
        now = times.now()
        when = times.from_text(time_of(words["as_of"], "as_of", now)) if words["as_of"] else now
        found = _found(words, when)
    except CmdbError as error:
        trouble = error.message
    if not trouble and (
        file := file_wanted((SAMPLE, lambda: found), (RESULTS, lambda: ({**row, "name": one.name} for one in found for row in one.rows)))
    ):
        return file
    words |= {"found": found, "trouble": trouble, "most": sampling.MOST, "titles": {one.id: one.title for one in active(graph)}}
    return render_template("compliance/sample.html", **words, ownerships=report.OWNERSHIPS), 422 if trouble else 200


def _found(words: dict[str, Any], when: Any) -> list[Sampled]:
    graph = services().graph
    if when > times.now():
        raise Invalid("The day lies in the future.", field="as_of")
    names = sampling.read_list(words["endpoints"])
    if names and words["draw"]:
        raise Invalid("Give a list, or draw one; not both.", field="draw")
    if words["draw"]:
        if not (words["draw"].isascii() and words["draw"].isdecimal() and len(words["draw"]) < 6):
            raise Invalid("Say how many to draw.", field="draw")
        where = {name: words[name] for name in ("site", "ownership") if words[name]}
        names = sampling.drawn(graph, int(words["draw"]), words["seed"], when, where)
    return sampling.sample(graph, names, when, times.now())
