"""Merge: the golden record computed from the source records by precedence. Pure; "why this value?" runs this same code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Value
from reconciliation.records import Record
from reconciliation.voices import voices


@dataclass(frozen=True, slots=True)
class Precedence:
    """data/precedence.yaml: which source kind speaks first, per attribute."""

    default: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    ties: Mapping[str, str]
    order: tuple[str, ...]
    generic_classes: tuple[str, ...]

    def rank(self, attribute: str, source: str) -> tuple[int, int]:
        """Smaller speaks first: the place of the source's kind, then its place among named sources of that kind."""
        kinds = self.attributes.get(attribute, self.default)
        kind = source.partition(":")[0]
        place = kinds.index(kind) if kind in kinds else len(kinds)
        return place, (self.order.index(source) if source in self.order else len(self.order))


@dataclass(frozen=True, slots=True)
class Word:
    """One source's value for one attribute."""

    value: Value
    source: str
    at: str


@dataclass(frozen=True, slots=True)
class Golden:
    """What the records make of a CI: its class, its values with the words behind them (the winner first), and whether it is present."""

    cls: str
    values: Mapping[str, tuple[Word, ...]]
    present: bool
    last_seen_at: str

    def attributes(self) -> dict[str, Value]:
        """The golden values; None where the winner said "there is none"."""
        return {name: words[0].value for name, words in self.values.items()}


@lru_cache(maxsize=1)
def shipped_precedence() -> Precedence:
    """data/precedence.yaml."""
    data: dict[str, Any] = yaml.safe_load((resources.files("reconciliation") / "data/precedence.yaml").read_text(encoding="utf-8"))
    return Precedence(
        default=tuple(data["default"]),
        attributes={name: tuple(kinds) for name, kinds in data["attributes"].items()},
        ties=data["ties"],
        order=tuple(data["order"]),
        generic_classes=tuple(data["generic_classes"]),
    )


def merge(records: Sequence[Record], catalogue: Catalogue, precedence: Precedence | None = None) -> Golden:
    """The golden record of one CI. The order of `records` does not matter. Raises ValueError when there are none."""
    if not records:
        raise ValueError("a CI without source records has no golden record")
    rules = precedence or shipped_precedence()
    speaking = voices(records)
    # Where nobody is listened to any more, what was said stays to be read, and the CI is not there.
    present = any(not r.absent_at for r in speaking)
    speaking = speaking or voices(replace(r, distrusted="") for r in records)
    words: dict[str, list[Word]] = {}
    for record in speaking:
        for name, (value, at) in record.attributes.items():
            words.setdefault(name, []).append(Word(value, record.source, at))
    return Golden(
        cls=choose_class([r for r in speaking if r.cls], catalogue, rules),
        values={name: tuple(_ranked(name, said, rules)) for name, said in sorted(words.items())},
        present=present,
        last_seen_at=max(r.observed_at for r in speaking),
    )


def _ranked(name: str, words: list[Word], rules: Precedence) -> list[Word]:
    """Winner first. Sorting twice keeps it total and independent of the order given: newest first, then by rank."""
    by_time = sorted(words, key=lambda w: (w.at, w.source), reverse=True)

    def place(word: Word) -> tuple[int, int, str]:
        kind, named = rules.rank(name, word.source)
        tie = rules.ties.get(word.source.partition(":")[0], "newest")
        return (kind, named, word.source) if tie == "order" else (kind, 0, "")

    return sorted(by_time, key=place)


def choose_class(records: Sequence[Record], catalogue: Catalogue, rules: Precedence) -> str:
    """The class that says most: never an ancestor of another claim, a telling class before a generic one, then by precedence."""
    if not records:
        return ""
    claims = {r.cls for r in records}
    telling = {c for c in claims if not any(c != other and catalogue.is_a(other, c) for other in claims)}
    generic = rules.generic_classes

    def place(record: Record) -> tuple[int, int, int, str, str]:
        vagueness = -generic.index(record.cls) if record.cls in generic else -len(generic)
        kind, named = rules.rank("class", record.source)
        return (vagueness, kind, named, record.source, record.cls)

    return min((r for r in records if r.cls in telling), key=place).cls
