"""No query per row: each page about one thing asks as often when there are three times as many things around it.

Every page with a parameter in its address stands here, with the thing it is asked about; a new one has to be added.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from cmdb.compliance.chosen import active
from cmdb.compliance.evaluate import evaluate
from cmdb.graph import cis, loans, reviews
from cmdb.inventory import notes
from cmdb.loans.desk import Desk, Terms
from cmdb.model import times
from cmdb.model.observation import Coverage, Identifier, Item, Observation, Relation, Software, Source
from reconciliation import reconcile
from tests.web.conftest import app, cast, catalogue, ledger, services, visit
from tests.web.visitor import Visitor
from web import Services

__all__ = ["app", "cast", "catalogue", "ledger", "services", "visit"]
Visit = Callable[[str], Visitor]

FEW, MANY = 3, 9
_SLOT = re.compile(r"<\w+>")
PAGES = {
    "/cis/<ci_id>": ("lap", "web", "shop", "Ann", "Lyon", "Acme"),
    "/cis/<ci_id>/compliance": ("lap",),
    "/cis/<ci_id>/diff": ("lap",),
    "/cis/<ci_id>/edit": ("lap", "web"),
    "/cis/<ci_id>/history": ("lap", "web"),
    "/cis/<ci_id>/identity": ("lap", "web"),
    "/cis/<ci_id>/impact": ("web", "Lyon", "lap"),
    "/cis/<ci_id>/joins": ("lap",),
    "/cis/<ci_id>/loans": ("lap", "Ann"),
    "/cis/<ci_id>/notes": ("lap",),
    "/cis/<ci_id>/past": ("lap", "web"),
    "/cis/<ci_id>/relate": ("web",),
    "/cis/<ci_id>/relations": ("web", "shop", "Ann", "Lyon", "Acme"),
    "/cis/<ci_id>/software": ("lap",),
    "/cis/<ci_id>/software/changes": ("lap",),
    "/cis/<ci_id>/split": ("lap",),
    "/compliance/endpoints/<ci>": ("lap",),
    "/compliance/policies/<policy_id>": ("firewall-on",),
    "/loans/<loan_id>": ("loan",),
    "/loans/<loan_id>/receipt": ("loan",),
    "/loans/history/<ci_id>": ("lap", "Ann"),
    "/people/<ci_id>": ("Ann",),
    "/reviews/<review_id>": ("review",),
    "/reviews/<review_id>/choices": ("review",),
    "/services/<ci_id>": ("shop",),
    "/suppliers/<ci_id>": ("Acme",),
}
NOT_ABOUT_THE_GRAPH = {
    "/admin/intake/<entry_id>",
    "/admin/jobs/<job_id>",
    "/admin/users/<account_id>",
    "/cis/<ci_id>/notes/<note_id>/file",
    "/cis/<ci_id>/own",
    "/compliance/policies/<policy_id>.yaml",
    "/compliance/reference/<name>",
    "/imports/<entry_id>",
    "/imports/check/<upload_id>",
    "/imports/template/<cls>.csv",
    "/me/devices/<ci_id>",
    "/reviews/groups/<key>",
    "/reviews/jobs/<job_id>",
    "/scans/<job_id>",
    "/sign-in/<token>",
    "/static/<path:filename>",
}
"""Pages about an account, a job, a file; `test_work_pages`, `test_owner_page` and `test_reviews_pages` count the few that read the graph"""
LISTS = (
    "/cis",
    "/people",
    "/services",
    "/suppliers",
    "/loans",
    "/loans/overdue",
    "/compliance",
    "/reviews",
    "/impact?ci={web}",
    "/search?q=w",
)


def grown(services: Services, count: int, hour: int) -> dict[str, str]:
    """A laptop, a server, a service, a person, a site and a supplier with `count` of everything around each; name → id."""
    numbers = range(count)
    packages = tuple(Software(f"package-{n}", f"1.{hour}") for n in numbers)
    items = [
        Item("lap", "laptop", (Identifier("serial", "LAP00001", "hp"),), {"name": "lap", "model": f"m{hour}"}, software=packages),
        Item("web", "server", (Identifier("serial", "WEB00001", "hp"),), {"name": "web"}),
        Item("shop", "service", (Identifier("name", "shop"),), {"name": "shop"}),
        Item("ann", "person", (Identifier("email", "ann@example.org"),), {"name": "Ann", "email": "ann@example.org"}),
        Item("lyon", "site", (Identifier("name", "Lyon"),), {"name": "Lyon"}),
        Item("acme", "supplier", (Identifier("name", "Acme"),), {"name": "Acme"}),
    ]
    tied = [Relation("depends_on", "shop", "web"), Relation("located_in", "web", "lyon"), Relation("owned_by", "lap", "ann")]
    for n in numbers:
        items += [
            Item(f"port{n}", "interface", (Identifier("if_name", f"eth{n}"),), {"name": f"eth{n}"}, parent="lap"),
            Item(f"d{n}", "laptop", (Identifier("serial", f"DEV000{n:02d}", "hp"),), {"name": f"d{n}", "ownership": "loaned"}),
            Item(f"s{n}", "server", (Identifier("serial", f"SRV000{n:02d}", "hp"),), {"name": f"s{n}"}),
            Item(f"p{n}", "person", (Identifier("email", f"p{n}@example.org"),), {"name": f"P{n}"}),
            Item(f"a{n}", "application", (Identifier("name", f"app{n}"),), {"name": f"app{n}"}),
        ]
        tied += [Relation("depends_on", f"a{n}", "web"), Relation("depends_on", "shop", f"s{n}"), Relation("used_by", "shop", f"p{n}")]
        tied += [Relation("located_in", f"s{n}", "lyon"), Relation("owned_by", f"d{n}", "ann"), Relation("supplied_by", f"d{n}", "acme")]
        tied += [Relation("works_at", f"p{n}", "lyon")]
    at = times.now() - timedelta(days=2) + timedelta(hours=hour)
    cover = (Coverage("lap", "software", "complete"), Coverage("lap", "interfaces", "complete"))
    told = Observation(f"grown-{hour}", Source("agent", f"a{hour}"), at, tuple(items), tuple(tied), cover)
    reconcile(services.graph, services.catalogue, told)
    _asked(services, count, hour)
    rows = services.graph.read("MATCH (c:CI) RETURN c.id AS id, c.display_name AS name")
    ids = {str(row["name"]): str(row["id"]) for row in rows}
    for n in numbers:
        notes.add(services.graph, services.ledger, cis.get(services.graph, ids["lap"]), f"note {n}", None, by="otto")
    desk = Desk(services.graph, services.catalogue)
    for row in loans.listed(services.graph, state="open"):
        desk.check_in(row["id"], actor="otto")
    held = [desk.check_out(ids[f"d{n}"], ids["Ann"], Terms(times.now().date().isoformat()), actor="otto") for n in numbers]
    evaluate(services.graph, services.catalogue, active(services.graph))
    cis.recount(services.graph)
    return ids | {"loan": held[0].id, "review": reviews.open_ids(services.graph, limit=1)[0], "firewall-on": "firewall-on"}


def _asked(services: Services, count: int, hour: int) -> None:
    """Questions: machines that show the network cards of two others."""
    at = times.now() - timedelta(days=3) + timedelta(hours=hour)
    pairs = [_machine(2 * n + side) for n in range(count) for side in (0, 1)]
    reconcile(services.graph, services.catalogue, Observation(f"pairs-{hour}", Source("ssh", "all"), at, tuple(pairs)))
    both = [Item(f"q{n}", "server", (_card(2 * n), _card(2 * n + 1))) for n in range(count)]
    reconcile(services.graph, services.catalogue, Observation(f"q-{hour}", Source("agent", "one"), at + timedelta(hours=1), tuple(both)))


def _card(n: int) -> Identifier:
    return Identifier("mac", f"001b21{n + 1:06x}")


def _machine(n: int) -> Item:
    shows = (Identifier("hostname", f"host-{n:06d}"), _card(n), Identifier("machine_id", f"{n + 1:032x}"))
    return Item(f"m{n}", "server", shows, {"name": f"host-{n:06d}"})


def test_no_page_asks_more_when_there_is_more(visit: Visit, services: Services) -> None:
    """Counted with three and with nine of everything, once there is a history."""
    grown(services, 2, 0)
    otto, counts = visit("otto"), list[dict[str, int]]()
    for hour, count in enumerate((FEW, MANY), start=1):
        ids, asked = grown(services, count, hour), dict[str, int]()
        about = [(rule, name, _SLOT.sub(ids[name], rule)) for rule, names in PAGES.items() for name in names]
        for rule, name, path in [*about, *((path, "", path.format(**ids)) for path in LISTS)]:
            with services.graph.counting() as counter:
                answer = otto.get(path)
            assert answer.status_code in (200, 303), f"{rule}: {answer.status}"
            asked[f"{rule} {name}"] = counter.queries
        counts.append(asked)
    few, many = counts
    assert {page: (few[page], many[page]) for page in many if many[page] > few[page]} == {}
    assert max(many.values()) <= 40


def test_every_page_with_a_parameter_is_here(app: Flask) -> None:
    """A page that is added is added to the list."""
    rules = {str(rule) for rule in app.url_map.iter_rules() if rule.arguments and "GET" in (rule.methods or ())}
    pages = {rule for rule in rules if not rule.startswith(("/api/", "/agent/"))}
    assert PAGES.keys() | NOT_ABOUT_THE_GRAPH == pages
