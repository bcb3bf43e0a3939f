"""The files somebody keeps in a spreadsheet: people, places, suppliers, services, purchases. CSV as `moorings import` reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from cmdb.sample.plan import DEPARTMENTS, DOMAIN, SITES, Organisation, lines

ISPS = ("Atlantic Fibre", "Loire Télécom", "Noord Glasvezel")


def tables(made: Organisation) -> Iterator[tuple[str, bytes]]:
    """(file name, CSV) in an order in which what is referred to comes first."""
    yield "places.csv", _csv(("class", "name", "address", "timezone"), [("site", name, address, zone) for name, zone, address in SITES])
    yield "suppliers.csv", _csv(("class", "name", "kind", "support_phone", "support_email", "support_hours"), _suppliers())
    yield "teams.csv", _csv(("class", "name"), [("team", name) for name in DEPARTMENTS] + [("organisation", "Moorings Example")])
    access = [("internet_access", f"Line of {name}", ISPS[n % 3]) for n, (name, _, _) in enumerate(SITES)]
    access += [("internet_access", f"Home line, {isp}", isp) for isp in ISPS]
    yield "internet.csv", _csv(("class", "name", "supplied_by"), access)
    yield "people.csv", _csv(_PEOPLE, _people(made))
    yield "contracts.csv", _csv(("class", "name", "contract_number", "starts_on", "ends_on", "supplied_by"), _contracts(made))
    yield "licences.csv", _csv(("class", "name", "seats", "expires_on", "supplied_by"), _licences(made))
    yield "purchases.csv", _csv(_PURCHASES, _purchases(made))
    yield (
        "registered.csv",
        _csv(("class", "external_id", "name", "ownership", "status", "vendor", "model", "owned_by:person.email"), _registered(made)),
    )
    yield "accessories.csv", _csv(("class", "name", "asset_tag", "kind", "quantity", "reorder_level"), _accessories())


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def _suppliers() -> Sequence[tuple[str, ...]]:
    names = (
        ("Dell Technologies", "hardware"),
        ("Lenovo", "hardware"),
        ("Apple", "hardware"),
        ("Cisco Systems", "hardware"),
        ("Microsoft", "software"),
        ("Debian partners", "services"),
    )
    rows = [("supplier", n, k, "+33 1 00 00 00 00", f"support@{n.split()[0].lower()}.example", "Mon-Fri 08:00-18:00") for n, k in names]
    return rows + [
        ("supplier", isp, "internet", "+33 1 11 11 11 11", f"noc@{isp.split()[0].lower()}.example", "Mon-Sun 00:00-24:00") for isp in ISPS
    ]


_PEOPLE = (
    "class",
    "name",
    "email",
    "employee_number",
    "department",
    "work_mode",
    "working_hours",
    "timezone",
    "works_at",
    "belongs_to:team.name",
    "uses_access:internet_access.name",
)


def _people(made: Organisation) -> Iterator[tuple[str, ...]]:
    zones = {name: zone for name, zone, _ in SITES}
    for number, p in enumerate(made.people):
        line = f"Home line, {ISPS[number % 3]}" if p.work_mode == "remote" else f"Line of {p.site}"
        yield (
            "person",
            p.name,
            p.email,
            p.number,
            p.department,
            p.work_mode,
            "Mon-Fri 09:00-17:30",
            zones[p.site],
            f"site:{p.site}",
            p.department,
            line,
        )


def _contracts(made: Organisation) -> Iterator[tuple[str, ...]]:
    for number, supplier in enumerate(("Dell Technologies", "Lenovo", "Cisco Systems", "Microsoft", *ISPS)):
        ends = (made.now + timedelta(days=40 + 90 * number)).date()
        yield ("contract", f"Support {supplier}", f"C-2026-{number + 1:03d}", "2026-01-01", ends.isoformat(), f"supplier:{supplier}")


def _licences(made: Organisation) -> Iterator[tuple[str, ...]]:
    for number, (name, seats) in enumerate(
        (("Office suite", 130), ("Design suite", 12), ("Database support", 8), ("Endpoint protection", 420), ("Virtualisation", 12))
    ):
        yield ("licence", name, str(seats), (made.now + timedelta(days=25 + 60 * number)).date().isoformat(), "supplier:Microsoft")


_PURCHASES = (
    "class",
    "asset_tag",
    "serial",
    "vendor",
    "model",
    "ownership",
    "status",
    "purchased_on",
    "warranty_until",
    "located_in",
    "owned_by:person.email",
)


def _purchases(made: Organisation) -> Iterator[tuple[str, ...]]:
    """What was bought: not what people bring along, and one in fifty was forgotten in the list."""
    for number, e in enumerate(made.endpoints):
        if e.ownership == "personal" or number % 50 == 49:
            continue
        bought = made.now - timedelta(days=30 + number * 3 % 1400)
        status = "in_stock" if e.ownership == "loaned" else "in_use"
        owner = e.owner.email if e.owner else ""
        until = (bought + timedelta(days=1095)).date().isoformat()
        yield (e.cls, e.tag, e.serial, e.vendor, e.model, e.ownership, status, bought.date().isoformat(), until, f"site:{e.site}", owner)


def _registered(made: Organisation) -> Iterator[tuple[str, ...]]:
    """Phones their owners registered themselves: no agent looks into them."""
    for e in made.endpoints:
        if e.cls == "phone" and e.owner is not None:
            yield ("phone", e.hostname, f"Phone of {e.owner.name}", e.ownership, "in_use", e.vendor, e.model, e.owner.email)


def _accessories() -> Sequence[tuple[str, ...]]:
    kinds = (
        ("USB-C charger 65 W", "charger", 40, 10),
        ("Laptop bag", "bag", 25, 5),
        ("HDMI adapter", "adapter", 18, 6),
        ("Headset", "headset", 9, 10),
        ("Docking station", "dock", 12, 3),
    )
    return [("accessory", name, f"ACC-{n + 1:03d}", kind, str(q), str(r)) for n, (name, kind, q, r) in enumerate(kinds)]


SERVICES = lines("services.txt")
"""The 25 services, the most telling first."""


def services_table(made: Organisation) -> bytes:
    """Services with owner, users, hours: those without named users are used by a number of people."""
    rows = []
    for number, name in enumerate(SERVICES):
        users = "; ".join(p.email for p in made.random.sample(made.people, min(len(made.people), 6 + number % 14)))
        window = "Sun 02:00-05:00" if number % 3 else "Sat 22:00-24:00"
        owner = made.people[number % len(made.people)].email
        level = ("critical", "high", "medium", "low")[min(3, number // 7)]
        rows.append(("service", name, level, "Mon-Fri 08:00-18:00", window, "Europe/Paris", owner, users))
    return _csv(
        (
            "class",
            "name",
            "criticality",
            "support_hours",
            "maintenance_window",
            "timezone",
            "owned_by:person.email",
            "used_by",
        ),
        rows,
    )


__all__ = ["DOMAIN", "SERVICES", "services_table", "tables"]
