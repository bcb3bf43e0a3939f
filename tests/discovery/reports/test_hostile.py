"""Bombs, broken and mixed encodings, NULs, impossible dates, names of ten megabytes: refused with a reason, or read; in bounded memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import pytest

from cmdb.errors import Invalid
from discovery.reports.message import Headers, read_message
from discovery.reports.privacy import clean, filter_body
from discovery.reports.report import Report
from discovery.reports.values import day
from discovery.reports.wire import MAX_BODY, sniff, unwrap, wrap
from tests.discovery.reports.made import endpoint, glpi, observed, windows_content, xml

MB = 1024 * 1024


def _refused(body: bytes, match: str, limit_mb: int = 200) -> None:
    """Refused with that reason, and never more than `limit_mb` of Python's memory held."""
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match=match) as caught:
            filter_body(body, "corporate")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.field == "body"
    assert len(caught.value.message) < 300
    assert peak < limit_mb * MB, f"{peak / MB:.0f} MB"


def test_a_zlib_bomb() -> None:
    bomb = zlib.compress(b"A" * 50 * MB)
    assert len(bomb) < 60_000
    _refused(bomb, "larger than 16 MB", 40)


def test_a_gzip_bomb() -> None:
    _refused(gzip.compress(b"<" * 50 * MB), "larger than 16 MB", 40)


def test_exactly_the_limit_is_taken() -> None:
    full = b"x" * MAX_BODY
    assert unwrap(zlib.compress(full)) == (full, "zlib")
    assert unwrap(gzip.compress(full, 1)) == (full, "gzip")
    with pytest.raises(Invalid, match="larger"):
        unwrap(zlib.compress(full + b"y"))


def test_a_bomb_inside_a_bomb_is_no_report() -> None:
    _refused(zlib.compress(zlib.compress(b"A" * 10 * MB)), "neither XML nor JSON")


def test_cut_off_damaged_and_followed() -> None:
    packed = zlib.compress(xml("<HARDWARE><NAME>a</NAME></HARDWARE>"))
    _refused(packed[:-5], "cut off")
    _refused(packed[:20] + b"\xff\xff\xff\xff" + packed[24:], "damaged")
    _refused(packed + b"more", "follows the end")
    _refused(gzip.compress(b"{}") * 2, "follows the end")
    _refused(b"", "empty")
    _refused(zlib.compress(b""), "empty")


def test_packing_is_sniffed_not_believed() -> None:
    for level in (1, 6, 9):
        assert sniff(zlib.compress(b"<a/>", level)) == "zlib"
    assert sniff(gzip.compress(b"x")) == "gzip"
    for plain in (b"<?xml ", b"{}", b"x", b"\x78", b"xml"):
        assert sniff(plain) == "plain"
    assert unwrap(wrap(b"abc", "zlib"))[0] == unwrap(wrap(b"abc", "gzip"))[0] == wrap(b"abc", "plain") == b"abc"


def test_entities_and_documents_types() -> None:
    lol = (
        '<!DOCTYPE l [<!ENTITY a "lol">'
        + "".join(f'<!ENTITY {c} "{"&" + p + ";" * 1}">' for p, c in zip("abcdef", "bcdefg", strict=True))
        + "]>"
    )
    _refused(f"<?xml version='1.0'?>{lol}<REQUEST><CONTENT>&g;</CONTENT><QUERY>INVENTORY</QUERY></REQUEST>".encode(), "DTD")
    external = '<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><REQUEST><QUERY>PROLOG</QUERY></REQUEST>'
    _refused(external.encode(), "DTD")
    _refused(external.encode("utf-16"), "DTD")
    _refused(b"<REQUEST><CONTENT>&undefined;</CONTENT><QUERY>INVENTORY</QUERY></REQUEST>", "not well-formed")


def test_broken_xml() -> None:
    good = xml("<HARDWARE><NAME>a</NAME></HARDWARE>")
    _refused(good[:-12], "not well-formed")
    _refused(good.replace(b"</NAME>", b"</SECRET>"), r"\(line 2: tag name mismatch\)\.$")
    _refused(b"<html><body>502</body></html>", "REQUEST")
    _refused(b"<REQUEST><QUERY>INVENTORY</QUERY></REQUEST>", "no CONTENT")
    _refused(b"just words", "neither XML nor JSON")


def test_deep_xml_and_json() -> None:
    _refused(b"<REQUEST><CONTENT>" + b"<A>" * 50_000 + b"</A>" * 50_000 + b"</CONTENT></REQUEST>", "nested too deep")
    _refused(b'{"content":' * 400 + b"1" + b"}" * 400, "deeper|cannot be read")
    _refused(b'{"a":' * 40 + b"1" + b"}" * 40, "deeper than 32")
    _refused(b'{"content":{"x":' + b"[" * 5000 + b"]" * 5000 + b"}}", "cannot be read|deeper")


