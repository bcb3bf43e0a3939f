"""What the layout is made of: times in words, icons, addresses of static files, vendored files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tools.vendor_assets import VENDOR, auto_theme, icon_names, problems
from web.frame.layout import ago, browser, exact_time, readable, spelt, static_url, when, words

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEB = Path(__file__).resolve().parents[3] / "web"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-9, "just now"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (86_400, "1 day ago"),
        (29 * 86_400, "29 days ago"),
        (45 * 86_400, "1 month ago"),
        (400 * 86_400, "1 year ago"),
        (-7200, "in 2 hours"),
        (-3 * 86_400, "in 3 days"),
    ],
)
def test_times_are_told_in_words(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_times_of_ledger_and_graph_are_both_understood() -> None:
    assert 'datetime="2026-11-22T12:00:00Z"' in when(NOW)
    assert 'title="2026-11-22 12:00:00 UTC"' in when("2026-11-22T12:00:00.000Z")
    assert exact_time("2026-11-22T13:00:00+01:00") == '<time datetime="2026-11-22T12:00:00Z">2026-11-22 12:00:00</time>'
    assert "never" in when(None)
    assert "<script" not in when("<script>", "<script>")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "none"),
        (True, "yes"),
        ([], "none"),
        (["a<b", False], "a&lt;b, no"),
        (17, "17"),
        ("2026-11", "2026-11"),
        ("2026-11-21T12:00:53.155Z", '<time datetime="2026-11-21T12:00:53Z">2026-11-21 12:00:53</time>'),
    ],
)
def test_values_of_no_known_attribute_are_told_as_people_read_them(value: object, shown: str) -> None:
    assert str(readable(value)) == shown


def test_names_and_hardware_addresses_are_spelt_as_people_know_them() -> None:
    assert [words(one) for one in ("in_repair", "os_name", "macos", "ci_created")] == ["in repair", "OS name", "macos", "CI created"]
    assert (spelt("001b21e00001", "mac"), spelt("001b21e00001", "serial"), spelt("odd", "mac")) == (
        "00:1b:21:e0:00:01",
        "001b21e00001",
        "odd",
    )


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("weird <thing>", "weird <thing>"),
        ("", "unknown browser"),
    ],
)
def test_browsers_are_named(agent: str, words: str) -> None:
    assert browser(agent) == words


def test_static_addresses_change_with_their_content(app: Flask, tmp_path: Path) -> None:
    with app.test_request_context():
        address = static_url("css/moorings.css")
    assert re.fullmatch(r"/static/css/moorings\.css\?v=[0-9a-f]{10}", address)
    assert app.test_client().get(address).status_code == 200


def test_vendored_files_are_those_of_the_manifest() -> None:
    assert problems() == []


def test_the_automatic_theme_has_every_dark_rule_of_bootstrap() -> None:
    css = (VENDOR / "bootstrap.min.css").read_text("utf-8")
    assert auto_theme(css) == (VENDOR / "bootstrap-auto.css").read_text("utf-8")
    assert auto_theme(css).count("[data-bs-theme=auto]") == css.count("[data-bs-theme=dark]")


def test_every_icon_that_pages_and_classes_name_is_in_the_sprite() -> None:
    have = set(icon_names())
    named: set[str] = set()
    for path in (WEB / "templates").rglob("*.html"):
        for call in re.findall(r"icon\(([^)]*)\)", path.read_text("utf-8")):
            named |= set(re.findall(r'"([a-z0-9-]+)"', call.split(",")[0] if "{" not in call else call))
    for path in (WEB / "frame" / "navigation.py",):
        named |= set(re.findall(r'Place\("[^"]+", "[^"]+", "([^"]+)"', path.read_text("utf-8")))
    for path in (WEB.parent / "cmdb" / "model" / "data" / "classes").glob("*.yaml"):
        named |= set(re.findall(r"\bicon: *([a-z0-9-]+)", path.read_text("utf-8")))
    words = {"ascending", "descending", "success", "info", "warning", "danger", "good", "warn", "bad", "muted", "yes", "no"}
    assert named - have - words == set()
