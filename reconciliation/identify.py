"""Identify: one item's evidence against the candidates that share any of it. Pure; told to operators in docs/how-to/how-identity-works.md.

The order of thought stands in `OBJECTIONS` (what rules a candidate out, first to last) and `REASONS` (what makes a match, first to last).
What neither rules out nor settles is a question for a person; nothing at all is a new CI. An IP address never takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from reconciliation.evidence import Evidence, kind_of
from reconciliation.verdict import Candidate, Verdict
from reconciliation.weighing import Weighed, compatible, weigh

LIVE = timedelta(days=2)
"""A CI that was seen so lately before the item counts as alive: what both show at once is shared, and no part has moved from one to the other."""

GONE = timedelta(days=30)
"""Of two CIs that fit equally, one that was not seen for so long when the other was is not meant."""

_BY_HAND = ("import", "person")
_ROAMING = "endpoint"
_OF_MAKERS = frozenset({"serial", "uuid", "board_serial", "chassis_serial"})
"""Numbers that firmware shows; what people, clouds and sources give out is theirs to keep apart."""


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
    """The item in question. `described` is False for something known by reference only; `source` is the source's key, `at` ISO text."""

    cls: str
    evidence: tuple[Evidence, ...]
    described: bool
    source: str
    dependent: bool = False
    at: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The item beside one candidate. `device` tells whether the families of evidence mean anything for it."""

    asked: Asked
    known: Known
    weighed: Weighed
    device: bool
    possible_classes: bool

    @property
    def strong(self) -> tuple[str, ...]:
        return self.weighed.agreeing("strong")

    @property
    def medium(self) -> tuple[str, ...]:
        return self.weighed.agreeing("medium")

    @property
    def weak(self) -> tuple[str, ...]:
        return self.weighed.agreeing("weak")

    def is_(self, family: str, *states: str) -> bool:
        """Whether a family of evidence is in one of these states."""
        return self.weighed.states[family] in states

    @property
    def doubtful(self) -> bool:
        """Something that does not rule it out speaks against it."""
        if not self.device:
            return any(not r.agrees and kind_of(r.kind).differs == "doubt" for r in self.weighed.rows)
        return any(self.is_(family, "differs") for family in ("ports", "image", "name")) or self.is_("image", "partly") or self.is_("name", "partly")

    @property
    def by_hand(self) -> bool:
        """One side is what people typed: spellings, host names and addresses in it prove nothing against the other side."""
        kinds = {source.partition(":")[0] for source in self.known.sources}
        return self.asked.source.partition(":")[0] in _BY_HAND or bool(kinds and kinds <= set(_BY_HAND))


# What rules a candidate out. Each answers in words, or "" where it has nothing to say.


def _other_kind(pair: Pair) -> str:
    return "" if pair.possible_classes else f"a {pair.known.cls} is never a {pair.asked.cls}"


def _other_number(pair: Pair) -> str:
    """The comparable strong kind that ranks first decides: a new board has a new UUID and the old serial, so the serial decides."""
    rows = [r for r in pair.weighed.rows if r.grade == "strong" and (r.agrees or kind_of(r.kind).differs == "conflict")]
    first = min(rows, key=lambda r: (kind_of(r.kind).rank, not r.agrees), default=None)
    if first is None or first.agrees or (first.kind == "serial" and _confused(pair)):
        return ""
    return f"another {_plain(first.kind)}"


def _shared_number(pair: Pair) -> str:
    """One number agrees, and all that the machine, its system and its people show differs: a placeholder on no list, a number that nodes of
    one box share, a container that shows its host's. A renamed, mended or newly installed machine always keeps something."""
    if not pair.strong or not set(pair.strong) <= _OF_MAKERS or not pair.device or pair.by_hand or not pair.asked.described:
        return ""
    hardware = pair.is_("ports", "differs") or (bool(pair.weighed.differing("strong")) and pair.is_("ports", "silent"))
    system = pair.is_("name", "differs") or pair.is_("image", "differs")
    # Nodes of one box share its enclosure, and a container sees its host's board.
    board = "board_serial" in pair.medium and len(pair.strong) == 1
    kept = pair.is_("ports", "agrees", "partly") or pair.is_("image", "agrees", "partly") or board
    if pair.is_("name", "agrees", "partly"):
        # A board and its system may be new at once; but one UUID, other cards, another system and a default name are two machines.
        kept = kept or pair.strong != ("uuid",) or not (pair.is_("ports", "differs") and pair.is_("image", "differs"))
    if hardware and system and not kept:
        return f"the same {_words(pair.strong)}, and everything else differs: it is shared"
    return ""


