"""The evaluator: Kleene's tables, against a naive reading of them, and each doubt about a fact."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.compliance.pattern import matches
from cmdb.compliance.truth import Fact, Moment, compiled

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FRESH = "2026-11-22T00:00:00.000Z"
OLD = "2026-10-01T00:00:00.000Z"
LIMIT = "2026-11-15T12:00:00.000Z"
MOMENT = Moment(NOW, timedelta(days=7))
NAMES = ("disk.encrypted", "firewall.enabled", "antimalware.present", "antimalware.enabled")

facts = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        st.sampled_from(["refused", "conflict"]),
        st.builds(Fact, st.booleans(), st.sampled_from([FRESH, OLD]), st.just("agent:x")),
        st.builds(lambda v: Fact(v, FRESH, "a", ((not v, FRESH, "b"),)), st.booleans()),
    ),
)
OPERATORS = st.sampled_from(["eq", "ne"])
leaves = st.builds(lambda op, name, value: {op: {"fact": name, "value": value}}, OPERATORS, st.sampled_from(NAMES), st.booleans())
predicates = st.recursive(
    leaves | st.builds(lambda name: {"known": name}, st.sampled_from(NAMES)),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=4)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=12,
)


def _naive(node: dict[str, Any], given_facts: dict[str, Any]) -> float:
    """1 true, 0 false, 0.5 unknown: and is min, or is max, not is 1 - x (Łukasiewicz's reading of Kleene's strong logic)."""
    ((operator, operand),) = node.items()
    if operator == "all":
        return min(_naive(part, given_facts) for part in operand)
    if operator == "any":
        return max(_naive(part, given_facts) for part in operand)
    if operator == "not":
        return 1 - _naive(operand, given_facts)
    name = operand if operator == "known" else operand["fact"]
    fact = given_facts.get(name)
    usable = isinstance(fact, Fact) and fact.at == FRESH and all(v == fact.value for v, at, _ in fact.others if at >= LIMIT)
    if operator == "known":
        return float(usable)
    if not usable:
        return 0.5
    assert isinstance(fact, Fact)
    return float((fact.value == operand["value"]) == (operator == "eq"))


@given(predicates, facts)
def test_it_agrees_with_the_tables(node: dict[str, Any], given_facts: dict[str, Any]) -> None:
    found = compiled(node, MOMENT)(given_facts)
    assert (float(found) if isinstance(found, bool) else 0.5) == _naive(node, given_facts)
    assert isinstance(found, bool) or found


@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=12))
def test_patterns_match_as_regular_expressions_would(pattern: str, text: str) -> None:
    assert matches(text, pattern) == bool(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text))


def test_a_pattern_cannot_run_away() -> None:
    start = time.perf_counter()
    assert not matches("a" * 100_000, "*a" * 99 + "*b")
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (None, "never_reported"),
        ("refused", "refused"),
        (Fact(True, OLD, "a"), "stale"),
        (Fact(True, FRESH, "a", ((False, FRESH, "b"),)), "conflict"),
        (Fact(True, FRESH, "a", ((False, OLD, "b"),)), True),
        (Fact(True, FRESH, "a", ((True, FRESH, "b"),)), True),
        (Fact(1, FRESH, "a"), False),
    ],
)
def test_doubts(fact: Fact | str | None, said: bool | str) -> None:
    """An old contradiction does not count; 1 is not yes."""
    given_facts = {} if fact is None else {"disk.encrypted": fact}
    assert compiled({"eq": {"fact": "disk.encrypted", "value": True}}, MOMENT)(given_facts) == said
    assert type(compiled({"eq": {"fact": "disk.encrypted", "value": True}}, MOMENT)(given_facts)) is type(said)


@pytest.mark.parametrize(
    ("node", "value", "said"),
    [
        ({"version_ge": {"fact": "os.version", "value": "10.9"}}, "10.10", True),
        ({"version_lt": {"fact": "os.version", "value": "10.9"}}, "10.9.0", False),
        ({"version_ge": {"fact": "os.version", "value": "10.9"}}, "22H2", "implausible"),
        ({"in": {"fact": "os.version", "value": ["12", "13"]}}, "13", True),
        ({"exists": "os.version"}, None, False),
        ({"age_lt": {"fact": "os.version", "age": timedelta(days=7)}}, "2026-11-16T00:00:00.000Z", True),
        ({"age_lt": {"fact": "os.version", "age": timedelta(days=7)}}, "2026-11-14T00:00:00.000Z", False),
        ({"age_lt": {"fact": "os.version", "age": timedelta(days=7)}}, "2031-01-01T00:00:00.000Z", "implausible"),
        ({"not_past": "os.version"}, "2026-11-22", True),
        ({"not_past": "os.version"}, "2026-11-21", False),
        ({"lt": {"fact": "os.version", "value": 3}}, "2", "implausible"),
        ({"not_past": {"fact": "os.version", "ahead": timedelta(days=60)}}, "2026-12-31", False),
        ({"matches": {"fact": "os.version", "value": "win*11*pro"}}, "Windows 11 Pro", True),
        ({"matches": {"fact": "os.version", "value": "(a+)+$"}}, "a" * 900, False),
        ({"matches": {"fact": "os.version", "value": "x*"}}, 3, "implausible"),
        ({"empty": "os.version"}, (), True),
        ({"empty": "os.version"}, "text", "implausible"),
        ({"count_le": {"fact": "os.version", "value": 1}}, ("a", "b"), False),
        ({"some": {"fact": "os.version", "matches": "any*"}}, ("x", "AnyDesk"), True),
        ({"some": {"fact": "os.version", "eq": "y"}}, (), False),
        ({"every": {"fact": "os.version", "in": ["a", "b"]}}, ("a", "b"), True),
        ({"every": {"fact": "os.version", "lt": 3}}, (1, "two"), "implausible"),
        ({"every": {"fact": "os.version", "lt": 3}}, ("two", 5), False),
    ],
)
def test_operators(node: dict[str, Any], value: Any, said: bool | str) -> None:
    assert compiled(node, MOMENT)({"os.version": Fact(value, FRESH, "a")}) == said
