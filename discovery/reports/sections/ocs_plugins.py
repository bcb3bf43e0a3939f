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
_ANTIVIRUS = ("antivirus", "anti-virus")
_WINDOWS_OWN = re.compile(r"(?:windows|microsoft) defender\b|microsoft security essentials\b", re.IGNORECASE)
_TIME = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d):(\d\d):(\d\d)", re.ASCII)
_MONTHLY = re.compile(r"\d{4}-\d\d\b.*Windows.*\(KB\d{6,8}\)|.*\(KB\d{6,8}\) \(\d{5}\.\d+\)", re.ASCII | re.IGNORECASE)
"""Titles of Windows' monthly updates, in every language: `2026-11 Kumulatives Update für Windows 11 … (KB5068861)`, and since the end of
2025 `Sicherheitsupdate (KB5068861) (26200.7171)`. Signatures, drivers, apps and .NET come by Windows Update, too, and patch no system."""
_OTHERS = re.compile(r"\.NET|Servicing Stack|KB(?:4023057|5001716)\b", re.IGNORECASE)
"""The two numbers mend Windows Update itself, under titles like those of the monthly updates."""


def antimalware(report: Report) -> list[Row]:
    """Rows as of the section antivirus: securitycenter lists products, winsecdetails knows Defender itself more exactly."""
    details = report.rows("winsecdetails")
    own = next(iter(_defender(details)), None)
    beside = any("passive" in text(row.get("amrunningmode")).lower() for row in details)
    rows = [_listed(row, beside=beside) for row in report.rows("securitycenter") if text(row.get("category")).lower() in _ANTIVIRUS]
    return rows if own is None else [*(row for row in rows if not is_defender(text(row.get("name")))), own]


def is_defender(name: str) -> bool:
    """Windows' own product, and not Bitdefender."""
    return _WINDOWS_OWN.match(name) is not None


def _listed(row: Row, *, beside: bool) -> Row:
    """A row of security.vbs without what it cannot know. It looks at one bit of productState, set for what is on (0x1000) and for what has
    expired (0x3000): only Windows' own never expires, and where Defender is passive `beside` another one, that is on. Of Windows' own some
    versions of it take the mark of the owner (0x100) for old signatures."""
    name, enabled, uptodate = text(row.get("product")), row.get("enabled"), row.get("uptodate")
    if is_defender(name):
        uptodate = uptodate if truth(uptodate) else ""
    elif truth(enabled) and not beside:
        enabled, uptodate = "", "" if truth(uptodate) else uptodate
    return {"name": name, "version": row.get("version"), "enabled": enabled, "uptodate": uptodate}


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