def _cloned(pair: Pair) -> str:
    """The system agrees, no number does, and the network cards are others: a clone, or an image that moved to another machine."""
    if pair.strong or not pair.device or pair.by_hand:
        return ""
    if pair.is_("image", "agrees", "partly") and pair.is_("ports", "differs") and not pair.is_("parts", "agrees"):
        return "the same system on other network cards: a clone or a moved image"
    return ""


def _lent_card(pair: Pair) -> str:
    """One network card of several agrees, and the system or the name is another: a dock or an adapter went from one to the other."""
    if pair.strong or not pair.device or not pair.asked.described or pair.weighed.all_ports or pair.is_("parts", "agrees"):
        return ""
    if pair.weighed.shared_ports == 1 and (pair.is_("image", "differs") or pair.is_("name", "differs")) and not pair.is_("image", "agrees"):
        return "one network card in common, and another system or name: a dock or an adapter"
    return ""


OBJECTIONS: tuple[tuple[str, Callable[[Pair], str]], ...] = (
    ("class", _other_kind),
    ("number", _other_number),
    ("shared", _shared_number),
    ("clone", _cloned),
    ("card", _lent_card),
)
"""In this order; the first that speaks rules the candidate out. `shared` and `clone` become a question where the other one may be gone."""


# What makes a match, for candidates that nothing rules out.


def _number(pair: Pair) -> bool:
    return bool(pair.strong)


def _two_mediums(pair: Pair) -> bool:
    """Cards and system, cards and board, or two such kinds of anything else. What lies on one disk counts once."""
    if not pair.device:
        return len(pair.medium) >= 2
    families = {kind_of(k).family or k for k in pair.medium}
    named = {"name"} if pair.is_("name", "agrees") and pair.is_("ports", "agrees") and not pair.is_("image", "differs") else set()
    virtual = {"ports"} if pair.is_("ports", "agrees") and pair.is_("image", "agrees") else set()
    return len(families | named | virtual) >= 2 and not pair.is_("ports", "differs")


REASONS: tuple[tuple[str, Callable[[Pair], bool]], ...] = (("number", _number), ("mediums", _two_mediums))


def identify(asked: Asked, candidates: Sequence[Known], catalogue: Catalogue, shared: frozenset[str] = frozenset()) -> Verdict:
    """Match, new, ambiguous, join or incomplete. `shared`: keys that several live CIs show, which therefore decide nothing."""
    pairs = [_pair(asked, known, catalogue, shared) for known in candidates]
    against = {pair.known.ci: _objection(pair) for pair in pairs}
    possible = sorted((p for p in pairs if not against[p.known.ci][1] and (p.strong or p.medium or p.weak)), key=_order)
    lost = [p for p in pairs if against[p.known.ci][1]]
    judged = tuple(_candidate(p, against[p.known.ci][1]) for p in (*possible, *sorted(lost, key=_order)))
    verdict = _settle(asked, possible, catalogue, shared)
    if verdict.outcome == "new" and lost and not possible:
        verdict = Verdict("new", f"new: {judged[0].against}", others=tuple(sorted(p.known.ci for p in lost if _open(p, against[p.known.ci][0]))))
    others = [p for p in lost if against[p.known.ci][0] != "class" and _both_alive(p, verdict.ci, candidates)]
    demoted = {e.key for p in others for e in _in_common(p, shared)}
    apart = tuple(sorted(p.known.ci for p in others)) if verdict.ci else ()
    return Verdict(verdict.outcome, verdict.rule, verdict.ci, verdict.others, verdict.weak, tuple(sorted(demoted)), judged, apart)


def _pair(asked: Asked, known: Known, catalogue: Catalogue, shared: frozenset[str]) -> Pair:
    device = catalogue.is_a(asked.cls, "device") and catalogue.is_a(known.cls, "device")
    roaming = any(catalogue.is_a(cls, _ROAMING) for cls in (asked.cls, known.cls))
    weighed = weigh(asked.evidence, known.evidence, shared, roaming=roaming)
    return Pair(asked, known, weighed, device, compatible(catalogue, asked.cls, known.cls))


def _objection(pair: Pair) -> tuple[str, str]:
    return next(((name, words) for name, rule in OBJECTIONS if (words := rule(pair))), ("", ""))


