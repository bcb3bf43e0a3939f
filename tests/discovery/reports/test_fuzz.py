"""No bytes make a parser raise anything but Invalid. FUZZ_EXAMPLES raises the number for a nightly run."""

from __future__ import annotations

import os
import zlib
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Observation
from discovery.reports.intake import KIND, observation_from_entry
from discovery.reports.message import Headers, read_message
from discovery.reports.privacy import clean
from discovery.reports.report import Report
from discovery.reports.tables import table
from discovery.reports.values import address, count, day, moment, number, size, truth
from tests.discovery.reports.made import AT, KEY, android_xml, windows_content, xml

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2000"))
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
few = settings(max_examples=max(200, EXAMPLES // 4), deadline=None, suppress_health_check=list(HealthCheck))

CATALOGUE = Catalogue.load()
SECTIONS = {
    section: [f for who, names in rule.items() if who not in ("admins", "watched") for f in names]
    for section, rule in table("privacy")["sections"].items()
}
WORDS = st.sampled_from(
    ["", "0", "1", "Yes", "No", "on", "off", "/", "C:", "up", "2022-21-09 05:21:23", "1970-00-01", "fff0::", "10.0.0.1", "255.0.255.0",
     "02:fc:00:00:00:01", "S-1-5-32-544", "root", "Android 12", "Microsoft Windows 11 Pro", "10.0.22631", "docker",
     "binutils:amd64", ":amd64", "a:b:c", "nan", "1e400", "-1", "+0100", "\u202e", "\x00", "9" * 40]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | WORDS
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2), max_leaves=5
)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """A content object with real names and wild values."""
    content: dict[str, Any] = {}
    for section in draw(st.lists(st.sampled_from(sorted(SECTIONS)), max_size=4)):
        row = st.dictionaries(st.sampled_from(SECTIONS[section] or ["a"]), SCALARS | ANYTHING, max_size=5)
        content[section] = draw(st.lists(row, max_size=3) | row | ANYTHING)
    return content


@st.composite
def xml_bodies(draw: st.DrawFn) -> bytes:
    """An XML inventory with real tags and wild text."""
    out: list[str] = []
    for section in draw(st.lists(st.sampled_from(sorted(SECTIONS)), max_size=8)):
        fields = draw(st.lists(st.tuples(st.sampled_from(SECTIONS[section] or ["a"]), WORDS | st.text(max_size=30)), max_size=8))
        inner = "".join(f"<{n.upper()}>{v}</{n.upper()}>" for n, v in fields)
        out.append(f"<{section.upper()}>{inner}</{section.upper()}>")
    body = draw(st.sampled_from(["utf-8", "latin-1", "utf-16"]))
    return xml("".join(out)).decode().encode(body, "replace")


def _all_the_way(body: bytes, ownership: str, headers: Headers) -> Observation | None:
    try:
        message = read_message(body, headers)
        if message.kind != "inventory":
            return None
        stored = clean(message, ownership, KEY).to_bytes()
        assert Report.from_bytes(stored).to_bytes() == stored
        observation = observation_from_entry(KIND, stored, {"received_at": AT, "ownership": ownership})
    except Invalid:
        return None
    for item in observation.items:
        CATALOGUE.check_attributes(item.cls, item.attributes)
    return observation


HEADERS = st.builds(
    Headers,
    st.sampled_from(["", "GLPI-Agent_v1.11", "OCS-NG_unified_unix_agent_v2.10.0", "FusionInventory-Agent_v2.6"]) | st.text(max_size=40),
    st.text(max_size=40),
)
OWNERSHIPS = st.sampled_from(["corporate", "loaned", "personal", "", "x"])


@fuzz
@given(st.binary(max_size=300), HEADERS, OWNERSHIPS)
def test_any_bytes(body: bytes, headers: Headers, ownership: str) -> None:
    for sent in (body, zlib.compress(body), b"<" + body, b"{" + body, b'<?xml version="1.0"?><REQUEST>' + body):
        _all_the_way(sent, ownership, headers)


@fuzz
@given(contents(), HEADERS, OWNERSHIPS, st.sampled_from(["Computer", "Phone", "Printer", "NetworkEquipment", ""]), ANYTHING)
def test_any_json_content(content: dict[str, Any], headers: Headers, ownership: str, itemtype: str, partial: Any) -> None:
    message = {"action": "inventory", "deviceid": "d", "itemtype": itemtype, "partial": partial, "content": content}
    try:
        body = orjson.dumps(message)
    except (TypeError, orjson.JSONEncodeError):  # integers over 64 bits and lone surrogates are no JSON of any agent
        return
    _all_the_way(body, ownership, headers)


@fuzz
@given(xml_bodies(), HEADERS, OWNERSHIPS)
def test_any_xml_content(body: bytes, headers: Headers, ownership: str) -> None:
    _all_the_way(body, ownership, headers)


REAL = [orjson.dumps({"deviceid": "d", "content": windows_content()}), android_xml(), zlib.compress(android_xml())]


@fuzz
@given(
    st.sampled_from(REAL),
    st.lists(st.tuples(st.integers(0, 20_000), st.binary(max_size=6), st.integers(0, 40)), min_size=1, max_size=6),
    OWNERSHIPS,
)
def test_real_reports_with_holes(body: bytes, cuts: list[tuple[int, bytes, int]], ownership: str) -> None:
    for at, new, gone in cuts:
        body = body[: at % len(body)] + new + body[at % len(body) + gone :] or b"x"
    _all_the_way(body, ownership, Headers())


@few
@given(
    st.dictionaries(
        st.sampled_from(["report_format", "product", "agent", "wire", "deviceid", "content", "partial", "present", "counts", "x"]), ANYTHING
    )
    | ANYTHING
)
def test_any_stored_body(data: Any) -> None:
    if isinstance(data, dict):
        data = {"report_format": 1, "product": "glpi", "agent": "", "wire": "json", "deviceid": "d"} | data
    try:
        body = orjson.dumps(data)
    except (TypeError, orjson.JSONEncodeError):
        return
    try:
        observation_from_entry(KIND, body, {"received_at": AT})
    except Invalid:
        return


@few
@given(contents())
def test_any_stored_content(content: dict[str, Any]) -> None:
    rows = {s: [r for r in (v if isinstance(v, list) else [v]) if isinstance(r, dict)] for s, v in content.items()}
    try:
        body = orjson.dumps({"report_format": 1, "product": "glpi", "agent": "", "wire": "json", "deviceid": "d", "content": rows})
    except (TypeError, orjson.JSONEncodeError):
        return
    observation_from_entry(KIND, body, {"received_at": AT, "ownership": "corporate"})


@few
@given(ANYTHING, ANYTHING)
def test_any_value(value: Any, other: Any) -> None:
    number(value)
    truth(value)
    day(value)
    moment(value, other)
    address(value, other)
    found = size(value, 1024)
    assert found is None or 0 < found < 2**63
    assert count(value, 100) in {None, *range(1, 101)}


@few
@given(st.text(max_size=30))
def test_meta_is_checked(text: str) -> None:
    with pytest.raises(Invalid):
        observation_from_entry(text + "?", b"{}", {})
    with pytest.raises(Invalid):
        observation_from_entry(KIND, Report("glpi", "", "json", "d").to_bytes(), {"received_at": text + "?"})
