"""Identify: one item's evidence against the candidates that share any of it. Pure; told to operators in docs/how-to/how-identity-works.md.

The order of thought stands in `OBJECTIONS` (what rules a candidate out, first to last) and `REASONS` (what makes a match, first to last).
What neither rules out nor settles is a question for a person; nothing at all is a new CI. An IP address never takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from cmdb.model.catalogue import Catalogue
from reconciliation import rules
from reconciliation.beside import Asked, Known, Pair, between, live, pair_of, words
from reconciliation.entries import as_the_site_wishes, by_entries
from reconciliation.evidence import Evidence, blocked, kind_of
from reconciliation.objections import OBJECTIONS, confused, leaves_open
from reconciliation.verdict import Candidate, Verdict
from reconciliation.weighing import same_maker

__all__ = ["OBJECTIONS", "REASONS", "Asked", "Known", "identify"]

_FEW = 5
"""Namesakes that are compared with each other again and again."""

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
    pairs = [pair_of(asked, known, catalogue, shared) for known in candidates]
    against = {pair.known.ci: _objection(pair) for pair in pairs}
    possible = sorted((p for p in pairs if not against[p.known.ci][1] and _something(p)), key=_order)
    lost = [p for p in pairs if against[p.known.ci][1]]
    judged = tuple(_candidate(p, against[p.known.ci][1]) for p in (*possible, *sorted(lost, key=_order)))
    verdict = by_entries(asked, possible, shared) or as_the_site_wishes(_settle(asked, possible, catalogue, shared), asked)
    if verdict.outcome == "new" and lost and not possible:
        verdict = Verdict("new", f"new: {judged[0].against}", others=_asked_about(lost, {ci: name for ci, (name, _) in against.items()}))
    tied = _tied(lost, {ci: name for ci, (name, _) in against.items()}, shared)
    others = [p for p in tied if _both_alive(p, verdict.ci, candidates, against[p.known.ci][0])]
    demoted = {e.key for p in others for e in _in_common(p, shared)}
    apart = tuple(sorted(p.known.ci for p in others)) if verdict.ci else ()
    return Verdict(verdict.outcome, verdict.rule, verdict.ci, verdict.others, verdict.weak, tuple(sorted(demoted)), judged, apart)


def _something(pair: Pair) -> bool:
    """Whether they have anything in common that may tell of them. Where a scan found them, alone, is an address, and never does."""
    return bool(pair.strong or pair.medium or set(pair.weak) - {"place"})


def _asked_about(lost: list[Pair], against: Mapping[str, str]) -> tuple[str, ...]:
    """What a new CI may yet turn out to be. A name that several carry raises no question."""
    found = sorted(p.known.ci for p in lost if leaves_open(p, against[p.known.ci]))
    return () if len(found) > 1 and all(against[ci] == "namesake" for ci in found) else tuple(found)


def _tied(lost: list[Pair], against: Mapping[str, str], shared: frozenset[str]) -> list[Pair]:
    """The others that have something in common with the item. Not a name alone, unless few have it and it may have raised a question;
    a card that was lent counts for nothing in the pair, and is just what is shared."""
    namesakes = [p for p in lost if against[p.known.ci] == "namesake"]
    real = [p for p in lost if against[p.known.ci] not in ("class", "namesake")]
    tied = [p for p in real if p.strong or p.medium or p.weighed.beside or _in_common(p, shared)]
    return tied + namesakes if len(namesakes) <= _FEW else tied


def _objection(pair: Pair) -> tuple[str, str]:
    return next(((name, words) for name, rule in OBJECTIONS if (words := rule(pair))), ("", ""))


def _settle(asked: Asked, possible: list[Pair], catalogue: Catalogue, shared: frozenset[str]) -> Verdict:
    firm = [p for p in possible if any(reason(p) for _, reason in REASONS)]
    if firm:
        best = firm[0]
        joining = tuple(p.known.ci for p in possible if p is not best and _one_with(p, best, catalogue, shared))
        rule = f"same {words(best.strong or (*best.medium, *best.weak))}"
        if joining:
            return Verdict("join", rule + "; several CIs are shown to be one", best.known.ci, joining)
        rivals = [p for p in firm[1:] if bool(p.strong) == bool(best.strong) and _rank(p) == _rank(best)]
        if rivals and not best.strong:
            return _ambiguous(asked, [best, *rivals], f"same {words(best.medium)} as several")
        if any(set(best.strong) <= _of_other_makers(p, best) for p in rivals):
            return _ambiguous(asked, [best, *rivals], f"same {words(best.strong)} as things of several makers")
        return Verdict("match", rule, best.known.ci)
    if possible:
        return _thin(asked, possible, shared)
    if not _can_stand_alone(asked, shared):
        return Verdict("incomplete", "known by reference only, and nothing known matches it")
    return Verdict("new", "new: nothing known shares its identifiers")


def _thin(asked: Asked, possible: list[Pair], shared: frozenset[str]) -> Verdict:
    """One medium kind, or two weak ones, that point at one CI, with nothing that speaks against it: a match that is marked weak."""
    if len(possible) > 1 and asked.described and all(_fragment(p, shared) for p in possible):
        best, *rest = possible
        return Verdict(
            "join", f"same {words(best.medium)}; several CIs are shown to be one", best.known.ci, tuple(p.known.ci for p in rest)
        )
    best, alone = _only(possible)
    evidence = (*best.medium, *best.weak)
    why = f"same {words(evidence)}"
    if alone and best.device and _enough(best):
        return Verdict("match", f"{why}, and nothing against it", best.known.ci, weak=True)
    if asked.dependent and asked.inside and (part := _part_of_that_name(possible)):
        return Verdict("match", f"same {words(part.weak)} inside the same thing, and nothing against it", part.known.ci, weak=True)
    if alone and not best.doubtful:
        same_voice = asked.source in best.known.sources or confused(best)
        if best.medium or len(best.weak) >= 2 or same_voice or _full_name(best) or _listed(best) or not asked.described:
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


def _full_name(pair: Pair) -> bool:
    """A full domain name is given once in the world, and only one that is known has it: a directory knows its computers by nothing else."""
    return pair.device and any(r.kind == "fqdn" and r.agrees and blocked().is_worldwide(r.value) for r in pair.weighed.rows)


_DIGITS = 3
_LISTED_LATELY = timedelta(days=180)
_GIVEN = ("name", "asset_tag", "external_id")
"""What people give to things, beside what these show themselves."""


def _listed(pair: Pair) -> bool:
    """A list that tells of machines by their names and labels, and one machine that is about under such a name. Only names with a number
    in them: of those that are words (`reception`, `srv1`) every site has one."""
    if not pair.device or not (pair.by_hand or _names_only(pair)) or not pair.is_("name", "agrees"):
        return False
    sides = (pair.asked.evidence, pair.known.evidence)
    only_given = any(all(e.kind in _GIVEN or kind_of(e.kind).family == "name" for e in side if e.grade != "none") for side in sides)
    told = any(r.agrees and sum(c.isdigit() for c in r.value) >= _DIGITS for r in pair.weighed.rows if kind_of(r.kind).family == "name")
    apart = between(*sorted((pair.known.last_seen_at, pair.asked.at)))
    return only_given and told and apart <= _LISTED_LATELY and not pair.weighed.differing("strong")


def _names_only(pair: Pair) -> bool:
    """A document that came to the door of the agents, and names its host and nothing else: a bill of material, a result of a benchmark."""
    return pair.asked.source.startswith("agent:") and all(
        kind_of(e.kind).family == "name" for e in pair.asked.evidence if e.grade != "none"
    )


_OWN_NAMES = ("container_name", "disk_name")
"""Names that a system gives to one part at a time: what had it before and is still seen under it was replaced."""


def _part_of_that_name(possible: Sequence[Pair]) -> Pair | None:
    """The part that has the item's name inside what both lie in, whichever source saw it: a disk without a number is `vda` to all."""
    if any(p.medium for p in possible):
        return None
    named = [p for p in possible if "name" in p.weak and not (p.weighed.differing("strong") or p.weighed.differing("medium"))]
    if len(named) == 1:
        return named[0]
    own = [p for p in named if any(r.agrees and r.kind in _OWN_NAMES for r in p.weighed.rows)]
    newest = max(own, key=lambda p: p.known.last_seen_at, default=None)
    if newest and all(p is newest or p.known.last_seen_at < newest.known.last_seen_at for p in own):
        return newest
    voiced = [p for p in named if p.asked.source in p.known.sources]
    return voiced[0] if len(voiced) == 1 else None


