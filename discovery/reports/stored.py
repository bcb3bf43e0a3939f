"""Whether a report that is stored holds more than an ownership class may keep: for when whose a device is becomes different."""

from __future__ import annotations

from discovery.reports.privacy import HASHED, rules_for
from discovery.reports.report import Report


def holds_more(report: Report, ownership: str) -> bool:
    """Whether this class would have had something dropped or hashed that the stored report holds as it is."""
    rules = rules_for(ownership)
    for section, rows in report.content.items():
        rule = rules.sections.get(section)
        if rule is None or not rule.keep:
            return bool(rows)
        for row in rows:
            if any(not rule.keep.get(name, name.endswith(HASHED)) for name in row):
                return True
            if rule.watched and not rules.watch.search(str(row.get("name", ""))):
                return True
    return False


def watched(name: str) -> bool:
    """Whether a personal device's list keeps a program of this name."""
    return rules_for("personal").watch.search(name) is not None
