"""Merge: the golden record computed from the source records by precedence. Pure; "why this value?" runs this same code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Value
from reconciliation.authority import Precedence, Word, precedence_in_force
from reconciliation.records import Record
from reconciliation.voices import voices


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


def merge(records: Sequence[Record], catalogue: Catalogue, precedence: Precedence | None = None, *, now: str = "") -> Golden:
    """The golden record of one CI. The order of `records` does not matter. Raises ValueError when there are none.

    `now` (ISO text) is the time for age limits and for words with an end; without it, the newest word of any source is the time.
    """
    if not records:
        raise ValueError("a CI without source records has no golden record")
    rules = precedence or precedence_in_force()
    speaking = voices(records)
    # Where nobody is listened to any more, what was said stays to be read, and the CI is not there.
    present = any(not r.absent_at for r in speaking)
    speaking = speaking or voices(replace(r, distrusted="") for r in records)
    last_seen_at = max(r.observed_at for r in speaking)
    cls = choose_class([r for r in speaking if r.cls], catalogue, rules)
    lineage = catalogue.lineage(cls) if cls in catalogue.classes else ()
    when = max(now, last_seen_at)
    ranked = {name: tuple(rules.ranked(name, said, lineage, when)) for name, said in sorted(words_of(speaking).items())}
    return Golden(cls, {name: words for name, words in ranked.items() if words}, present, last_seen_at)


def words_of(speaking: Sequence[Record]) -> dict[str, list[Word]]:
    """Attribute → every voice's word."""
    words: dict[str, list[Word]] = {}
    for record in speaking:
        for name, (value, at) in record.attributes.items():
            words.setdefault(name, []).append(Word(value, record.source, at, *record.notes.get(name, ("", "", ""))))
    return words


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