def _enough(pair: Pair) -> bool:
    """Evidence that outweighs a difference: all cards, or several (a system installed anew); the system where cards are silent."""
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
    """The best one, and whether nobody comes near. Of equals, the only one that is still about: the others were unseen for long."""
    best = possible[0]
    equals = [p for p in possible if _rank(p) == _rank(best)]
    if len(equals) > 1:
        newest = max(equals, key=lambda p: p.known.last_seen_at)
        if all(p is newest or between(p.known.last_seen_at, newest.known.last_seen_at) > rules.weighing().gone for p in equals):
            return newest, True
    return best, len(equals) == 1


def _one_with(pair: Pair, best: Pair, catalogue: Catalogue, shared: frozenset[str]) -> bool:
    """Whether the item proves this candidate and the best one to be one thing."""
    if _fragment(pair, shared):
        return True
    both = pair_of(Asked(best.known.cls, best.known.evidence, True, best.asked.source), pair.known, catalogue, shared)
    if _mended(pair, best, both):
        return True
    if _objection(both)[1] or both.weighed.differing("strong") or _both_speak(pair, best, both):
        return False
    return bool(set(pair.strong) - _of_other_makers(pair, best)) or (_two_mediums(pair) and _two_mediums(best))


def _both_speak(pair: Pair, best: Pair, both: Pair) -> bool:
    """Whether two guests of one number on other cards are two to this day: the other one has not fallen silent since this one was seen, and
    the item does not show its cards."""
    others = both.virtual and both.is_("ports", "differs") and pair.is_("ports", "differs")
    return others and "" < best.known.last_seen_at <= pair.known.last_seen_at


