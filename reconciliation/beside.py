"""Beside: an item and one candidate side by side, with what the families of their evidence say to each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from reconciliation import rules
from reconciliation.evidence import Evidence, blocked, kind_of
from reconciliation.weighing import Weighed, compatible, weigh

_BY_HAND = ("import", "person")
_ROAMING = "endpoint"
_VIRTUAL = "virtual_machine"
_PORTABLE = "laptop"
_FIXED = "network_device"


@dataclass(frozen=True, slots=True)
class Known:
    """What the graph knows of one candidate: its class, its evidence, who speaks of it and when it was last seen (ISO text)."""

    ci: str
    cls: str
    evidence: tuple[Evidence, ...]
    created_at: str = ""
    sources: frozenset[str] = frozenset()
    last_seen_at: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The item in question. `described` is False for something known by reference only; `source` is the source's key, `at` ISO text.

    `inside`: the CI it lies in is known, so its names are unique where they count.
    """

    cls: str
    evidence: tuple[Evidence, ...]
    described: bool
    source: str
    dependent: bool = False
    at: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """The item beside one candidate. `device` tells whether the families of evidence mean anything for it."""

    asked: Asked
    known: Known
    weighed: Weighed
    device: bool
    possible_classes: bool
    fixed: bool = False
    """Both are network devices: what stays in its rack, or on its ceiling, has no docks and adapters."""

    @property
    def strong(self) -> tuple[str, ...]:
        """Kinds that agree and decide alone."""
        return self.weighed.agreeing("strong")

    @property
    def medium(self) -> tuple[str, ...]:
        """Kinds that agree and decide with another."""
        return self.weighed.agreeing("medium")

    @property
    def weak(self) -> tuple[str, ...]:
        """Kinds that agree and only support."""
        return self.weighed.agreeing("weak")

    def is_(self, family: str, *states: str) -> bool:
        """Whether a family of evidence is in one of these states."""
        return self.weighed.states[family] in states

    def known_as_another(self, kind: str) -> bool:
        """Whether the same giver of such ids (a scope) knows the two sides by different ones."""
        mine, theirs = (_ids(evidence, kind) for evidence in (self.asked.evidence, self.known.evidence))
        return bool(mine.keys() & theirs.keys()) and all(mine[g].isdisjoint(theirs[g]) for g in mine.keys() & theirs.keys())

    @property
    def doubtful(self) -> bool:
        """Something that does not rule it out speaks against it."""
        if not self.device:
            return any(not r.agrees and kind_of(r.kind).differs == "doubt" for r in self.weighed.rows)
        return (
            any(self.is_(family, "differs") for family in ("ports", "image", "name"))
            or self.is_("image", "partly")
            or self.is_("name", "partly")
        )

    @property
    def virtual(self) -> bool:
        """Both are known to be virtual machines."""
        return self.asked.cls == _VIRTUAL and self.known.cls == _VIRTUAL

    @property
    def portable(self) -> bool:
        """One of them is known to be carried from dock to dock."""
        return _PORTABLE in (self.asked.cls, self.known.cls)

    @property
    def cheap(self) -> bool:
        """The address they have in common is of a range from which several cards may have the same one."""
        return any(r.agrees and r.kind == "mac" and blocked().is_doubled(r.value) for r in self.weighed.rows)

    @property
    def by_hand(self) -> bool:
        """One side is what people typed: spellings, host names and addresses in it prove nothing against the other side."""
        kinds = {source.partition(":")[0] for source in self.known.sources}
        return self.asked.source.partition(":")[0] in _BY_HAND or bool(kinds and kinds <= set(_BY_HAND))


def _ids(evidence: Iterable[Evidence], kind: str) -> dict[str, set[str]]:
    """Scope → values of one kind. The scope of what sources give out is part of the key."""
    found: dict[str, set[str]] = {}
    for e in evidence:
        if e.kind == kind and e.grade != "none":
            found.setdefault(e.key.split("|", 2)[1], set()).add(e.value)
    return found


def pair_of(asked: Asked, known: Known, catalogue: Catalogue, shared: frozenset[str]) -> Pair:
    """The item and the candidate, compared. `shared`: keys that decide nothing."""
    device = catalogue.is_a(asked.cls, "device") and catalogue.is_a(known.cls, "device")
    roaming = any(catalogue.is_a(cls, _ROAMING) for cls in (asked.cls, known.cls))
    weighed = weigh(asked.evidence, known.evidence, shared, roaming=roaming)
    fixed = catalogue.is_a(asked.cls, _FIXED) and catalogue.is_a(known.cls, _FIXED)
    return Pair(asked, known, weighed, device, compatible(catalogue, asked.cls, known.cls), fixed)


def live(pair: Pair) -> bool:
    """Seen so lately before the item that it is alive: what both show is shared, and no part has moved from one to the other."""
    seen = pair.known.last_seen_at
    return not seen or not pair.asked.at or seen >= pair.asked.at or between(seen, pair.asked.at) <= rules.weighing().live


def between(earlier: str, later: str) -> timedelta:
    """The time between two moments (ISO text); none where one is not known."""
    return times.from_text(later) - times.from_text(earlier) if earlier and later else timedelta(0)


def plain(kind: str) -> str:
    """A kind of identifier as people say it."""
    return kind.replace("_", " ")


def words(kinds: Iterable[str]) -> str:
    """Kinds of identifiers as people say them, each once."""
    return " and ".join(plain(k) for k in dict.fromkeys(kinds))
