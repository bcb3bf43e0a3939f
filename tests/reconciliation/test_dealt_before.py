"""Rows and lists of software that were made sense of before: the same out of memory as for the first time."""

from __future__ import annotations

import hashlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.observation import Identifier, Item, Observation, Software, Source
from cmdb.model.times import from_text
from discovery.reports.report import Report
from discovery.reports.sections import software as section
from discovery.reports.sight import Sight
from reconciliation import software
from reconciliation.repeats import digest

_WORDS = st.sampled_from(["a", "b:amd64", "1", "", "https://x", "deb", "ü"])
_VALUES = st.one_of(_WORDS, st.sampled_from([1, 1.0, True, False, 0, None, ["a"], {"a": 1}]))
_ROWS = st.lists(st.dictionaries(st.sampled_from(["name", "version", "arch", "from", "publisher"]), _VALUES), max_size=8)
_SOFTWARE = st.builds(Software, _WORDS.filter(bool), _WORDS, _WORDS, _WORDS, _WORDS)


def _read(rows: list[dict[str, Any]]) -> tuple[Software, ...] | None:
    sight = Sight(Report("glpi", "GLPI-Agent", "json", "d", content={"softwares": rows}), "laptop", "2026-01-01T00:00:00.000Z")
    section.read(sight)
    return sight.software


@settings(max_examples=150, deadline=None)
@given(st.lists(_ROWS, min_size=1, max_size=4))
def test_a_row_means_the_same_whatever_was_read_before(lists: list[list[dict[str, Any]]]) -> None:
    warm = [_read(rows) for rows in lists]
    for rows, found in zip(lists, warm, strict=True):
        section._made.cache_clear()
        assert _read(rows) == found


def test_what_only_looks_alike_is_not_the_same() -> None:
    assert _read([{"name": 1}, {"name": True}, {"name": "1"}, {"name": 1.0}]) == (Software("1"), Software("1.0"))


def _dealt_plainly(listed: tuple[Software, ...]) -> dict[str, list[str]]:
    buckets: dict[int, set[str]] = {}
    for one in listed:
        buckets.setdefault(hashlib.blake2b(one.name.encode(), digest_size=2).digest()[0] % software.BUCKETS, set()).add(
            f"{one.ecosystem}|{one.name}|{one.version}|{one.arch}|{one.publisher}"
        )
    return {f"{n:02d}-{hashlib.sha256(chr(10).join(sorted(keys)).encode()).hexdigest()[:40]}": sorted(keys) for n, keys in buckets.items()}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(_SOFTWARE, max_size=12), min_size=1, max_size=60))
def test_a_list_is_dealt_as_if_it_were_the_first(lists: list[list[Software]]) -> None:
    """More lists than are remembered, so that ids of lists that are gone come up again."""
    for _ in range(2):
        for given_list in lists:
            listed = tuple(given_list)
            for _ in range(2):
                assert {key: [row["key"] for row in rows] for key, rows in software.chunks(listed).items()} == _dealt_plainly(listed)
    assert len(software._lists) <= software.LISTS


@settings(max_examples=100, deadline=None)
@given(st.lists(_SOFTWARE, max_size=6), st.lists(_SOFTWARE, max_size=6))
def test_lists_have_one_digest_only_where_they_are_kept_alike(mine: list[Software], other: list[Software]) -> None:
    def said(listed: list[Software]) -> str:
        item = Item("d", "laptop", (Identifier("serial", "S1"),), software=tuple(listed))
        return digest(Observation("o", Source("agent", "glpi"), from_text("2026-01-01T00:00:00Z"), (item,)))

    assert (said(mine) == said(other)) == (_dealt_plainly(tuple(mine)) == _dealt_plainly(tuple(other)))
    assert said([]) != said([Software("a")])
