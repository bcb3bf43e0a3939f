"""Rows of osquery's tables that tell single settings: what they let one say, and nothing where they cannot tell.

A setting that other ways could set, too, is only ever said to be on: without its registry value or file nobody vouches for it
(`unknown`), and what was said before ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from cmdb.model.times import to_text
from discovery.reports.values import UNKNOWN, number

Columns: TypeAlias = Mapping[str, str]
Setting: TypeAlias = dict[str, Any]

_YES_NO = {"1": True, "0": False}
_LATEST = 2**33
_DAY_S = 86_400


def _sip(row: Columns) -> Setting:
    return {"sip": _YES_NO.get(row.get("enabled", ""))}


def _gatekeeper(row: Columns) -> Setting:
    return {"gatekeeper": _YES_NO.get(row.get("assessments_enabled", ""))}


def _tpm(row: Columns) -> Setting:
    """There and ready: enabled and activated."""
    said = [_YES_NO.get(row.get(name, "")) for name in ("enabled", "activated")]
    return {"tpm": None if None in said else all(said)}


def _patches(row: Columns) -> Setting:
    """The newest update that was installed, in seconds since 1970."""
    at = number(row.get("at"))
    return {"last_patched_at": to_text(datetime.fromtimestamp(at, UTC))} if at and 0 < at < _LATEST else {}


def _reboot(_: Columns) -> Setting:
    """A row is the mark that a restart waits; who does not write such marks says nothing."""
    return {"reboot_required": True}


def _screenlock(row: Columns) -> Setting:
    """Windows' limit for the whole machine. Without one each user's screen saver decides, which is not asked."""
    seconds = number(row.get("data"))
    return {"screen_lock": True, "screen_lock_timeout_s": int(seconds)} if seconds and 0 < seconds < _DAY_S else {}


def _auditd(row: Columns) -> Setting:
    return {"auditd": row.get("active_state") == "active"} if row.get("active_state") else {}


def _access_control(row: Columns) -> Setting:
    word = {("selinux", "1"): "selinux:enforcing", ("selinux", "0"): "selinux:permissive", ("apparmor", "1"): "apparmor:enabled"}
    return {"mandatory_access_control": word.get((row.get("module", ""), row.get("value", "")), "")}


READERS: Mapping[str, Callable[[Columns], Setting]] = {
    "sip": _sip,
    "gatekeeper": _gatekeeper,
    "tpm": _tpm,
    "patches": _patches,
    "reboot": _reboot,
    "screenlock": _screenlock,
    "auditd": _auditd,
    "access_control": _access_control,
}


_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "sip": ("sip",),
    "gatekeeper": ("gatekeeper",),
    "tpm": ("tpm",),
    "patches": ("last_patched_at",),
    "reboot": ("reboot_required",),
    "screenlock": ("screen_lock", "screen_lock_timeout_s"),
    "auditd": ("auditd",),
    "access_control": ("mandatory_access_control",),
}
"""Which settings a query is asked for."""


def settings(name: str, rows: list[Columns]) -> dict[str, list[Setting]]:
    """The section `posture` of one query's first row; `unknown` for what it was asked and does not say."""
    said = {key: value for key, value in READERS[name](rows[0]).items() if value not in (None, "")} if rows else {}
    return {"posture": [{**dict.fromkeys(_SETTINGS[name], UNKNOWN), **said}]}
