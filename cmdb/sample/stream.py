"""The stream: everything of the sample organisation, in the order in which it would arrive, each entry with the door it goes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from cmdb.model.observation import Observation
from cmdb.sample.doubts import doubts
from cmdb.sample.network import network
from cmdb.sample.plan import Organisation, organise
from cmdb.sample.reports import reports, scripts
from cmdb.sample.servers import drawn_by_people, servers
from cmdb.sample.tables import services_table, tables

Door: TypeAlias = Literal["table", "report", "script", "observation", "loan"]
DEFAULT_SIZE = 2_500


@dataclass(frozen=True, slots=True)
class LoanOrder:
    """A hand-out at the counter, some of them long ago. `returned_at`: it came back then."""

    tag: str
    email: str
    out_at: datetime
    due_on: str
    accessories: tuple[str, ...] = ()
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that arrives.

    table: `name` and `body` (CSV). report: `body` as an agent sends it, `at` when, `site` and `ownership` as its token says.
    observation: `observation`. loan: `loan`.
    """

    door: Door
    name: str
    body: bytes = b""
    at: datetime | None = None
    site: str = ""
    ownership: str = ""
    observation: Observation | None = None
    loan: LoanOrder | None = None


def entries(seed: int, size: int, now: datetime) -> Iterator[Entry]:
    """The sample organisation of about `size` CIs as of `now`. Nothing is kept: a million CIs stream through as a thousand do."""
    made = organise(seed, size, now)
    for name, body in tables(made):
        yield Entry("table", name, body)
    for seen in (*network(made), *servers(made)):
        yield Entry("observation", f"scan of {seen.items[0].ref}", observation=seen)
    yield Entry("table", "services.csv", services_table(made))
    for seen in drawn_by_people(made):
        yield Entry("observation", seen.note, observation=seen)
    for endpoint, body, ago in reports(made):
        yield Entry("report", endpoint.hostname, body, at=now - ago, site=endpoint.site, ownership=endpoint.ownership)
    for endpoint, body, ago in scripts(made):
        yield Entry("script", endpoint.hostname, body, at=now - ago, site=endpoint.site, ownership=endpoint.ownership)
    for seen in doubts(made):
        yield Entry("observation", seen.note, observation=seen)
    yield from _loans(made)


def _loans(made: Organisation) -> Iterator[Entry]:
    """Four in five of the pool are out: some overdue, some came back; a few borrowers have two."""
    pool = [e for number, e in enumerate(made.endpoints) if e.ownership == "loaned" and number % 50 != 49]
    for number, device in enumerate(pool):
        if number % 5 == 4:
            continue
        person = made.people[number * 7 % len(made.people)]
        late = number % 6 == 0
        out = made.now - timedelta(days=40 if late else 5 + number % 9)
        due = out + timedelta(days=21 if late else 30)
        accessories = ("USB-C charger 65 W", "Laptop bag")[: number % 3]
        back = made.now - timedelta(days=1) if number % 11 == 10 else None
        yield Entry("loan", device.tag, loan=LoanOrder(device.tag, person.email, out, due.date().isoformat(), accessories, back))
