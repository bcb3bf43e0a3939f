"""What a service stands on and who stands behind it: for its page, where nobody asked about a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cmdb.graph.door import Graph
from cmdb.impact.loading import Loader
from cmdb.impact.needs import needs_of
from cmdb.impact.people import UNKNOWN, crowd
from cmdb.model.catalogue import Catalogue

NEAREST = 5_000
"""Most CIs a service's page looks at; `truncated` says how many were left out, and the impact page looks at all"""


def stands_on(graph: Graph, catalogue: Catalogue, ci: str, *, limit: int = NEAREST) -> dict[str, Any]:
    """`needs`, `single_points` and `searched` as in the answer of direction `up`, without pairs and triples. Raises GraphError."""
    loader = Loader(graph, catalogue, limit=limit)
    loader.start((ci,))
    return needs_of(loader, (ci,), catalogue, largest=1)


def people_of(graph: Graph, row: Mapping[str, Any]) -> dict[str, Any]:
    """Who uses it, teams' members one by one: `total`, `by_site` and `by_work_mode` (name → how many), `both` (site → mode → how many)."""
    people = crowd(graph, {str(row["id"]): (str(row["class"]), str(row["display_name"]))}).people.values()
    both: dict[str, Counter[str]] = {}
    for person in people:
        both.setdefault(person.site or UNKNOWN, Counter())[person.work_mode or UNKNOWN] += 1
    return {
        "total": len(people),
        "by_site": {site: both[site].total() for site in sorted(both)},
        "by_work_mode": dict(sorted(sum(both.values(), Counter()).items())),
        "both": {site: dict(sorted(both[site].items())) for site in sorted(both)},
    }
