"""Who administers the machine. The privacy filter lets nobody else through."""

from __future__ import annotations

from discovery.reports.capability import capability
from discovery.reports.sight import Sight
from discovery.reports.values import text, texts

MAX_ADMINS = 500


def read(sight: Sight) -> None:
    """local_admins: members of the groups of administrators, and accounts with the number of one; ended where the agent looked and cannot
    tell all of them."""
    report = sight.report
    can = capability("local_admins", report.product, sight.platform)
    names: dict[str, None] = {}
    for group in report.rows("local_groups"):
        for member in texts(group.get("members")):
            names[member] = None
    for user in report.rows("local_users"):
        names[text(user.get("login") or user.get("name"))] = None
    admins = tuple(sorted(name for name in names if name))[:MAX_ADMINS]
    if admins and can.yes:
        sight.say(local_admins=admins)
    elif admins or (can.yes and report.has("local_groups")):
        sight.end("local_admins")
    sight.look_by("users", "local_groups", "local_users")