def _mended(pair: Pair, best: Pair, both: Pair) -> bool:
    """Whether the item shows the serial of the one and the new board of the other, which appeared when the first fell silent."""
    old, new = sorted((pair, best), key=lambda p: p.known.created_at)
    kept = old.is_("name", "agrees") or old.is_("image", "agrees")
    one_after_the_other = bool(new.known.created_at) and old.known.last_seen_at <= new.known.created_at
    return (
        one_after_the_other
        and kept
        and "serial" in old.strong
        and "uuid" in new.strong
        and both.weighed.differing("strong") == ("uuid",)
        and not any(e.kind == "serial" and e.grade == "strong" for e in new.known.evidence)
        and not both.virtual
    )


def _of_other_makers(pair: Pair, best: Pair) -> set[str]:
    """Kinds that the item shares with both, as one number that two makers gave out; it does not tell which of them it is."""
    theirs = {e.key: e for e in best.known.evidence}
    return {e.kind for e in pair.known.evidence if e.key in theirs and not same_maker(e, theirs[e.key])}


def _fragment(pair: Pair, shared: frozenset[str]) -> bool:
    """Everything usable that is known of the candidate is among what the item shows: a card behind a port, a neighbour by reference."""
    if not pair.asked.described or pair.is_("name", "differs", "partly"):
        return False
    mine = {(kind_of(e.kind).family or e.kind, e.value) for e in pair.asked.evidence}
    theirs = [e for e in pair.known.evidence if e.grade != "none" and e.key not in shared and kind_of(e.kind).family != "name"]
    return bool(theirs) and all((kind_of(e.kind).family or e.kind, e.value) in mine for e in theirs)


def _both_alive(pair: Pair, winner: str, candidates: Sequence[Known], objection: str) -> bool:
    """Both showed it at one time: the loser was seen lately, or between two looks at the winner. Of a guest that may just have got other
    cards only the second tells."""
    if objection != "copy" and live(pair):
        return True
    before = next((k.last_seen_at for k in candidates if k.ci == winner), "")
    return bool(before) and before < pair.known.last_seen_at


def _in_common(pair: Pair, shared: frozenset[str]) -> list[Evidence]:
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