def _settle(asked: Asked, possible: list[Pair], catalogue: Catalogue, shared: frozenset[str]) -> Verdict:
    firm = [p for p in possible if any(reason(p) for _, reason in REASONS)]
    if firm:
        best = firm[0]
        joining = tuple(p.known.ci for p in possible if p is not best and _one_with(p, best, catalogue, shared))
        rule = f"same {_words(best.strong or (*best.medium, *best.weak))}"
        if joining:
            return Verdict("join", rule + "; several CIs are shown to be one", best.known.ci, joining)
        rivals = [p for p in firm[1:] if bool(p.strong) == bool(best.strong) and _rank(p) == _rank(best)]
        if rivals and not best.strong:
            return _ambiguous(asked, [best, *rivals], f"same {_words(best.medium)} as several")
        return Verdict("match", rule, best.known.ci)
    if possible:
        return _thin(asked, possible, catalogue, shared)
    if not _can_stand_alone(asked, shared):
        return Verdict("incomplete", "known by reference only, and nothing known matches it")
    return Verdict("new", "new: nothing known shares its identifiers")


def _thin(asked: Asked, possible: list[Pair], catalogue: Catalogue, shared: frozenset[str]) -> Verdict:
    """One medium kind, or two weak ones, that point at one CI, with nothing that speaks against it: a match that is marked weak."""
    if len(possible) > 1 and asked.described and all(_fragment(p, shared) for p in possible):
        best, *rest = possible
        return Verdict("join", f"same {_words(best.medium)}; several CIs are shown to be one", best.known.ci, tuple(p.known.ci for p in rest))
    best, alone = _only(possible)
    evidence = (*best.medium, *best.weak)
    why = f"same {_words(evidence)}"
    if alone and best.device and _enough(best):
        return Verdict("match", f"{why}, and nothing against it", best.known.ci, weak=True)
    if alone and not best.doubtful:
        same_voice = asked.source in best.known.sources or _confused(best)
        if best.medium or len(best.weak) >= 2 or same_voice or not asked.described:
            return Verdict("match", f"{why}, and nothing against it", best.known.ci, weak=True)
    if best.device and alone and best.weighed.all_ports and not best.is_("image", "differs") and asked.described:
        return Verdict("new", f"{why}, but another name", others=(best.known.ci,))
    if not best.medium and len(best.weak) < 2 and (best.doubtful or not alone):
        if asked.described or any(e.grade in ("strong", "medium") for e in asked.evidence):
            return Verdict("new", "shares only a name with others, and differs otherwise")
        return Verdict("incomplete", "a name that several CIs carry")
    if best.device and not best.medium and best.doubtful and asked.described:
        return Verdict("new", "shares only weak evidence with others, and differs otherwise")
    if not asked.described:
        return Verdict("incomplete", why + "; known by reference only")
    return _ambiguous(asked, possible, why + (", but something else differs" if best.doubtful else ""))


def _enough(pair: Pair) -> bool:
    """Evidence that outweighs a difference: all cards, or several of them (a system installed anew); the system where cards are silent (renamed)."""
    if pair.is_("ports", "agrees") and "mac" in pair.medium:
        return pair.weighed.all_ports or pair.weighed.shared_ports > 1 or not pair.doubtful or not pair.asked.described
    if pair.weighed.all_ports and pair.weighed.beside and not pair.is_("image", "differs"):
        return True
    return pair.is_("image", "agrees") and pair.is_("ports", "silent", "partly", "agrees")


def _ambiguous(asked: Asked, possible: list[Pair], why: str) -> Verdict:
    if not asked.described:
        return Verdict("incomplete", why + "; known by reference only")
    return Verdict("ambiguous", why, others=tuple(p.known.ci for p in possible))


def _only(possible: list[Pair]) -> tuple[Pair, bool]:
    """The best one, and whether nobody comes near. Of equals, the only one that is still about."""
    best = possible[0]
    equals = [p for p in possible if _rank(p) == _rank(best)]
    if len(equals) > 1:
        newest = max(equals, key=lambda p: p.known.last_seen_at)
        if all(p is newest or _between(p.known.last_seen_at, newest.known.last_seen_at) > GONE for p in equals):
            return newest, True
    return best, len(equals) == 1


def _one_with(pair: Pair, best: Pair, catalogue: Catalogue, shared: frozenset[str]) -> bool:
    """Whether the item proves this candidate and the best one to be one thing."""
    if _fragment(pair, shared):
        return True
    both = _pair(Asked(best.known.cls, best.known.evidence, True, best.asked.source), pair.known, catalogue, shared)
    if _objection(both)[1] or both.weighed.differing("strong"):
        return False
    return bool(pair.strong) or (_two_mediums(pair) and _two_mediums(best))


