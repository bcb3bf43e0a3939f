"""The host firewall. On Windows every profile must be on; elsewhere "off" only means that one known program does not run."""

from __future__ import annotations

from discovery.reports.capability import capability
from discovery.reports.report import Row
from discovery.reports.sight import Sight
from discovery.reports.values import text, truth


def read(sight: Sight) -> None:
    """firewall_enabled and firewall_product, where this source can tell."""
    report = sight.report
    can = capability("firewall_enabled", report.product, sight.platform)
    rows = report.rows("firewalls") or _other_makers(report.rows("securitycenter"))
    states = [state for row in rows if (state := truth(row.get("status"))) is not None]
    if not states:
        return
    answer = can.hears(all(states) if sight.platform.startswith("windows") else any(states))
    if answer is None:
        return
    sight.say(firewall_enabled=answer, firewall_product=_product(rows, sight.platform))


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
