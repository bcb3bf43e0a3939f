"""Single facts of how safe an endpoint is set up, and what a security benchmark found, where a source says so outright."""

from __future__ import annotations

from typing import Any

from cmdb.errors import Invalid
from cmdb.model.times import from_text, to_text
from discovery.reports.capability import Capability, capability
from discovery.reports.sections import ocs_plugins
from discovery.reports.sight import Sight
from discovery.reports.values import UNKNOWN, number, text

_BOOLEANS = {
    "all_disks_encrypted": "all_disks_encrypted",
    "tpm": "tpm_present",
    "screen_lock": "screen_lock_enabled",
    "sip": "sip_enabled",
    "gatekeeper": "gatekeeper_enabled",
    "auditd": "auditd_running",
    "reboot_required": "reboot_required",
}
_NUMBERS = {"pending_security_updates": "pending_security_updates", "screen_lock_timeout_s": "screen_lock_timeout_s"}
_OURS = {**_BOOLEANS, **_NUMBERS, "mandatory_access_control": "mandatory_access_control", "last_patched_at": "last_patched_at"}
_HIGHEST = 10**9


def read(sight: Sight) -> None:
    """The posture and benchmark attributes, and that security was looked at in part."""
    row = sight.report.one("posture") or ocs_plugins.settings(sight.report)
    for ours, attribute in _OURS.items():
        can = _can(sight, attribute)
        if ours in row and row[ours] == UNKNOWN and (can.yes or can.no):
            sight.end(attribute)  # it was asked, and nobody vouches for it
    for ours, attribute in _BOOLEANS.items():
        if isinstance(row.get(ours), bool):
            sight.say(**{attribute: _can(sight, attribute).hears(row[ours])})
    for ours, attribute in _NUMBERS.items():
        value = number(row.get(ours))
        if value is not None and 0 <= value <= _HIGHEST and _can(sight, attribute).yes:
            sight.say(**{attribute: int(value)})
    if _can(sight, "mandatory_access_control").yes:
        word = text(row.get("mandatory_access_control"))
        sight.say(mandatory_access_control="" if word == UNKNOWN else word)
    if _can(sight, "last_patched_at").yes:
        _patched(sight, text(row.get("last_patched_at")))
    runs = sight.report.rows("benchmarks")
    if runs:
        _benchmark(sight, runs)
    if (row or runs) and "security" not in sight.looks:
        sight.look("security", "partial", "only single settings were looked at")
    if "posture" in sight.report.failed and not row:
        state, before = sight.looks.get("security", ("failed", ""))
        sight.look("security", "failed" if state == "failed" else "partial", before, "the query for settings failed on the endpoint")


def _can(sight: Sight, attribute: str) -> Capability:
    """What this source can say of a setting here."""
    return capability(attribute, sight.report.product, sight.platform)


def _patched(sight: Sight, told: str) -> None:
    """The day of the newest update; a text that is no time with a zone says nothing."""
    try:
        sight.say(last_patched_at=to_text(from_text(told)))
    except Invalid:
        return


def _benchmark(sight: Sight, runs: list[dict[str, Any]]) -> None:
    """All runs of the document together. Where no rule ran, the content was made for another system: nothing is known of failures.
    Nor is none known to be grave where rules failed of which nobody says how grave they are."""
    ran, high, ungraded = (_total(runs, name) for name in ("rules_run", "high_failed", "ungraded_failed"))
    sight.say(benchmark_rules_run=ran)
    if ran and (high or not ungraded):
        sight.say(benchmark_high_failures=high)
    elif ran:
        sight.end("benchmark_high_failures")
    else:
        sight.end("benchmark_high_failures")
        sight.look("security", "partial", "the benchmark was made for another system: none of its rules applied")


def _total(runs: list[dict[str, Any]], name: str) -> int:
    return sum(int(number(run.get(name)) or 0) for run in runs)


def antimalware_is_none(sight: Sight) -> bool:
    """Whether the source says outright that there is no antimalware: an empty list from one whose empty list means that."""
    can = capability("antimalware", sight.report.product, sight.platform)
    return can.absent == "none" and sight.report.has("antivirus") and not sight.report.rows("antivirus")
