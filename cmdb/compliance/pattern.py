"""Patterns of policies and lists: `*` stands for anything, every other sign for itself. Matched in time linear to text times pattern.

A site's policy is somebody's text: a regular expression could be made to run for hours, this cannot.
"""

from __future__ import annotations

LONGEST_PATTERN = 200
LONGEST_TEXT = 1000


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text (without case, its first 1,000 signs) is like the pattern."""
    text, pattern = text[:LONGEST_TEXT].lower(), pattern[:LONGEST_PATTERN].lower()
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