def _fragment(pair: Pair, shared: frozenset[str]) -> bool:
    """Everything usable that is known of the candidate is among what the item shows: a card behind a port, a neighbour by reference."""
    if not pair.asked.described or pair.is_("name", "differs", "partly"):
        return False
    mine = {(kind_of(e.kind).family or e.kind, e.value) for e in pair.asked.evidence}
    theirs = [e for e in pair.known.evidence if e.grade != "none" and e.key not in shared and kind_of(e.kind).family != "name"]
    return bool(theirs) and all((kind_of(e.kind).family or e.kind, e.value) in mine for e in theirs)


def _open(pair: Pair, objection: str) -> bool:
    """Whether the objection leaves a question: the other one was not seen for a while, so a part or a name may have moved on."""
    if objection == "number":
        return _mistyped(pair)
    return objection in ("shared", "clone") and not _live(pair)


def _mistyped(pair: Pair) -> bool:
    """Two serials that differ by a slip of the finger, one of them typed by hand, on things of one name."""
    if not pair.by_hand or not pair.is_("name", "agrees"):
        return False
    values = [[e.value for e in evidence if e.kind == "serial" and e.grade == "strong"] for evidence in (pair.asked.evidence, pair.known.evidence)]
    return any(_one_slip(a, b) for a in values[0] for b in values[1])


def _confused(pair: Pair) -> bool:
    """A serial that somebody typed, and took a letter for a digit or exchanged two; what it names is called the same."""
    if not pair.by_hand or not pair.is_("name", "agrees") or any(k != "serial" for k in pair.weighed.differing("strong")):
        return False
    values = [[e.value for e in evidence if e.kind == "serial" and e.grade == "strong"] for evidence in (pair.asked.evidence, pair.known.evidence)]
    return any(_one_slip(a, b) and (sorted(a) == sorted(b) or a.translate(_ALIKE) == b.translate(_ALIKE)) for a in values[0] for b in values[1])


_ALIKE = str.maketrans("oqdizsbg", "00012586")
"""Letters that people take for digits."""


def _one_slip(a: str, b: str) -> bool:
    """One character typed wrong, left out or added, or two neighbours exchanged."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    return rest_a[1:] == rest_b[1:] or rest_a[1:] == rest_b or rest_a == rest_b[1:] or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])


def _both_alive(pair: Pair, winner: str, candidates: Sequence[Known]) -> bool:
    """Both showed it at one time: the loser was seen lately, or between two looks at the winner."""
    if _live(pair):
        return True
    before = next((k.last_seen_at for k in candidates if k.ci == winner), "")
    return bool(before) and before < pair.known.last_seen_at


def _live(pair: Pair) -> bool:
    seen = pair.known.last_seen_at
    return not seen or not pair.asked.at or seen >= pair.asked.at or _between(seen, pair.asked.at) <= LIVE


def _between(earlier: str, later: str) -> timedelta:
    return times.from_text(later) - times.from_text(earlier) if earlier and later else timedelta(0)


def _in_common(pair: Pair, shared: frozenset[str]) -> Iterable[Evidence]:
    keys = {e.key for e in pair.known.evidence if e.grade in ("strong", "medium")}
    return [e for e in pair.asked.evidence if e.grade in ("strong", "medium") and e.key in keys and e.key not in shared]


def _can_stand_alone(asked: Asked, shared: frozenset[str]) -> bool:
    """A described item is created on any evidence; a mere reference needs at least one medium kind (a MAC seen on a port)."""
    usable = [e for e in asked.evidence if e.grade != "none" and e.key not in shared and e.kind != "listens_at"]
    if asked.dependent and not usable:
        return False
    return (asked.described and bool(usable)) or any(e.grade in ("strong", "medium") for e in usable)


def _rank(pair: Pair) -> tuple[int, int, int]:
    return len(pair.strong), len(pair.medium), len(pair.weak)


def _order(pair: Pair) -> tuple[int, int, int, str]:
    strong, medium, weak = _rank(pair)
    return -strong, -medium, -weak, pair.known.ci


def _candidate(pair: Pair, against: str) -> Candidate:
    return Candidate(pair.known.ci, pair.known.cls, pair.strong, pair.medium, pair.weak, pair.weighed.rows, against)


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _words(kinds: Iterable[str]) -> str:
    return " and ".join(_plain(k) for k in dict.fromkeys(kinds))
