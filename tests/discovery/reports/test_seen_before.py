"""Rows that were seen before come out of memory: the same bytes, for every ownership, as if each report were read alone."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.report_parse import made_json, made_xml
from cmdb.errors import Invalid
from discovery.reports import cut, memory, site_privacy
from discovery.reports.message import Message, read_message
from discovery.reports.privacy import clean, filter_body, rules_for
from discovery.reports.report import Report
from discovery.reports.site_privacy import Drop

CLASSES = ("corporate", "loaned", "personal", "")
KEY = b"k" * 32
HEAD = "<REQUEST><DEVICEID>d</DEVICEID><QUERY>INVENTORY</QUERY><CONTENT><HARDWARE><NAME>pc</NAME></HARDWARE>"
TAIL = "<BIOS><SSN>S1</SSN></BIOS></CONTENT></REQUEST>"


def _row(number: int, more: str = "") -> str:
    return f"<SOFTWARES><NAME>CrowdStrike {number}</NAME><VERSION>{number}.0</VERSION><FILESIZE>{number}</FILESIZE>{more}</SOFTWARES>\n"


def _body(rows: list[str], head: str = HEAD, tail: str = TAIL) -> bytes:
    return (head + "".join(rows) + tail).encode()


def _whole(body: bytes, ownership: str, monkeypatch: pytest.MonkeyPatch) -> bytes | str:
    """The stored bytes by the long way: everything parsed, nothing remembered; or the reason of the refusal."""
    with monkeypatch.context() as patched:
        patched.setattr("discovery.reports.message.cut_software", lambda *_: None)
        patched.setattr("discovery.reports.privacy.is_long", lambda _: False)
        return _told(body, ownership)


def _told(body: bytes, ownership: str) -> bytes | str:
    try:
        return filter_body(body, ownership, key=KEY)[0]
    except Invalid as error:
        return error.message


def _same(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    for ownership in CLASSES:
        expected = _whole(body, ownership, monkeypatch)
        for _ in range(2):
            assert _told(body, ownership) == expected


@pytest.fixture(autouse=True)
def _afresh() -> None:
    memory.forget_all()


_PIECES = st.sampled_from(
    [
        _row(1),
        _row(2, "<PUBLISHER>A &amp; B</PUBLISHER>"),
        _row(3, "<USERNAME>mallory</USERNAME><UNKNOWN>x</UNKNOWN>"),
        _row(4, "<NAME>again</NAME>"),
        _row(5, "<COMMENTS>ü\u2028&#0;&#65;</COMMENTS>"),
        _row(6, "<FROM><A>deep</A></FROM>"),
        _row(7, "<FROM/>text"),
        _row(8, "<!-- a comment </SOFTWARES><SOFTWARES> -->"),
        _row(9, "<NAME><![CDATA[</SOFTWARES>]]></NAME>"),
        _row(10, "</SOFTWARES ><SOFTWARES a='1'>"),
        _row(11, "<SOFTWARES><NAME>inner</NAME></SOFTWARES>"),
        _row(12, "<VERSION>"),
        _row(13, "&nothing;"),
        _row(14, "<x:NAME>y</x:NAME>"),
        _row(15, "]]>"),
        "<SOFTWARES/>",
        "<softwares><NAME>lower</NAME></softwares>",
        "<SOFTWARE><NAME>short</NAME></SOFTWARE>",
        "<SOFTWARES NAME='a'><NAME>attribute</NAME></SOFTWARES>",
        "<DRIVES><LETTER>C:</LETTER></DRIVES>",
        "stray text",
        "</CONTENT><CONTENT>",
    ]
)


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(_PIECES, max_size=6), places=st.lists(st.integers(0, 40), min_size=6, max_size=6), other=st.lists(_PIECES, max_size=2))
def test_every_body_gives_the_bytes_or_the_refusal_of_the_long_way(rows: list[str], places: list[int], other: list[str]) -> None:
    usual = [_row(n) for n in range(100, 140)]
    for place, row in zip(places, rows, strict=False):
        usual.insert(place, row)
    with pytest.MonkeyPatch.context() as monkeypatch:
        _same(_body(usual), monkeypatch)
        _same(_body(usual, HEAD + "".join(other)), monkeypatch)
        _same(_body(usual, tail="".join(other) + TAIL), monkeypatch)


_VALUE = st.one_of(st.text(max_size=20), st.integers(-5, 5), st.booleans(), st.none(), st.lists(st.text(max_size=3), max_size=2))
_FIELD = st.sampled_from(["name", "NAME", "version", "arch", "architecture", "username", "guid", "from", "publisher", "unheard_of"])


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.dictionaries(_FIELD, _VALUE, max_size=5), max_size=12), twice=st.booleans())
def test_json_gives_the_bytes_of_the_long_way(rows: list[dict[str, object]], twice: bool) -> None:
    usual = [*rows, *({"name": f"Sophos {n}", "version": str(n), "install_date": "2026-01-01"} for n in range(40))]
    content: dict[str, object] = {"softwares": usual, "hardware": {"name": "pc"}}
    if twice:
        content |= {"SOFTWARE": rows, "software": usual[::-1]}
    body = orjson.dumps({"action": "inventory", "deviceid": "d", "content": content})
    with pytest.MonkeyPatch.context() as monkeypatch:
        _same(body, monkeypatch)


_PROCESSES = st.sampled_from(
    [
        "<PROCESSES><CMD>sshd -D</CMD><PID>1</PID></PROCESSES>\n",
        "<PROCESSES>\n <CMD>a &lt;b&gt; &amp;&amp; c</CMD>\n</PROCESSES>",
        "<PROCESSES><CMD>ü \x02\u2028</CMD></PROCESSES>",
        "<PROCESSES/>",
        "<PROCESSES></PROCESSES>",
        "<PROCESSES A='1'><CMD>x</CMD></PROCESSES>",
        "<PROCESSES><CMD><PROCESSES>inner</PROCESSES></CMD></PROCESSES>",
        "<PROCESSES><CMD>why?</CMD><USER>me!</USER></PROCESSES>",
        "<PROCESSES><CMD><![CDATA[</PROCESSES><BIOS><SSN>S2</SSN></BIOS><PROCESSES>]]></CMD></PROCESSES>",
        "<PROCESSES><!-- </PROCESSES><BIOS><SSN>S3</SSN></BIOS><PROCESSES> --></PROCESSES>",
        "<PROCESSES><CMD>not closed</PROCESSES>",
        "<PROCESSES><CMD>a && b</CMD></PROCESSES>",
        "<DRIVES><LETTER>C:</LETTER></DRIVES>",
        "<processes><CMD>x</CMD></processes>",
        "text between",
    ]
)


@settings(max_examples=120, deadline=None)
@given(before=st.lists(_PROCESSES, max_size=5), after=st.lists(_PROCESSES, max_size=5))
def test_processes_are_not_read_and_all_else_is_as_by_the_long_way(before: list[str], after: list[str]) -> None:
    body = _body([_row(n) for n in range(100, 140)], HEAD + "".join(before), "".join(after) + TAIL)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for ownership in CLASSES:
            expected = _whole(body, ownership, monkeypatch)
            for _ in range(2):
                found = _told(body, ownership)
                # What is wrong inside a process alone is not looked at; nothing of it comes in.
                assert found == expected or (isinstance(expected, str) and isinstance(found, bytes) and b"&&" not in found)


@pytest.mark.parametrize("ownership", CLASSES)
def test_what_is_not_read_nobody_keeps(ownership: str) -> None:
    assert cut._UNREAD.decode().lower() == "processes"
    assert rules_for(ownership).sections["processes"].keep == {}


def test_processes_are_cut_out_and_noted_as_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    monkeypatch.setattr("discovery.reports.message.read_xml", _noting(sizes))
    body = made_xml()
    report = clean(read_message(body), "corporate")
    assert sizes == [sizes[0]]
    assert sizes[0] < len(body) / 100
    assert "processes" in report.dropped
    assert "processes" in report.present


def test_bytes_that_need_cleaning_come_to_the_same_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [_row(n) for n in range(60)]
    for spoilt in (b"\x00", b"\x07", b"\xff", b"\xef\xbf\xbe", "é".encode("cp1252"), "é".encode()):
        for place in (b"<NAME>pc", b"<NAME>CrowdStrike 30", b"<SSN>S"):
            for declared in (
                b"",
                b"<?xml version='1.0' encoding='UTF-8'?>\n",
                b"<?xml version='1.0' encoding='iso-8859-1'?>",
                b"\xef\xbb\xbf",
            ):
                body = declared + _body(rows).replace(place, place + spoilt, 1)
                _same(body, monkeypatch)
                assert read_message(body).notes == _long_way(body, monkeypatch).notes


def test_the_hash_of_a_report_with_its_own_time_is_that_of_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    body = _body([_row(n) for n in range(60)], tail="<ACCESSLOG><LOGDATE>2026-11-23 08:00:00</LOGDATE></ACCESSLOG>" + TAIL)
    found = read_message(body)
    assert found.software is not None
    assert found.once == _long_way(body, monkeypatch).once != ""
    assert read_message(body.replace(b"Strike 30<", b"Strike 3O<")).once != found.once


def _long_way(body: bytes, monkeypatch: pytest.MonkeyPatch) -> Message:
    with monkeypatch.context() as patched:
        patched.setattr("discovery.reports.message.cut_software", lambda *_: None)
        return read_message(body)


@pytest.mark.parametrize("body", [made_xml(), made_json()], ids=["xml", "json"])
def test_one_package_updated_of_many_is_the_only_row_that_is_read(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    of_xml, of_json = cut.XmlList.fields, cut.JsonList.fields

    def counted(of: Callable[..., list[cut.Fields]]) -> Callable[..., list[cut.Fields]]:
        def noted(self: object, places: list[int]) -> list[cut.Fields]:
            read.append(len(places))
            return of(self, places)

        return noted

    monkeypatch.setattr(cut.XmlList, "fields", counted(of_xml))
    monkeypatch.setattr(cut.JsonList, "fields", counted(of_json))
    for sent in (body, _of_another(body), body.replace(b"2.36.17-9", b"2.36.17-10")):
        assert filter_body(sent, "corporate")[0] == _whole(sent, "corporate", monkeypatch)
    assert read == [904, 1]


def test_the_list_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    body = made_xml()
    filter_body(body, "corporate")
    sizes: list[int] = []
    monkeypatch.setattr("discovery.reports.message.read_xml", _noting(sizes))
    monkeypatch.setattr("discovery.reports.cut.read_xml", _noting(sizes))
    filter_body(_of_another(body), "corporate")
    assert len(sizes) == 1
    assert sizes[0] < len(body) / 4


def _of_another(body: bytes) -> bytes:
    return body.replace(b">bench-1<", b">bench-2<").replace(b'"bench-1"', b'"bench-2"')


def _noting(sizes: list[int]) -> Callable[[bytes], object]:
    from discovery.reports.xmltree import read_xml

    def noted(data: bytes) -> object:
        sizes.append(len(data))
        return read_xml(data)

    return noted


def test_what_one_class_keeps_does_not_come_out_under_another(monkeypatch: pytest.MonkeyPatch) -> None:
    body = _body([*(f"<SOFTWARES><NAME>private {n}</NAME></SOFTWARES>" for n in range(50)), _row(1)])
    assert len(Report.from_bytes(filter_body(body, "corporate")[0]).rows("softwares")) == 51
    personal = Report.from_bytes(filter_body(body, "personal")[0])
    assert [row["name"] for row in personal.rows("softwares")] == ["CrowdStrike 1"]
    assert personal.counts == {"softwares": 51}
    site_privacy.use([Drop("softwares", frozenset({"name"}), frozenset({"corporate"}))])
    try:
        tightened = filter_body(body, "corporate")[0]
        assert tightened == _whole(body, "corporate", monkeypatch)
        assert b"private" not in tightened
    finally:
        site_privacy.use(())


def test_memory_holds_nothing_that_was_filtered_out() -> None:
    rows = [f"<SOFTWARES><NAME>secret-name-{n}</NAME><USERNAME>secret-user-{n}</USERNAME></SOFTWARES>" for n in range(40)]
    filter_body(_body(rows), "personal", key=KEY)
    kept = memory.memory_of("xml", ("personal", (), KEY))
    assert len(kept._rows._young) == 40
    assert "secret" not in repr([*kept._rows._young.items(), *kept._lists._young.items()])


def test_memory_is_bounded() -> None:
    cache: memory.Generations[bytes] = memory.Generations(100, len)
    for number in range(1000):
        cache.put(str(number).encode(), b"x" * 10)
        assert cache.get(b"0") is not None, "what is asked for stays"
    assert len(cache._young) + len(cache._old) <= 20
    assert cache.get(b"500") is None


def test_a_packed_body_comes_to_the_same() -> None:
    body = made_xml()
    assert filter_body(zlib.compress(body), "corporate") == filter_body(body, "corporate")
    message = read_message(body)
    assert message.software is not None
    assert clean(message, "corporate").rows("softwares")[0]["name"] == "lib-of-the-bench-0"
