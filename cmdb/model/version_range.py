"""Ranges of versions as people write them: `>=3.0.2, <3.0.13`, alternatives with `||`, `3.0.*` for a beginning. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cmdb.errors import Invalid
from cmdb.model import versions

_ONE = re.compile(r"(<=|>=|==|!=|<|>|=)?\s*([^<>=!\s][^<>=]*)")
_TESTS: dict[str, Callable[[versions.Key, versions.Key], bool]] = {
    "<": lambda found, limit: found < limit,
    "<=": lambda found, limit: found <= limit,
    ">": lambda found, limit: found > limit,
    ">=": lambda found, limit: found >= limit,
    "=": lambda found, limit: found == limit,
    "!=": lambda found, limit: found != limit,
}
_MOST = 20


@dataclass(frozen=True, slots=True)
class Range:
    """Alternatives, each of conditions (sign, version) that must all hold; without any, every version is in it."""

    text: str
    alternatives: tuple[tuple[tuple[str, str], ...], ...] = ()

    def holds(self, ecosystem: str, version: str) -> bool | None:
        """Whether the version is in the range, in the order of its ecosystem; None where that order says nothing of it.

        A limit without the packager's revision means the product's own version: `<=3.0.2` holds for `3.0.2-0ubuntu1.15`.
        """
        if not self.alternatives:
            return True
        answers = [_all(ecosystem, version, conditions) for conditions in self.alternatives]
        if True in answers:
            return True
        return None if None in answers else False


def read_range(text: str) -> Range:
    """The range these words mean; empty: every version. Raises Invalid naming `range`."""
    given = text.strip()
    if not given:
        return Range("")
    if len(given) > versions.LONGEST:
        raise Invalid(f"range is longer than {versions.LONGEST} characters.", field="range")
    parts = [[one.strip() for one in part.split(",")] for part in given.split("||")]
    if len(parts) > _MOST or any(len(part) > _MOST for part in parts):
        raise Invalid(f"range has more than {_MOST} conditions; ask in several steps.", field="range")
    return Range(given, tuple(tuple(_condition(one) for one in part) for part in parts))


def _condition(text: str) -> tuple[str, str]:
    found = _ONE.fullmatch(text)
    if found is None or (found[2].endswith("*") and (found[1] not in (None, "=", "==") or not found[2].rstrip("*"))):
        raise Invalid(
            f"range: {text[:60]!r} is no condition; write e.g. >=3.0.2, <3.0.13 or 3.0.* (or || between alternatives).", field="range"
        )
    sign = {"==": "=", None: "="}.get(found[1], found[1])
    return ("*", found[2].rstrip("*")) if found[2].endswith("*") else (str(sign), found[2])


def _all(ecosystem: str, version: str, conditions: tuple[tuple[str, str], ...]) -> bool | None:
    answers = [_one(ecosystem, version, sign, limit) for sign, limit in conditions]
    if False in answers:
        return False
    return None if None in answers else True


def _one(ecosystem: str, version: str, sign: str, limit: str) -> bool | None:
    if sign == "*":
        return version.strip().startswith(limit)
    if sign in ("=", "!=") and version.strip() == limit:
        return sign == "="
    key = versions.key if versions.has_revision(ecosystem, limit) else versions.base_key
    found, bound = key(ecosystem, version), key(ecosystem, limit)
    return None if found is None or bound is None else _TESTS[sign](found, bound)
