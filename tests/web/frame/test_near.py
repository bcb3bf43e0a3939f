"""The sign in which two values differ is found and told; what is not near is left as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.frame.near import differing


@pytest.mark.parametrize(
    ("value", "beside", "marked", "words"),
    [
        ("5CG8123B0K", "5CG8123BOK", ["0"], "0 instead of O at place 9"),
        ("5CG8123BK", "5CG8123BOK", [], "O missing at place 9"),
        ("5CG8123BOKX", "5CG8123BOK", ["X"], "X more at place 11"),
        ("PF1ABCDE", "MXL99887", [], ""),
        ("SAME-12", "SAME-12", [], ""),
        ("A1", "A2", [], ""),
    ],
)
def test_what_differs(value: str, beside: str, marked: list[str], words: str) -> None:
    parts, told = differing(value, [beside])
    assert [part for part, other in parts if other] == marked
    assert told == words


def test_the_nearest_counts() -> None:
    assert differing("ABCDEF1", ["QQQQQQQ", "ABCDEF2"])[1] == "1 instead of 2 at place 7"


@given(st.text(max_size=90), st.lists(st.text(max_size=90), max_size=4))
def test_nothing_of_the_value_is_lost(value: str, beside: list[str]) -> None:
    parts, words = differing(value, beside)
    assert "".join(part for part, _ in parts) == value
    assert bool(words) or not any(marked for _, marked in parts)
