"""Three-valued predicates (Kleene) compiled to closures: true, false, or unknown with the reason why. Pure; no code comes from data.

`Truth` is a bool, or the reason of an unknown as text. false AND unknown is false, true OR unknown is true, NOT unknown is unknown: so a
missing fact can never make a policy pass by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from cmdb.compliance.pattern import matches
from cmdb.model.observation import Value
from cmdb.model.times import to_text

Truth: TypeAlias = bool | str

NEVER = "never_reported"
STALE = "stale"
CONFLICT = "conflict"
CANNOT_TELL = "source_cannot_tell"
IMPLAUSIBLE = "implausible"
STALE_REFERENCE = "reference_stale"
EDITION_UNKNOWN = "edition_unknown"
REASONS: Mapping[str, str] = {
    NEVER: "nothing has ever reported this",
    STALE: "what was reported is too old to count",
    CONFLICT: "two live sources contradict each other",
    CANNOT_TELL: "no source that reports can tell, or none vouches for it any more",
    IMPLAUSIBLE: "the value reported cannot be right",
    "section_absent": "the report came without this part",
    "refused": "the look was not permitted",
    "failed": "the look failed",
    "dropped_by_privacy": "not kept for a personal device",
    "not_in_reference": "the reference data does not know this product",
    "end_not_announced": "its maker has announced no end of security updates, and the reference data proves none",
    EDITION_UNKNOWN: "how long it gets updates depends on its edition, which nobody has told",
    STALE_REFERENCE: "the reference data is older than the site allows",
    "query_failed": "the query that would tell has failed on the endpoint",
    "wrong_content": "the check was made for another system and ran no rule",
}
"""Why something is unknown, for people."""


def reason_words(reason: str) -> str:
    """A reason as people read it, on pages, in files and in a terminal; what is no reason of these stays as it is."""
    return REASONS.get(reason, reason)


_CLOCK_SLACK = timedelta(days=1)


class Fact(NamedTuple):
    """A known value: when it was so (ISO text), who said it, and what other live sources said (value, at, source)."""

    value: Value
    at: str
    source: str
    others: tuple[tuple[Value, str, str], ...] = ()


Facts: TypeAlias = Mapping[str, Fact | str]
"""By name: a fact, or the reason why there is none. A name that is not there has never been reported."""
Predicate: TypeAlias = Callable[[Facts], Truth]


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of an evaluation and how old facts may be (None: any age). `ageless` facts do not go stale: they are kept here."""

    now: datetime
    fresh: timedelta | None = None
    ageless: tuple[str, ...] = ("asset.", "agent.", "network.", "software.required_list")

    def limit(self, name: str) -> str:
        """Facts from before this text are stale; empty: none is."""
        return "" if self.fresh is None or name.startswith(self.ageless) else to_text(self.now - self.fresh)

    def before(self, age: timedelta) -> str:
        """The time that long ago."""
        return to_text(self.now - age)


def doubt(fact: Fact | str | None, limit: str) -> str:
    """Why a fact cannot be used; empty: it can."""
    if not isinstance(fact, Fact):
        return fact or NEVER
    if fact.at < limit:
        return STALE
    if fact.others:
        for value, at, _ in fact.others:
            if at >= limit and value != fact.value:
                return CONFLICT
    return ""


def _leaf(name: str, limit: str, test: Callable[[Any], Truth]) -> Predicate:
    def leaf(facts: Facts) -> Truth:
        fact = facts.get(name)
        why = doubt(fact, limit)
        return why or test(fact.value)  # type: ignore[union-attr]

    return leaf


def _known(name: str, limit: str) -> Predicate:
    return lambda facts: not doubt(facts.get(name), limit)


def _all(parts: tuple[Predicate, ...]) -> Predicate:
    def every(facts: Facts) -> Truth:
        unknown: Truth = True
        for part in parts:
            found = part(facts)
            if found is False:
                return False
            if found is not True and unknown is True:
                unknown = found
        return unknown

    return every


def _any(parts: tuple[Predicate, ...]) -> Predicate:
    def some(facts: Facts) -> Truth:
        unknown: Truth = False
        for part in parts:
            found = part(facts)
            if found is True:
                return True
            if found is not False and unknown is False:
                unknown = found
        return unknown

    return some


def _not(part: Predicate) -> Predicate:
    def inverse(facts: Facts) -> Truth:
        found = part(facts)
        return (not found) if isinstance(found, bool) else found

    return inverse


def _same(wanted: Value) -> Callable[[Any], Truth]:
    return lambda value: value.__class__ is wanted.__class__ and value == wanted


