"""A small house with one of everything, and an address for each page that needs a thing to be about: (address, who opens it).

A new page with a parameter adds its line to `pages_of_things`; `test_pages_of_things.py` fails when one is missing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.graph import cis, reviews
from cmdb.inventory import notes
from cmdb.loans.desk import Desk, Terms
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Relation, Software, Source
from cmdb.store import Job
from reconciliation import reconcile
from reconciliation.joining import join
from tests.browser.conftest import Site
from tests.cases import which
from web.frame.uploads import UPLOADS

LONG = "<i>thing</i> " + "W" * 70
_NOW = datetime.now(UTC)
_TABLE = b"class,name,serial,status,bought\nlaptop,good-one,THNGCSV1,in_use,x\nrocket,bad-one,THNGCSV2,,\nlaptop,bad-two,THNGCSV3,broken,\n"


def build(site: Site) -> dict[str, str]:
    """Bring it in. What a page is about → its id."""
    ids = _inventory(site) | _ledger(site)
    keep, gone = sorted((ids["laptop"], ids["twin"]))
    join(site.graph, site.services.catalogue, keep, gone, reason="one machine, listed twice", by="otto")
    ids["laptop"] = keep
    terms = Terms((_NOW.date() + timedelta(days=9)).isoformat(), accessories=("charger",))
    ids["loan"] = Desk(site.graph, site.services.catalogue).check_out(keep, ids["person"], terms, actor="otto").id
    which(site.graph, site.services.catalogue, "d7", 2, source="agent:things")
    (ids["review"], *_) = reviews.open_ids(site.graph, filters={"source": "agent:things"}, limit=10)
    ids["group"] = str(reviews.get(site.graph, ids["review"])["group"])
    row = cis.get(site.graph, keep)
    notes.add(site.graph, site.ledger, row, "<b>Stays</b> in\n  the lab. " + "N" * 90, notes.Upload("F" * 90 + ".pdf", b"%PDF"), by="vera")
    evaluate(site.graph, site.services.catalogue, shipped(), [keep], _NOW)
    cis.recount(site.graph)
    return ids


def _inventory(site: Site) -> dict[str, str]:
    laptop = Item(
        "laptop",
        "laptop",
        (Identifier("serial", "THNG0001", "acme"), Identifier("mac", "00:25:90:ab:cd:01")),
        {"name": LONG, "serial": "THNG0001", "asset_tag": "TH-1", "ownership": "loaned", "status": "in_stock", "memory": 17_179_869_184},
        software=(Software("Firefox", "140.1", publisher="Mozilla"), Software("x" * 80, "1")),
    )
    items = (
        laptop,
        Item("twin", "laptop", (Identifier("asset_tag", "TH-2"),), {"name": "thing-twin", "asset_tag": "TH-2"}),
        Item("switch", "switch", (Identifier("serial", "THNG0002", "acme"),), {"name": "thing-switch", "serial": "THNG0002"}),
        Item("person", "person", (Identifier("email", "rita@example.org"),), {"name": "Rita Thing", "email": "rita@example.org"}),
        Item("service", "service", (Identifier("name", "Thinging"),), {"name": "Thinging"}),
        Item("supplier", "supplier", (Identifier("name", "Things Ltd"),), {"name": "Things Ltd"}),
    )
    relations = (
        Relation("depends_on", "service", "switch"),
        Relation("used_by", "service", "person"),
        Relation("owned_by", "laptop", "person"),
    )
    catalogue = site.services.catalogue
    told = reconcile(site.graph, catalogue, Observation(uuid7(), Source("import", "things"), _NOW - timedelta(days=2), items, relations))
    again = Item("l", "laptop", laptop.identifiers, {"name": "thing-laptop", "os_family": "linux", "disk_encrypted": False})
    reconcile(site.graph, catalogue, Observation(uuid7(), Source("agent", "glpi"), _NOW - timedelta(hours=1), (again,)))
    return {one.ref: one.ci for one in told.resolved}


def _ledger(site: Site) -> dict[str, str]:
    ledger = site.ledger
    scan = ledger.jobs.enqueue("scan", {"method": "ssh", "targets": ["10.0.0.1", "T" * 90], "credential": "lab", "by": "otto"})
    host = ledger.jobs.enqueue("scan-host", {"host": "10.0.0.1", "port": 22}, parent=scan)
    for kind, result in (
        ("scan", {"total": 1}),
        ("scan-host", {"outcome": "refused", "reason": "The port is closed. " * 9, "seconds": 0.1}),
    ):
        taken: Job | None = ledger.jobs.claim([kind])
        assert taken is not None
        ledger.jobs.heartbeat(taken, {"total": 1, "begun": 1, "done": 1})
        ledger.jobs.finish(taken, result)
    entry = ledger.intake.accept("observation", b"{}", meta={"source": "import:things", "actor": "otto", "items": 3, "subject": "s" * 90})
    upload = UPLOADS.keep(_TABLE, name="things.csv", cls="", owner="otto").id
    return {"scan": scan, "job": host, "entry": entry, "upload": upload, "account": site.cast["rita"].id}


def pages_of_things() -> tuple[tuple[str, str], ...]:
    """Addresses with the names of ids in braces."""
    tabs = ("", "/relations", "/impact", "/loans", "/compliance", "/history", "/notes", "/software", "/identity")
    acts = ("/edit", "/relate", "/split", "/joins", "/diff", "/past")
    return (
        *((f"/cis/{{laptop}}{tab}", "vera") for tab in tabs),
        *((f"/cis/{{laptop}}{act}", "otto") for act in acts),
        ("/cis/{laptop}/diff?from=2026-01-01", "vera"),
        ("/cis/{laptop}/past?at=2026-01-01", "vera"),
        ("/cis/{laptop}/software/changes", "vera"),
        ("/cis/{laptop}/own?key=mac||002590abcd01", "otto"),
        ("/cis/{laptop}/notes", "ada"),
        ("/cis/{switch}/notes", "vera"),
        ("/cis/{switch}/impact", "vera"),
        ("/impact?ci={switch}", "vera"),
        ("/people/{person}", "otto"),
        ("/services/{service}", "vera"),
        ("/suppliers/{supplier}", "vera"),
        ("/software/product?name=Firefox", "vera"),
        ("/compliance/endpoints/{laptop}", "otto"),
        ("/compliance/policies/disk-encryption", "ada"),
        ("/compliance/exceptions/new?policy=disk-encryption&ci={laptop}", "otto"),
        ("/loans/{loan}", "otto"),
        ("/loans/{loan}/receipt", "otto"),
        ("/loans/history/{laptop}", "vera"),
        ("/loans/desk?mode=out&person={person}", "otto"),
        ("/reviews/{review}", "otto"),
        ("/reviews/{review}/choices", "otto"),
        ("/reviews/groups/{group}?answer=different", "otto"),
        ("/scans/{scan}", "otto"),
        ("/imports/check/{upload}", "otto"),
        ("/imports/{entry}", "otto"),
        ("/admin/intake/{entry}", "otto"),
        ("/admin/jobs/{job}", "otto"),
        ("/admin/users/{account}", "ada"),
        ("/admin/sources/trust?source=import:things", "ada"),
        ("/me/devices/{laptop}", "rita"),
        ("/my", "rita"),
    )