def test_millions_of_small_things_are_not_parsed() -> None:
    _refused(
        zlib.compress(b"<REQUEST><CONTENT>" + b"<A/>" * (3 * MB) + b"</CONTENT><QUERY>INVENTORY</QUERY></REQUEST>"), "more elements", 60
    )
    _refused(zlib.compress(b"<REQUEST " + b"".join(b'a%d="" ' % i for i in range(600_000)) + b"/>"), "more elements", 60)
    _refused(zlib.compress(b"<REQUEST>" + b"&#65;" * (3 * MB) + b"</REQUEST>"), "more elements", 60)
    _refused(zlib.compress(b'{"content":{"a":[' + b"[]," * (3 * MB) + b"[]]}}"), "more values", 60)
    _refused(zlib.compress(b'{"content":{"a":[' + b"1," * (6 * MB) + b"1]}}"), "more values", 60)


def test_the_largest_report_that_is_taken_stays_in_bounds() -> None:
    row = "<SOFTWARES><NAME>package-{0}</NAME><VERSION>1.2.3-{0}</VERSION><FROM>deb</FROM></SOFTWARES>"
    body = zlib.compress(xml("<HARDWARE><NAME>a</NAME></HARDWARE>" + "".join(row.format(n) for n in range(30_000))))
    tracemalloc.start()
    stored, _ = filter_body(body, "corporate")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(Report.from_bytes(stored).rows("softwares")) == 30_000
    assert peak < 120 * MB, f"{peak / MB:.0f} MB for a report of 30,000 packages"


def test_names_of_ten_megabytes() -> None:
    name = "n" * (10 * MB)
    _refused(zlib.compress(xml(f"<HARDWARE><NAME>{name}</NAME></HARDWARE>")), "longer than ten million")
    _refused(glpi({"hardware": {"name": name}}), "characters long")
    _refused(glpi({"softwares": [{"name": "n" * (2 * MB)}]}), "characters long")
    # Where it would have been dropped anyway it refuses nothing: command lines may be long.
    assert filter_body(glpi({"hardware": {"name": "a"}, "processes": [{"cmd": "n" * (2 * MB)}]}), "corporate")[1] == ["processes"]


def test_long_names_are_cut() -> None:
    software = endpoint(observed(glpi({"hardware": {"name": "a"}, "softwares": [{"name": "n" * 100_000, "version": "1"}]}))).software
    assert software is not None
    assert len(software[0].name) == 500


def test_latin_1_declared() -> None:
    body = xml("<HARDWARE><NAME>b\xfcro-\x80</NAME></HARDWARE>").decode().replace("UTF-8", "ISO-8859-1")
    report = clean(read_message(body.encode("latin-1")), "corporate")
    assert report.one("hardware")["name"] == "büro-€"
    assert not report.notes


def test_declared_latin_1_that_is_utf_8() -> None:
    body = xml("<HARDWARE><NAME>büro</NAME></HARDWARE>").decode().replace("UTF-8", "iso-8859-1")
    report = clean(read_message(body.encode()), "corporate")
    assert report.one("hardware")["name"] == "büro"
    assert any("is UTF-8" in note for note in report.notes)


def test_mixed_encodings() -> None:
    body = xml("<HARDWARE><NAME>b\xfcro</NAME></HARDWARE><SOFTWARES><NAME>R\xc9SUM\xc9</NAME></SOFTWARES>").replace("É".encode(), b"\xc9")
    report = clean(read_message(zlib.compress(body)), "corporate")
    assert report.one("hardware")["name"] == "büro"
    assert report.rows("softwares")[0]["name"] == "RÉSUMÉ"
    assert any("stray bytes" in note for note in report.notes)
    stray = json.dumps({"deviceid": "d", "content": {"hardware": {"name": "X"}}}).encode().replace(b"X", b"b\xfcro")
    assert clean(read_message(stray), "corporate").one("hardware")["name"] == "büro"


def test_utf_16_and_unknown_encodings() -> None:
    body = xml("<HARDWARE><NAME>büro</NAME></HARDWARE>").decode()
    assert clean(read_message(body.encode("utf-16")), "corporate").one("hardware")["name"] == "büro"
    _refused(body.replace("UTF-8", "EUC-JP").encode(), "encoding euc-jp is not supported")
    _refused(body.replace("UTF-8", "zip_codec").encode(), "not supported")
    _refused(b"\xff\xfe\x00", "UTF-16")


