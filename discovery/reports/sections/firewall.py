"""The host firewall. A program that runs is no filter: most agents cannot tell what it lets in (data/capability.yaml).

What was said before ends where the agent looked again and can no longer say it.
"""

from __future__ import annotations

from discovery.reports.capability import capability
from discovery.reports.report import Row
from discovery.reports.sight import Sight
from discovery.reports.values import text, truth


def read(sight: Sight) -> None:
    """firewall_enabled and firewall_product, where this source can tell."""
    report = sight.report
    version = text(report.one("operatingsystem").get("version"))
    can = capability("firewall_enabled", report.product, sight.platform, version)
    rows = report.rows("firewalls") or _other_makers(report.rows("securitycenter"))
    states = [truth(row.get("status")) for row in rows]
    answer = can.hears(_all_on(states) if sight.platform.startswith("windows") else _one_on(states))
    if answer is None:
        if rows:
            sight.end("firewall_enabled", "firewall_product")
        return
    sight.say(firewall_enabled=answer, firewall_product=_product(rows, sight.platform))


def _all_on(states: list[bool | None]) -> bool | None:
    """One that is off decides; one of which nobody knows leaves it open."""
    return None if not states or (None in states and False not in states) else all(states)


def _one_on(states: list[bool | None]) -> bool | None:
    known = [state for state in states if state is not None]
    return any(known) if known else None


def _product(rows: list[Row], platform: str) -> str:
    if platform.startswith("windows") and any(row.get("profile") for row in rows):
        return "Windows Firewall"
    return next((text(row.get("description")) for row in rows if truth(row.get("status")) and row.get("description")), "")


def _other_makers(rows: list[Row]) -> list[Row]:
    """OCS's plugin securitycenter."""
    found = [row for row in rows if text(row.get("category")).lower() == "firewall"]
    return [
        {"status": "on" if truth(row.get("enabled")) else "off", "description": text(row.get("product"))}
        for row in found
        if truth(row.get("enabled")) is not None
    ]
