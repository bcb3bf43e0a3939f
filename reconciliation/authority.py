"""Authority: whose word counts for an attribute. Rules of data/precedence.yaml, per class and attribute; pure.

Among the words of several sources one wins: by the order of source kinds, unless a word is older than its kind's age limit there (then a
lower source may speak), or by another strategy. What a person said until a day does not count after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from cmdb.errors import Invalid
from cmdb.model import times
from cmdb.model.observation import Value
from reconciliation import rules

STRATEGIES = ("precedence", "first", "last", "most_common", "largest")


@dataclass(frozen=True, slots=True)
class Word:
    """One source's value for one attribute. A person's word may have a reason and a day until which it counts (ISO text)."""

    value: Value
    source: str
    at: str
    actor: str = ""
    reason: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the words for one attribute are ranked. `age_days`: source kind → days after which its word stands behind fresher ones."""

    order: tuple[str, ...]
    strategy: str = "precedence"
    age_days: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Precedence:
    """data/precedence.yaml: which source kind speaks first, per attribute and per class."""

    default: tuple[str, ...]
    attributes: Mapping[str, Rule]
    ties: Mapping[str, str]
    order: tuple[str, ...]
    generic_classes: tuple[str, ...]
    classes: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)

    def rule(self, attribute: str, lineage: Sequence[str] = ()) -> Rule:
        """The rule for an attribute. `lineage`: the class and its ancestors, the nearest first; the nearest rule counts."""
        for cls in lineage:
            if (found := self.classes.get(cls, {}).get(attribute)) is not None:
                return found
        return self.attributes.get(attribute) or Rule(self.default)

    def rank(self, attribute: str, source: str, lineage: Sequence[str] = ()) -> tuple[int, int]:
        """Smaller speaks first: the place of the source's kind, then its place among named sources of that kind."""
        kinds = self.rule(attribute, lineage).order
        kind = source.partition(":")[0]
        place = kinds.index(kind) if kind in kinds else len(kinds)
        return place, (self.order.index(source) if source in self.order else len(self.order))

    def ranked(self, attribute: str, words: Iterable[Word], lineage: Sequence[str] = (), now: str = "") -> list[Word]:
        """The words that count at `now` (ISO text), the winner first; what a person's day ended comes not at all.

        The order in which the words are given does not matter.
        """
        rule = self.rule(attribute, lineage)
        counting = [w for w in words if not (w.until and now and w.until <= now)]
        by_time = sorted(counting, key=lambda w: (w.at, w.source, repr(w.value)), reverse=True)

        def place(word: Word) -> tuple[bool, int, int, str]:
            kind, named = self.rank(attribute, word.source, lineage)
            tie = self.ties.get(word.source.partition(":")[0], "newest")
            old = _too_old(word, rule, now)
            return (old, kind, named, word.source) if tie == "order" else (old, kind, 0, "")

        return _by_strategy(rule.strategy, sorted(by_time, key=place))


def _too_old(word: Word, rule: Rule, now: str) -> bool:
    days = rule.age_days.get(word.source) or rule.age_days.get(word.source.partition(":")[0])
    if not days or not now:
        return False
    return word.at < times.to_text(times.from_text(now) - timedelta(days=days))


def _by_strategy(strategy: str, words: list[Word]) -> list[Word]:
    """`words` stand by precedence already: what is equal by the strategy stays so. A person's own word stands before any strategy."""
    people = [w for w in words if w.source.startswith("person:")]
    rest = [w for w in words if w not in people]
    if strategy == "first":
        rest.sort(key=lambda w: w.at)
    elif strategy == "last":
        rest.sort(key=lambda w: w.at, reverse=True)
    elif strategy == "most_common":
        often = Counter(repr(w.value) for w in rest)
        rest.sort(key=lambda w: -often[repr(w.value)])
    elif strategy == "largest":
        rest.sort(key=lambda w: _size(w.value), reverse=True)
    return [*people, *rest] if strategy != "precedence" else words


def _size(value: Value) -> tuple[int, float, str]:
    if isinstance(value, bool) or value is None:
        return (0, float(bool(value)), "")
    if isinstance(value, int | float):
        return (2, float(value), "")
    return (1, float(len(value)), str(value))


@lru_cache(maxsize=1)
def shipped_precedence() -> Precedence:
    """data/precedence.yaml."""
    return precedence_of(yaml.safe_load((resources.files("reconciliation") / "data/precedence.yaml").read_text(encoding="utf-8")))


def precedence_in_force() -> Precedence:
    """The precedence of the rule set in force."""
    found = rules.chosen()
    return found.precedence if found is not None else shipped_precedence()


def precedence_of(data: Mapping[str, Any]) -> Precedence:
    """Rules from a mapping as in data/precedence.yaml. Raises Invalid naming the place."""
    default = _kinds(data.get("default"), "default")
    classes = data.get("classes") or {}
    return Precedence(
        default=default,
        attributes={name: _rule(said, default, f"attributes.{name}") for name, said in (data.get("attributes") or {}).items()},
        ties=data.get("ties") or {},
        order=tuple(data.get("order") or ()),
        generic_classes=tuple(data.get("generic_classes") or ()),
        classes={
            cls: {name: _rule(said, default, f"classes.{cls}.{name}") for name, said in rules.items()} for cls, rules in classes.items()
        },
    )


def _rule(said: Any, default: tuple[str, ...], place: str) -> Rule:
    if isinstance(said, list):
        return Rule(_kinds(said, place))
    if not isinstance(said, dict) or set(said) - {"order", "strategy", "age_days"}:
        raise Invalid("A rule is a list of source kinds, or a mapping with order, strategy and age_days.", field=place)
    strategy = said.get("strategy", "precedence")
    if strategy not in STRATEGIES:
        raise Invalid(f"A strategy is one of {', '.join(STRATEGIES)}.", field=f"{place}.strategy")
    ages = said.get("age_days") or {}
    if not isinstance(ages, dict) or any(isinstance(d, bool) or not isinstance(d, int | float) or d <= 0 for d in ages.values()):
        raise Invalid("Give a number of days above 0 for each source kind.", field=f"{place}.age_days")
    return Rule(_kinds(said["order"], f"{place}.order") if "order" in said else default, strategy, ages)


def _kinds(said: Any, place: str) -> tuple[str, ...]:
    if not isinstance(said, list) or not said or not all(isinstance(kind, str) for kind in said):
        raise Invalid("Give a list of source kinds, the one that speaks first at the head.", field=place)
    return tuple(said)