def test_nuls_and_control_characters() -> None:
    body = xml("<HARDWARE><NAME>pc\x00-1\x07&#0;&#x1F;&#65;</NAME></HARDWARE><SOFTWARES><NAME>a\u202etxt.exe</NAME></SOFTWARES>")
    report = clean(read_message(body), "corporate")
    assert report.one("hardware")["name"] == "pc-1A"
    assert report.rows("softwares")[0]["name"] == "atxt.exe"
    assert any("NULs" in note for note in report.notes)
    text = json.dumps({"deviceid": "d", "content": {"hardware": {"name": "pc\x00-1\ud800"}}})
    with pytest.raises(Invalid, match="cannot be read"):
        read_message(text.encode())
    escaped = json.dumps({"deviceid": "d", "content": {"hardware": {"name": "pc\x00-1\x07"}}})
    assert clean(read_message(escaped.encode()), "corporate").one("hardware")["name"] == "pc-1"


@pytest.mark.parametrize(
    "time",
    [
        "2022-21-09 05:21:23",
        "1970-00-01 00:00:00",
        "0000-00-00 00:00:00",
        "9999-12-31 23:59:59",
        "2030-01-01 00:00:00",
        "yesterday",
        "2026-02-30 10:00:00",
    ],
)
def test_impossible_times(time: str) -> None:
    system = {"name": "Debian", "kernel_name": "linux", "boot_time": time, "timezone": {"name": "UTC", "offset": "+0000"}}
    observation = observed(glpi({"hardware": {"name": "a"}, "operatingsystem": system}))
    assert "last_boot_at" not in endpoint(observation).attributes
    assert any("boot_time" in c.reason for c in observation.coverage)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-3-5", "2026-03-05"),
        ("20261120.1", "2026-11-20"),
        ("2026-13-1", None),
        ("2026-1-123", None),
        ("202611", None),
    ],
)
def test_days_as_agents_write_them(told: str, expected: str | None) -> None:
    """GLPI's agent copies those of Bitdefender on Linux as they stand."""
    assert day(told) == (expected and f"{expected}T00:00:00.000Z")


@pytest.mark.parametrize("offset", ["", "+20", "+2500", "UTC", None, 3])
def test_a_time_without_a_zone_names_no_instant(offset: object) -> None:
    system = {"name": "Debian", "boot_time": "2026-11-20 10:00:00", "timezone": {"name": "x", "offset": offset}}
    assert "last_boot_at" not in endpoint(observed(glpi({"hardware": {"name": "a"}, "operatingsystem": system}))).attributes


def test_jitter_of_a_second_is_no_change() -> None:
    def boot(second: int) -> object:
        system = {"name": "Debian", "boot_time": f"2026-11-20 10:00:{second:02}", "timezone": {"name": "x", "offset": "+0000"}}
        return endpoint(observed(glpi({"hardware": {"name": "a"}, "operatingsystem": system}))).attributes["last_boot_at"]

    assert boot(10) == boot(11)


@pytest.mark.parametrize(
    "content",
    [
        {"hardware": [[]]},
        {"hardware": "text", "bios": 7, "networks": {"description": "eth0"}, "softwares": {"name": "one"}},
        {"cpus": [{"core": "many", "thread": -3}, {"core": 10**30}, {"core": 1e300}], "hardware": {"name": "a", "memory": -1}},
        {"hardware": {"name": "a", "memory": 10**25}, "storages": [{"name": "sda", "disksize": 10**30}]},
        {
            "networks": [
                {"description": "eth0", "ipaddress": "999.1.1.1", "ipmask": "255.0.255.0", "speed": "fast", "mac": "zz", "mtu": 10**12}
            ]
        },
        {"local_groups": [{"name": "sudo", "members": {"a": 1}}, {"name": "sudo", "members": [1, None, ["x"]]}]},
        {"modems": [{"imei": 356938035643809}], "virtualmachines": [{}], "monitors": [{"serial": True}]},
        {"operatingsystem": {"timezone": [1], "boot_time": {"x": 1}, "name": True}},
    ],
)
def test_wrong_types_are_no_crash(content: dict[str, object]) -> None:
    observed(glpi(content | {"versionclient": "GLPI-Agent_v1.11"}))


def test_what_names_nothing_is_refused() -> None:
    body = json.dumps({"action": "inventory", "content": {"versionclient": "x"}}).encode()
    with pytest.raises(Invalid, match="names nothing"):
        observed(body, headers=Headers())


def test_an_unreadable_store_entry_is_refused() -> None:
    for bad in (
        b"",
        b"{}",
        b"[]",
        b'{"report_format":1}',
        b'{"report_format":2,"product":"x"}',
        b'{"report_format":1,"product":"a","agent":"","wire":"xml","deviceid":"","content":[]}',
    ):
        with pytest.raises(Invalid):
            Report.from_bytes(bad)
    good, _ = filter_body(glpi(windows_content()), "corporate")
    assert Report.from_bytes(good).to_bytes() == good
