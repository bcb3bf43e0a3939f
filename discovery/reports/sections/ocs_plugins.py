"""What plugins of OCS's Windows agent say, in the words of the vocabulary. OCS itself knows nothing of protection, restarts and updates.

PowerShell writes True and False, and times as month/day/year whatever the language of the machine (its conversion to text is the
invariant one).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from cmdb.model.times import to_text
from discovery.reports.report import Report, Row
from discovery.reports.values import text, truth

DEFENDER = "Microsoft Defender Antivirus"
_TIME = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)", re.ASCII)
_MONTHLY = re.compile(r"\d{4}-\d\d\b.*Windows.*\(KB\d{6,8}\)|.*\(KB\d{6,8}\) \(\d{5}\.\d+\)", re.ASCII | re.IGNORECASE)
"""Titles of Windows' monthly updates, in every language: `2026-11 Kumulatives Update für Windows 11 … (KB5068861)`, and since the end of
2025 `Sicherheitsupdate (KB5068861) (26200.7171)`. Signatures, drivers, apps and .NET come by Windows Update, too, and patch no system."""
_OTHERS = re.compile(r"\.NET|Servicing Stack", re.IGNORECASE)


def antimalware(report: Report) -> list[Row]:
    """Rows as of the section antivirus: securitycenter lists products, winsecdetails knows Defender itself more exactly."""
    own = next(iter(_defender(report.rows("winsecdetails"))), None)
    rows = [
        {"name": row.get("product"), "version": row.get("version"), "enabled": row.get("enabled"), "uptodate": row.get("uptodate")}
        for row in report.rows("securitycenter")
        if text(row.get("category")).lower() in ("antivirus", "anti-virus")
    ]
    return rows if own is None else [*(row for row in rows if "defender" not in text(row.get("name")).lower()), own]


def _defender(rows: list[Row]) -> list[Row]:
    """Get-MpComputerStatus. While another product guards (passive mode) every switch still reads as on: then nothing is said of it."""
    found: list[Row] = []
    for row in rows:
        mode = text(row.get("amrunningmode")).lower()
        switches = [truth(row.get(name)) for name in ("amserviceenabled", "antivirusenabled", "realtimeprotectionenabled")]
        if not mode and switches == [None, None, None]:
            continue  # it failed: all its fields are empty
        on = None
        if mode == "not running" or (mode in ("", "normal") and False in switches):
            on = False
        elif mode == "normal" and switches == [True, True, True]:
            on = True
        updated = _moment(row.get("antivirussignaturelastupdated"))
        found.append(
            {
                "name": DEFENDER,
                "version": row.get("amproductversion"),
                "enabled": on,
                "base_creation": f"{updated:%Y-%m-%d}" if updated else "",
            }
        )
    return found


def settings(report: Report) -> dict[str, Any]:
    """Fields as of the section posture: a restart that waits, and the day of the newest update."""
    waits = any(truth(row.get("pending_reboot")) for row in report.rows("pendingreboot"))
    days = [when for row in report.rows("winupdatestate") if is_patch(row) and (when := _moment(row.get("date")))]
    return {
        **({"reboot_required": True} if waits else {}),
        **({"last_patched_at": to_text(max(days))} if days else {}),
    }


def is_patch(row: Row) -> bool:
    """Whether the row is a monthly update of Windows that was installed."""
    done = (text(row.get("operation")).lower(), text(row.get("status")).lower()) == ("installation", "succeeded")
    title = text(row.get("title"))
    return done and _MONTHLY.match(title) is not None and not _OTHERS.search(title)


def _moment(value: Any) -> datetime | None:
    """A time of PowerShell, to the day's exactness that is asked of it: which zone it is in is not said."""
    found = _TIME.fullmatch(text(value))
    if found is None:
        return None
    month, day, year, hour, minute, second = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
