"""What the layout template is given on every page: the viewer, the sidebar, the theme, addresses of static files, and small words."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from markupsafe import Markup, escape

import cmdb
from cmdb.model import naming
from web.auth.permissions import Permission
from web.auth.viewer import viewer_or_none
from web.frame.cards import as_cards
from web.frame.navigation import current_place, navigation
from web.frame.near import differing
from web.services import services

STATIC = Path(__file__).resolve().parent.parent / "static"
THEMES = ("auto", "light", "dark")
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_SHORT = re.compile(r"\b(bios|ci|cpu|fqdn|ip|mac|os|snmp|ssh|uuid|vlan|wwn)\b")
_STEPS = (
    (60, 1, "second"),
    (3600, 60, "minute"),
    (86_400, 3600, "hour"),
    (30 * 86_400, 86_400, "day"),
    (365 * 86_400, 30 * 86_400, "month"),
)


@lru_cache(maxsize=256)
def _digest(file: str, _changed: int) -> str:
    return hashlib.sha256((STATIC / file).read_bytes()).hexdigest()[:10]


def static_url(file: str) -> str:
    """The address of a static file, with a part of its hash so that browsers may keep it for ever."""
    return url_for("static", filename=file, v=_digest(file, (STATIC / file).stat().st_mtime_ns))


def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers unless it has a label of its own."""
    target = f"{static_url('vendor/icons.svg')}#{name}"
    hidden = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {} focusable="false"><use href="{}"></use></svg>').format(hidden, target)


def moment(value: object) -> datetime | None:
    """A time as the ledger (datetime) or the graph (ISO 8601 text) gives it; None when there is none or it cannot be read."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ago(value: datetime, now: datetime | None = None) -> str:
    """How long ago in words: `just now`, `3 minutes ago`, `in 2 days`."""
    seconds = ((now or datetime.now(UTC)) - value).total_seconds()
    distance = abs(seconds)
    if distance < 10:
        return "just now"
    for below, size, word in _STEPS:
        if distance < below:
            return _phrase(int(distance // size), word, ahead=seconds < 0)
    return _phrase(int(distance // (365 * 86_400)), "year", ahead=seconds < 0)


def _phrase(count: int, word: str, *, ahead: bool) -> str:
    text = f"{count} {word}{'' if count == 1 else 's'}"
    return f"in {text}" if ahead else f"{text} ago"


def when(value: object, empty: str = "never") -> Markup:
    """A time for people: how long ago, with the exact time in UTC as its title and in `datetime`."""
    found = moment(value)
    if found is None:
        return Markup('<span class="text-secondary">{}</span>').format(empty)
    exact = found.astimezone(UTC)
    stamp = exact.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(stamp, exact.strftime("%Y-%m-%d %H:%M:%S"), ago(found))


def exact_time(value: object, empty: str = "–") -> Markup:
    """A time to the second in UTC, for logs and evidence."""
    found = moment(value)
    if found is None:
        return Markup("{}").format(empty)
    text = found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return Markup('<time datetime="{}Z">{}</time>').format(text.replace(" ", "T"), text)


def words(value: object) -> str:
    """A name of the vocabulary as people read it: `in_repair` → `in repair`, `os_name` → `OS name`."""
    return _SHORT.sub(lambda found: found[0].upper(), str(value).replace("_", " "))


def readable(value: object) -> object:
    """A value of no known attribute as people read it: yes and no, a time as a time, a list joined. Text stays as it is."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, str) and _ISO_TIME.fullmatch(value):
        return exact_time(value, value)
    if isinstance(value, list | tuple):
        return Markup(", ").join(escape(readable(one)) for one in value) if value else "none"
    return value


def spelt(value: object, kind: str) -> str:
    """An identifier's value as people know it."""
    return naming.spelt(str(value), kind)


def lines(value: str) -> Markup:
    """Text with its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in value.splitlines())


def browser(agent: str) -> str:
    """A user agent in words: `Firefox on Linux`. Made for recognising one's own sessions, not for deciding anything."""
    names = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"))
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    name = next((word for mark, word in names if mark in agent), "")
    system = next((word for mark, word in systems if mark in agent), "")
    return " on ".join(part for part in (name, system) if part) or agent[:60] or "unknown browser"


def context() -> dict[str, Any]:
    """The names every template has. It reads neither graph nor ledger, so that error pages work without them."""
    seen = viewer_or_none()
    theme = seen.theme if seen is not None else request.cookies.get("moorings_theme", "auto")
    return {
        "viewer": seen,
        "navigation": navigation(seen) if seen is not None else [],
        "place": current_place(request.path),
        "theme": theme if theme in THEMES else "auto",
        "version": cmdb.__version__,
        "shortcuts": request.cookies.get("moorings_shortcuts") != "off",
        "session_idle_s": services().settings.session_idle_s,
        "Permission": Permission,
    }


def install(app: Flask) -> None:
    """Give every template of the application the layout's names, filters and functions."""
    app.context_processor(context)
    app.jinja_env.globals.update(static_url=static_url, icon=icon)
    app.jinja_env.filters.update(
        when=when,
        exact_time=exact_time,
        words=words,
        lines=lines,
        browser=browser,
        readable=readable,
        spelt=spelt,
        differing=differing,
        as_cards=as_cards,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
