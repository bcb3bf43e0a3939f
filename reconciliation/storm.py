"""Many repeats at once: who is known to say what was said before need not even be read, and costs a share of a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmdb.graph import repeats
from cmdb.graph.door import Graph
from cmdb.model.observation import Observation
from reconciliation import rules
from reconciliation.batches import is_large
from reconciliation.repeats import BY_HAND, Repeat, digest, repeat_of, voice


@dataclass(frozen=True, slots=True)
class Utterance:
    """What an observation comes down to for who only wants to know whether it was said before; `rules`: those it was digested under."""

    voice: str
    digest: str
    rules: str


def utterance(observation: Observation) -> Utterance | None:
    """Of an observation that may be recognised as a repeat as a whole; None for a person's word, and for one that is applied in parts."""
    if observation.source.kind in BY_HAND or is_large(observation):
        return None
    return Utterance(voice(observation), digest(observation), rules.label())


def all_said_before(graph: Graph, said: Sequence[tuple[Utterance, str]]) -> list[Repeat | None]:
    """For each utterance and its time (ISO text), what its items are where it is a repeat: then everything is marked seen. Else None, and
    it must be thought through. Raises what the graph raises; then nothing was marked."""
    rules.refresh()
    label = rules.label()
    current = [place for place, (one, _) in enumerate(said) if one.rules == label]
    words = repeats.again_many(graph, [repeats.Said(said[place][0].voice, said[place][0].digest, said[place][1]) for place in current])
    found: list[Repeat | None] = [None] * len(said)
    for place, word in zip(current, words, strict=True):
        if word is not None:
            found[place] = repeat_of(word)
    return found
