"""Questions whether a CI is several things close themselves when it was parted in another way than by their answer."""

from __future__ import annotations

from collections.abc import Collection

from cmdb.graph import candidates, reviews
from cmdb.graph.door import Graph
from cmdb.model.change import Change
from reconciliation.closing import closed_itself
from reconciliation.records import from_row
from reconciliation.subjects import root_of

_RULE = "it was parted meanwhile: what was in doubt is not of one thing with the rest any more"


def close_parted(graph: Graph, cis: Collection[str]) -> list[Change]:
    """Close the open questions of kind `split` about these CIs that have no two sides any more. Returns a Change for each."""
    closed: list[Change] = []
    for asked in reviews.resting_on(graph, (), cis):
        if asked["kind"] != "split" or not asked["candidates"]:
            continue
        doubtful = {root_of(str(one)) for one in asked["verdict"].get("subjects", ()) or [asked["ref"]]}
        ci = str(asked["candidates"][0]["id"])
        here = {root_of(from_row(row).subject) for row in candidates.states(graph, [ci])[ci][1]}
        if doubtful & here and here - doubtful:
            continue
        closed += closed_itself(graph, asked, "solved:different", _RULE, ci=ci)
    return closed
