"""Pages at N CIs, p50 and p95, beside a page that asks nothing of the graph: lists, search, CI page, impact, compliance, loans, reviews.

Through the whole application, on the embedded engine. The graph is filled by reconciliation; from 100,000 CIs on it is measured at 10,000
on the way, so that what grows with the graph is seen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bench import graphs, reviews, visits
from bench.figures import Figure
from bench.graphs import Bench
from cmdb.compliance.chosen import active
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.shadow import WHY
from cmdb.graph import cis, ladder
from cmdb.loans.desk import Desk, Terms
from cmdb.model import times
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from reconciliation import reconcile

_BATCH = 1000
_GOAL = "p95 < 300 ms at 100,000 CIs"
_CLASSES = ("server", "virtual_machine", "laptop", "desktop", "switch")
_NAMES = ("web", "db", "app", "pc", "sw")
_SITES = 20
_ON_THE_WAY = 10_000
_JUDGED = 20
"""Endpoints of each thousand CIs that compliance judges: its pages read what is kept, and judging 40,000 takes longer than all the rest"""
_QUESTIONS = 20
"""What waits for a person; the queue at 10,000 has a measurement of its own"""
_LENT = 5
"""Loans for each thousand CIs"""


@dataclass(slots=True)
class Filled:
    """Ids of what is there, by kind."""

    cis: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    endpoints: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)


def fill(bench: Bench, filled: Filled, count: int) -> None:
    """Go on to `count` CIs: five classes at twenty sites, virtual machines on servers, a service and a person with devices for each batch;
    some loans, some results of policies."""
    for start in range(len(filled.cis), count, _BATCH):
        _tell(bench, filled, start, min(count, start + _BATCH))
    cis.recount(bench.graph)
    ladder.rebuild(bench.graph)
    evaluate(bench.graph, bench.catalogue, active(bench.graph), filled.endpoints[: max(1, count * _JUDGED // _BATCH)])


def _tell(bench: Bench, filled: Filled, start: int, end: int) -> None:
    known = reconcile(bench.graph, bench.catalogue, _batch(start, end)).resolved
    ids = {done.ref: str(done.ci) for done in known}
    made = [ids[f"i{n}"] for n in range(start, end)]
    filled.cis += made
    filled.servers += made[0::5]
    filled.endpoints += [*made[2::5], *made[3::5]]
    filled.switches += made[4::5]
    filled.services.append(ids["service"])
    filled.people.append(ids["person"])
    lent, desk = made[2::5][:_LENT], Desk(bench.graph, bench.catalogue)
    for days, device in enumerate(lent, start=1):
        desk.check_out(device, ids["person"], Terms((times.now() + timedelta(days=days)).date().isoformat()), actor="bench")


def _batch(start: int, end: int) -> Observation:
    sites = [Item(f"site{n}", "site", (Identifier("name", f"Site {n:03d}"),), {"name": f"Site {n:03d}"}) for n in range(_SITES)]
    person = Item("person", "person", (Identifier("email", f"p{start}@bench.example"),), {"name": f"Person {start:07d}"})
    service = Item("service", "service", (Identifier("name", f"Service {start:07d}"),), {"name": f"Service {start:07d}"})
    items = [_item(n) for n in range(start, end)]
    tied = [Relation("located_in", item.ref, f"site{place % _SITES}") for place, item in enumerate(items)]
    tied += [Relation("hosted_on", f"i{n}", f"i{n - 1}") for n in range(start, end) if n % 5 == 1]
    tied += [Relation("depends_on", "service", f"i{n}") for n in range(start, min(end, start + 50)) if n % 5 == 1]
    tied += [Relation("owned_by", f"i{n}", "person") for n in range(start, min(end, start + 50)) if n % 5 == 2]
    tied.append(Relation("used_by", "service", "person"))
    told = (*sites, person, service, *items)
    return Observation(f"fill-{start}", Source("import", f"bench-{start}"), datetime(2026, 11, 1, tzinfo=UTC), told, tuple(tied))


def _item(n: int) -> Item:
    name, serial = f"{_NAMES[n % 5]}-{n:07d}", f"BX{n:08d}"
    words = {"name": name, "serial": serial, "vendor": "Bench"} | ({"ownership": "loaned"} if n % 100 == 2 else {})
    return Item(f"i{n}", _CLASSES[n % 5], (Identifier("serial", serial, "bench"),), words)


def run(size: int) -> list[Figure]:
    """`size` CIs, up to 100 requests of each kind, interleaved; at 10,000 first where there are ten times as many."""
    count = max(10, size)
    with graphs.embedded() as bench:
        return list(_rungs(bench, [_ON_THE_WAY, count] if count >= 10 * _ON_THE_WAY else [count]))


def _rungs(bench: Bench, counts: list[int]) -> Iterator[Figure]:
    filled = Filled()
    reviews.fill(bench, _QUESTIONS)
    for count in counts:
        fill(bench, filled, count)
        yield from visits.figures(bench, paths(random.Random(9), filled), 100 if count >= 1000 else 3, f"{count:,} CIs", _GOAL)


def paths(chance: random.Random, filled: Filled) -> visits.Paths:
    """What to ask for next, of each kind."""
    numbers = range(len(filled.cis))
    return {
        "list": lambda: f"/cis?class={chance.choice(('ci', *_CLASSES))}",
        "list, filtered by serial": lambda: f"/cis?class=laptop&serial=BX{chance.choice(numbers):08d}",
        "list, filtered by name": lambda: f"/cis?name={chance.choice(_NAMES)}-00{chance.choice(numbers) % 10}",
        "search by part of a name": lambda: f"/search?q={chance.choice(('web', 'db', 'pc'))}-00{chance.choice(numbers) % 10}",
        "search by serial": lambda: f"/search?q=BX{chance.choice(numbers):08d}",
        "CI page": lambda: f"/cis/{chance.choice(filled.cis)}",
        "CI page, impact": lambda: f"/cis/{chance.choice(filled.servers)}/impact",
        "CI page, compliance": lambda: f"/cis/{chance.choice(filled.endpoints)}/compliance",
        "impact page": lambda: f"/impact?ci={chance.choice(filled.servers)}",
        "service": lambda: f"/services/{chance.choice(filled.services)}",
        "person": lambda: f"/people/{chance.choice(filled.people)}",
        "services": lambda: "/services",
        "people": lambda: "/people",
        "compliance": lambda: "/compliance",
        "compliance, worst": lambda: "/compliance/worst",
        "compliance, silent": lambda: "/compliance/silent",
        "shadow IT": lambda: "/compliance/shadow",
        "shadow IT, of one kind": lambda: f"/compliance/shadow?why={chance.choice(sorted(WHY))}",
        "audit, how complete the list is": lambda: "/compliance/audit",
        "loans pool": lambda: "/loans",
        "loans overdue": lambda: "/loans/overdue",
        "reviews": lambda: "/reviews",
        "dashboard": lambda: "/",
        "coverage": lambda: "/coverage",
        "sources": lambda: "/admin/sources",
    }
