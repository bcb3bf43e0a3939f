"""Two values that are nearly the same: which signs differ, for the eye, and in words for who cannot see a mark."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

_SHORTEST = 5
_LONGEST = 80
_MOST = 3


def differing(value: str, beside: Sequence[str]) -> tuple[list[tuple[str, bool]], str]:
    """`value` in parts (text, whether it differs) against the nearest of `beside`, and the difference in words.

    One unmarked part and no words where nothing beside it is near: at most three signs differ, in values of 5 to 80 signs.
    """
    plain: tuple[list[tuple[str, bool]], str] = ([(value, False)], "")
    near = [other for other in beside if other != value and all(_SHORTEST <= len(one) <= _LONGEST for one in (value, other))]
    if not near:
        return plain
    _, other = min((_apart(value, other), other) for other in near)
    changes = [(tag, other[i:j], value[k:m], k) for tag, i, j, k, m in SequenceMatcher(None, other, value, autojunk=False).get_opcodes()]
    if not 1 <= _apart(value, other) <= _MOST:
        return plain
    parts = [(here, tag != "equal") for tag, _, here, _ in changes if here]
    return parts, "; ".join(_words(there, here, place + 1) for tag, there, here, place in changes if tag != "equal")


def _apart(value: str, other: str) -> int:
    codes = SequenceMatcher(None, other, value, autojunk=False).get_opcodes()
    return sum(max(j - i, m - k) for tag, i, j, k, m in codes if tag != "equal")


def _words(there: str, here: str, place: int) -> str:
    if not there:
        return f"{here} more at place {place}"
    return f"{here} instead of {there} at place {place}" if here else f"{there} missing at place {place}"