def _numeric(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(wanted: Any, holds: Callable[[Any, Any], bool]) -> Callable[[Any], Truth]:
    def test(value: Any) -> Truth:
        alike = (_numeric(value) and _numeric(wanted)) or (isinstance(value, str) and isinstance(wanted, str))
        return holds(value, wanted) if alike else IMPLAUSIBLE

    return test


def version_key(text: object) -> tuple[int, ...] | None:
    """`10.0.22631` as numbers without trailing zeros; None for what is no dotted number."""
    parts = str(text).strip().split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts) or len(parts) > 8:
        return None
    numbers = [int(part) for part in parts]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _version(wanted: object, holds: Callable[[Any, Any], bool]) -> Callable[[Any], Truth]:
    limit = version_key(wanted)

    def test(value: Any) -> Truth:
        found = version_key(value)
        return IMPLAUSIBLE if found is None or limit is None else holds(found, limit)

    return test


def _age_lt(moment: Moment, age: timedelta) -> Callable[[Any], Truth]:
    limit, future = moment.before(age), moment.before(-_CLOCK_SLACK)

    def test(value: Any) -> Truth:
        if not isinstance(value, str) or value > future:
            return IMPLAUSIBLE
        return value > limit

    return test


def _not_past(moment: Moment, ahead: timedelta | None = None) -> Callable[[Any], Truth]:
    """A day that is not past. Of two days of which one counts (`first/last`) both must agree."""
    day = to_text(moment.now + (ahead or timedelta()))[:10]

    def test(value: Any) -> Truth:
        if not isinstance(value, str) or not value:
            return IMPLAUSIBLE
        first, _, last = value.partition("/")
        holds = first[:10] >= day
        return holds if not last or (last[:10] >= day) is holds else EDITION_UNKNOWN

    return test


def _like(pattern: str) -> Callable[[Any], Truth]:
    return lambda value: matches(value, pattern) if isinstance(value, str) else IMPLAUSIBLE


def _each(operator: str, wanted: Any, moment: Moment, *, every: bool) -> Callable[[Any], Truth]:
    """Some or every entry of a list; an entry that cannot be judged makes it unknown, as a fact that is missing would."""
    test = _test(operator, wanted, moment)

    def of_all(values: Any) -> Truth:
        if not isinstance(values, list | tuple):
            return IMPLAUSIBLE
        unknown: Truth = every
        for value in values:
            found = test(value)
            if found is (not every):
                return not every
            if isinstance(found, str):
                unknown = found
        return unknown

    return of_all


def compiled(node: Mapping[str, Any], moment: Moment) -> Predicate:
    """The predicate as a closure for this moment. `node` is checked already (`grammar`): one operator with its operand."""
    ((operator, operand),) = node.items()
    if operator == "all":
        return _all(tuple(compiled(part, moment) for part in operand))
    if operator == "any":
        return _any(tuple(compiled(part, moment) for part in operand))
    if operator == "not":
        return _not(compiled(operand, moment))
    name = operand if isinstance(operand, str) else str(operand["fact"])
    limit = moment.limit(name)
    if operator == "known":
        return _known(name, limit)
    if operator in ("some", "every"):
        ((inner, value),) = ((key, each) for key, each in operand.items() if key != "fact")
        return _leaf(name, limit, _each(inner, value, moment, every=operator == "every"))
    wanted = None if isinstance(operand, str) else operand.get("value", operand.get("age", operand.get("ahead")))
    return _leaf(name, limit, _test(operator, wanted, moment))


def _test(operator: str, wanted: Any, moment: Moment) -> Callable[[Any], Truth]:
    if operator == "in":
        return lambda value: value in wanted
    if operator == "exists":
        return lambda value: value not in (None, "", ())
    if operator == "age_lt":
        return _age_lt(moment, wanted)
    if operator == "not_past":
        return _not_past(moment, wanted)
    if operator == "matches":
        return _like(wanted)
    if operator == "empty":
        return lambda value: not value if isinstance(value, list | tuple) else IMPLAUSIBLE
    if operator == "count_le":
        return lambda value: len(value) <= wanted if isinstance(value, list | tuple) else IMPLAUSIBLE
    if operator == "ne":
        same = _same(wanted)
        return lambda value: not same(value)
    if operator in ("version_lt", "version_ge"):
        return _version(wanted, lambda a, b: a < b) if operator == "version_lt" else _version(wanted, lambda a, b: a >= b)
    orders: Mapping[str, Callable[[Any, Any], bool]] = {
        "lt": lambda a, b: a < b,
        "le": lambda a, b: a <= b,
        "gt": lambda a, b: a > b,
        "ge": lambda a, b: a >= b,
    }
    return _ordered(wanted, orders[operator]) if operator in orders else _same(wanted)


def facts_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the facts a predicate reads, in its order."""
    ((operator, operand),) = node.items()
    if operator in ("all", "any"):
        return tuple(dict.fromkeys(name for part in operand for name in facts_of(part)))
    if operator == "not":
        return facts_of(operand)
    return (operand if isinstance(operand, str) else str(operand["fact"]),)
