"""A report as an Observation: the endpoint, what hangs on it, and how well each part was looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from cmdb.errors import Invalid
from cmdb.model.ids import uuid7
from cmdb.model.observation import Observation, Source
from cmdb.model.times import cut, to_text
from discovery.reports.platform import kind_of, platform
from discovery.reports.report import Report
from discovery.reports.sections import READERS
from discovery.reports.sight import Sight
from discovery.reports.values import moment, text

_ZONE = re.compile(r"[+-]\d\d:?\d\d$", re.ASCII)
_EARLIEST = 2015
"""No report of a device is older; a clock that says so is not set."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the door knows beside the report.

    `received_at` is the server's clock, which is what counts: agents' clocks are years off. `cls` is the class of the last full report of
    the same agent, because a partial one cannot tell, and `platform` likewise; `id` makes the Observation one that is applied once.
    `observed_at` is when the device was looked at, where a tool that passes on says so; the future counts as now.
    """

    received_at: datetime
    site: str = ""
    ownership: str = ""
    cls: str = ""
    id: str = ""
    platform: str = ""
    observed_at: datetime | None = None


def observe(report: Report, circumstances: Circumstances) -> Observation:
    """The Observation of one report. Raises Invalid when the report does not say of what it is."""
    received_at = cut(circumstances.received_at)
    looked_at = circumstances.observed_at or _looked_at(report)
    if looked_at is not None and looked_at.year < _EARLIEST:
        raise Invalid(f"The report says that its device was looked at in {looked_at.year}.", field="observed_at")
    observed_at = min(cut(looked_at), received_at) if looked_at is not None else received_at
    sight = Sight(
        report=report,
        cls=(circumstances.cls if report.partial else "") or kind_of(report),
        reported_at=to_text(observed_at),
        platform=circumstances.platform or platform(report) or _platform_of_partial(report),
        site=circumstances.site,
        ownership=circumstances.ownership,
    )
    for reader in READERS:
        reader(sight)
    if not sight.identifiers:
        raise Invalid(
            "The report names nothing by which its device could be told: no device id, no serial number, no address, no host name.",
            field="body",
        )
    items, relations, coverage = sight.everything()
    return Observation(
        id=circumstances.id or uuid7(),
        source=Source("agent", report.product),
        observed_at=observed_at,
        items=items,
        relations=relations,
        coverage=coverage,
    )


def _looked_at(report: Report) -> datetime | None:
    """When a document says that its tool looked; of several runs the oldest. A time without a zone counts as UTC."""
    said = [row.get("ended") for row in report.rows("benchmarks")] + [report.one("posture").get("looked_at")]
    times = (moment(one, found[0] if (found := _ZONE.search(text(one))) else "+0000") for one in said)
    return min((one for one in times if one is not None and one.year >= _EARLIEST), default=None)


def _platform_of_partial(report: Report) -> str:
    """A partial report without the system: Windows has drive letters and firewall profiles, nobody else has."""
    windows = any(row.get("letter") for row in report.rows("drives")) or any(row.get("profile") for row in report.rows("firewalls"))
    return "windows" if windows else ""
