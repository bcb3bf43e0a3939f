"""Rows about the firewall. On Windows: the profiles by the machine, by group policies and by a device management, what comes in by default,
the service that filters, and what Windows' own Security Center says of all of it. On Linux: services, which prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Columns: TypeAlias = Mapping[str, str]

_PROFILES = {"domainprofile": "DomainProfile", "standardprofile": "StandardProfile", "publicprofile": "PublicProfile"}
_OWN, _MANAGED, _RULED = "own", "managed", "ruled"
"""Where a setting is kept. Group policies and a device management stand above the machine's own."""
_BAD_HEALTH = ("poor", "snoozed")


def rules(rows: list[Columns], platform: str) -> dict[str, list[dict[str, Any]]]:
    """The section firewalls."""
    if platform == "windows":
        return {"firewalls": _windows(rows)}
    found = []
    for row in rows:
        if platform == "macos":
            state = row.get("global_state", "")
            found.append({"description": "Application Firewall", "status": "on" if state in ("1", "2") else "off" if state == "0" else ""})
        else:
            unit = row.get("id", "").removesuffix(".service")
            found.append({"description": unit, "status": "on" if row.get("active_state") == "active" else "off"})
    return {"firewalls": found}


def _windows(rows: list[Columns]) -> list[dict[str, str]]:
    """Each profile on or off; one without a row, or of which nobody says that the service runs, is not known.

    A profile that lets in by default what no rule names does not filter: it is off.
    """
    if not rows:
        return []
    told = {row.get("path", "").lower(): row.get("data", "") for row in rows if "\\" not in row.get("path", "")}
    service, health = told.get("service", "").lower(), told.get("security_center", "").lower()
    off = health in _BAD_HEALTH or service not in ("", "running")
    enabled, blocked = _settings(rows, "enablefirewall"), _settings(rows, "defaultinboundaction")
    found = []
    for key, name in _PROFILES.items():
        on = _effective(enabled.get(key, {}))
        status = "off" if off or on is False or _effective(blocked.get(key, {})) is False else "on" if on and service else ""
        found.append({"profile": name, "status": status})
    return found


def _settings(rows: list[Columns], value: str) -> dict[str, dict[str, bool]]:
    """Profile → where it is kept → 1 or 0. What is told twice in one place is 0 where one of them is."""
    found: dict[str, dict[str, bool]] = {}
    for row in rows:
        path = row.get("path", "").lower()
        if not path.endswith(f"\\{value}") or row.get("data") not in ("0", "1"):
            continue
        profile = path.split("\\")[-2].replace("private", "standard")
        place = _RULED if "\\policies\\" in path else _MANAGED if "\\mdm\\" in path else _OWN
        kept = found.setdefault(profile, {})
        kept[place] = row["data"] == "1" and kept.get(place, True)
    return found


def _effective(kept: Mapping[str, bool]) -> bool | None:
    """What counts; where group policies and a device management differ, the worse."""
    above = [kept[place] for place in (_RULED, _MANAGED) if place in kept]
    return all(above) if above else kept.get(_OWN)
