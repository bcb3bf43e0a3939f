"""What can be named as a target, what cannot and how it is said, and that nothing is expanded or looked at twice."""

from __future__ import annotations

import ipaddress
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from discovery.intervals import Interval, Intervals
from discovery.targets import Target, parse_targets


def hosts(given_: str | list[str], **more: object) -> list[str]:
    """The targets as text."""
    return [str(target) for target in parse_targets(given_, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("10.1.0.7", ["10.1.0.7"]),
        ("10.1.0.8/30", ["10.1.0.9", "10.1.0.10"]),
        ("10.1.0.9/30", ["10.1.0.9", "10.1.0.10"]),
        ("10.1.0.8/31", ["10.1.0.8", "10.1.0.9"]),
        ("10.1.0.8/32", ["10.1.0.8"]),
        ("10.1.0.254-10.1.1.1", ["10.1.0.254", "10.1.0.255", "10.1.1.0", "10.1.1.1"]),
        ("10.1.0.1-3", ["10.1.0.1", "10.1.0.2", "10.1.0.3"]),
        ("DB1.Example.org.", ["db1.example.org"]),
        ("10-1-0-1.example.org", ["10-1-0-1.example.org"]),
        ("db1:2222", ["db1:2222"]),
        ("2001:DB8::5", ["2001:db8::5"]),
        ("[2001:db8::5]:2222", ["[2001:db8::5]:2222"]),
        ("2001:db8::8/126", ["2001:db8::9", "2001:db8::a", "2001:db8::b"]),
        ("2001:db8::1-2001:db8::2", ["2001:db8::1", "2001:db8::2"]),
    ],
)
def test_every_form(word: str, found: list[str]) -> None:
    assert hosts(word) == found


def test_doubles_and_exclusions_go_and_the_order_stays() -> None:
    words = "web1, 10.0.0.5 10.0.0.1-6;10.0.0.5 web1 WEB1"
    assert hosts(words) == ["web1", "10.0.0.5", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.6"]
    assert hosts(words, exclude="10.0.0.2-4 web1") == ["10.0.0.5", "10.0.0.1", "10.0.0.6"]
    assert hosts("10.0.0.9:22 web1:22 web2", exclude=["10.0.0.0/24", "web1"]) == ["web2"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("10.1.0.300", r"'10.1.0.300': not an address; each of the four numbers"),
        ("10.1.0.0/40", r"'10.1.0.0/40': not a network; write it like"),
        ("10.1.0.9-10.1.0.2", r"'10.1.0.9-10.1.0.2': the range ends before it begins; turn it round"),
        ("10.1.0.9-2", "ends before it begins"),
        ("10.1.0.1-999", r"'999' is no end of a range"),
        ("10.1.0.1-2001:db8::1", "no end of a range"),
        ("10.1.0-10.2.0", "10.1.0 is not an address"),
        ("db_1!", "neither an address, nor a network, nor a range, nor a host name"),
        ("-web", "neither an address"),
        ("bücher.example", "xn-- form"),
        ("db1:0", "'0' is not a port"),
        ("db1:ssh", "'ssh' is not a port"),
        ("[10.0.0.1]:22", "only an IPv6 address stands in brackets"),
        ("x" * 400, "longer than any address"),
        ("", "name at least one target"),
        ("@/etc/passwd", "files can only be named on the command line"),
    ],
)
def test_what_is_wrong_is_named_with_the_fix(word: str, message: str) -> None:
    with pytest.raises(Invalid, match=message) as caught:
        parse_targets(word)
    assert caught.value.field == "targets"


def test_a_wrong_exclusion_is_an_error_of_the_exclusions() -> None:
    with pytest.raises(Invalid) as caught:
        parse_targets("10.0.0.1", exclude="10.0.0.500")
    assert caught.value.field == "exclude"


def test_too_many_are_counted_not_expanded() -> None:
    started = time.monotonic()
    with pytest.raises(
        Invalid, match=r"2001:db8::1-\S+ brings the scan to 18,446,744,073,709,551,615 targets; the most for one scan is 65,536"
    ):
        parse_targets("2001:db8::/64")
    assert time.monotonic() - started < 1
    assert len(parse_targets("10.0.0.0/8", limit=2**24)) == 2**24 - 2
    assert next(iter(parse_targets("10.0.0.0/8", limit=2**24))) == Target("10.0.0.1")


def test_files_with_comments(tmp_path: Path) -> None:
    listing = tmp_path / "hosts.txt"
    listing.write_text("# lab\n10.0.0.1, 10.0.0.2 # two\n\nweb1\n")
    assert hosts(f"@{listing}", files=True) == ["10.0.0.1", "10.0.0.2", "web1"]
    listing.write_text("10.0.0.1\n10.0.0.999\n")
    with pytest.raises(Invalid, match=r"hosts.txt line 2: '10.0.0.999': not an address"):
        parse_targets(f"@{listing}", files=True)
    listing.write_text("@/etc/passwd\n")
    with pytest.raises(Invalid, match="line 1"):
        parse_targets(f"@{listing}", files=True)
    with pytest.raises(Invalid, match="cannot be read"):
        parse_targets(f"@{tmp_path}/none", files=True)


def test_targets_can_be_read_twice() -> None:
    targets = parse_targets("10.0.0.1-3 web1")
    assert list(targets) == list(targets)
    assert len(targets) == 4


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)), max_size=20))
def test_intervals_are_sets(pairs: list[tuple[int, int]]) -> None:
    intervals, seen = Intervals(), set[int]()
    for first, more in pairs:
        new = set(range(first, first + more + 1))
        told = [number for one in intervals.add(Interval(4, first, first + more)) for number in range(one.first, one.last + 1)]
        assert told == sorted(new - seen)
        seen |= new
    for number in range(80):
        assert (ipaddress.IPv4Address(number) in intervals) is (number in seen)


@given(st.text(max_size=40))
def test_any_text_gives_targets_or_invalid(text: str) -> None:
    try:
        assert len(parse_targets(text)) > 0
    except Invalid as error:
        assert error.field == "targets"  # noqa: PT017
