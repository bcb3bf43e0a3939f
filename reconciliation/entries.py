"""Entries: where a rule set gives a class an ordered list of identifier entries, the first that fits decides. Pure.

An entry fits where item and CI agree in all its kinds. Objections come first (reconciliation/objections.py): an entry never joins what a
number, a clone or a lent card keeps apart, and where it fits several CIs the question is a person's, never the first row's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciliation import rules
from reconciliation.beside import Asked, Pair, words
from reconciliation.rules import Entry
from reconciliation.verdict import Verdict


def by_entries(asked: Asked, possible: Sequence[Pair], shared: frozenset[str]) -> Verdict | None:
    """The verdict by the entries of the item's class; None where the set in force has none for it. `possible`: no objection stands."""
    found = rules.chosen()
    entries = found.entries.get(asked.cls, ()) if found is not None else ()
    if not entries:
        return None
    given = {e.kind for e in asked.evidence if e.grade != "none" and e.key not in shared}
    usable = [entry for entry in entries if given.issuperset(entry.kinds)]
    for entry in usable:
        hits = [pair for pair in possible if _fits(entry, pair)]
        if len(hits) == 1:
            return Verdict("match", f"entry {entry.name}: same {words(entry.kinds)}", hits[0].known.ci)
        if hits:
            rule = f"entry {entry.name}: same {words(entry.kinds)} as several"
            return Verdict("ambiguous" if asked.described else "incomplete", rule, others=tuple(p.known.ci for p in hits))
    if not usable:
        return Verdict("incomplete", f"no entry for a {asked.cls.replace('_', ' ')} can be used: it shows none of their identifiers")
    if not asked.described:
        return Verdict("incomplete", "known by reference only, and no entry fits anything known")
    return Verdict("new", "new: no entry fits anything known")


def _fits(entry: Entry, pair: Pair) -> bool:
    agreeing = {row.kind for row in pair.weighed.rows if row.agrees}
    return agreeing.issuperset(entry.kinds)


def as_the_site_wishes(verdict: Verdict, asked: Asked) -> Verdict:
    """A thin match becomes a question where the site asks for it; what lies inside something, or is known by reference, stays."""
    if not verdict.weak or verdict.outcome != "match" or asked.dependent or not asked.described:
        return verdict
    if rules.weighing().weak_matches != "ask":
        return verdict
    rule = f"{verdict.rule}; thin evidence is asked about here"
    return replace(verdict, outcome="ambiguous", rule=rule, ci="", others=(verdict.ci, *verdict.others), weak=False)
