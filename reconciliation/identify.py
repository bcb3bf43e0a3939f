"""Identify: one item's evidence against the candidates that share any of it. Pure; the rules of docs/how-to/identity.md.

The order of thought (ServiceNow calls these identifier entries; the grades are research on 570 real devices):
1. the highest-ranked strong kind that both sides have decides: equal → the same device, different → another one;
2. two medium kinds that agree → the same;
3. one medium kind, or two weak families, that point at this one CI only, and nothing that speaks against it → the same, marked weak;
4. anything that agrees otherwise is a question for a person; nothing at all is a new CI.
An IP address never takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cmdb.model.catalogue import Catalogue
from reconciliation.evidence import Evidence, kind_of
from reconciliation.verdict import Agreement, Candidate, Verdict

_FAMILY = {"fqdn": "name", "hostname": "name", "container_name": "name", "disk_name": "name"}
"""Kinds that are spellings of one fact count once."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the graph knows of one candidate: its class and its evidence; `shared` keys identify nothing any more."""

    ci: str
    cls: str
    evidence: tuple[Evidence, ...]
    created_at: str = ""
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """The item in question. `described` is False for something known by reference only; `source` is the source's key."""

    cls: str
    evidence: tuple[Evidence, ...]
    described: bool
    source: str
    dependent: bool = False


def identify(asked: Asked, candidates: Sequence[Known], catalogue: Catalogue, shared: frozenset[str] = frozenset()) -> Verdict:
    """Match, new, ambiguous, join or incomplete. `shared`: keys that several live CIs show, which therefore decide nothing."""
    judged = sorted((_judge(asked, known, catalogue, shared) for known in candidates), key=_order)
    possible = [c for c in judged if not c.against and c.rank > (0, 0, 0)]
    demoted = tuple(
        sorted({a.kind + "|" + a.value for c in judged if c.against for a in c.agreements if a.agrees and a.grade in ("strong", "medium")})
    )
    strong = [c for c in possible if c.strong]
    firm = strong or [c for c in possible if len(c.medium) >= 2]
    if firm:
        return _firm(firm, possible, judged, demoted)
    if possible:
        return _thin(asked, possible, judged, demoted, {k.ci: k for k in candidates})
    if not _can_stand_alone(asked, shared):
        return Verdict("incomplete", "known by reference only, and nothing known matches it", candidates=tuple(judged), shared=demoted)
    return Verdict("new", _rule_for_new(judged), candidates=tuple(judged), shared=demoted)


def _firm(firm: list[Candidate], possible: list[Candidate], judged: list[Candidate], demoted: tuple[str, ...]) -> Verdict:
    best = firm[0]
    rule = f"same {_words(best.strong)}" if best.strong else f"same {_words(best.medium)}"
    joining = tuple(c.ci for c in possible if c.ci != best.ci and (c.strong or c.medium))
    if joining:
        return Verdict("join", rule + "; several CIs are shown to be one", best.ci, joining, False, demoted, tuple(judged))
    return Verdict("match", rule, best.ci, (), False, demoted, tuple(judged))


def _thin(
    asked: Asked, possible: list[Candidate], judged: list[Candidate], demoted: tuple[str, ...], known: Mapping[str, Known]
) -> Verdict:
    best = possible[0]
    alone = len(possible) == 1 or possible[1].rank < best.rank
    doubts = [a for a in best.agreements if not a.agrees and kind_of(a.kind).differs == "doubt"]
    evidence = (*best.medium, *best.weak)
    if alone and not doubts:
        enough = len(best.medium) + len(best.weak) >= 2 or bool(best.medium)
        same_voice = asked.source in known[best.ci].sources
        if enough or same_voice or not asked.described:
            return Verdict("match", f"same {_words(evidence)}, and nothing against it", best.ci, (), True, demoted, tuple(judged))
    if not best.medium and len(best.weak) < 2 and (doubts or not alone):
        return _weak_only(asked, judged, demoted)
    why = f"same {_words(evidence)}" + (f", but another {_words([d.kind for d in doubts])}" if doubts else "")
    if not asked.described:
        return Verdict("incomplete", why + "; known by reference only", candidates=tuple(judged), shared=demoted)
    return Verdict("ambiguous", why, "", tuple(c.ci for c in possible), False, demoted, tuple(judged))


def _weak_only(asked: Asked, judged: list[Candidate], demoted: tuple[str, ...]) -> Verdict:
    """One weak family agrees and something speaks against it (a factory host name, a reused name): no more than a coincidence."""
    if any(e.grade in ("strong", "medium") for e in asked.evidence) or asked.described:
        return Verdict("new", "shares only a name with others, and differs otherwise", candidates=tuple(judged), shared=demoted)
    return Verdict("incomplete", "a name that several CIs carry", candidates=tuple(judged), shared=demoted)


def _can_stand_alone(asked: Asked, shared: frozenset[str]) -> bool:
    """A described item is created on any evidence; a mere reference needs at least one medium kind (a MAC seen on a port)."""
    usable = [e for e in asked.evidence if e.grade != "none" and e.key not in shared and e.kind != "listens_at"]
    if asked.dependent and not usable:
        return False
    return (asked.described and bool(usable)) or any(e.grade in ("strong", "medium") for e in usable)


def _rule_for_new(judged: list[Candidate]) -> str:
    lost = [c for c in judged if c.against]
    return f"new: {lost[0].against}" if lost else "new: nothing known shares its identifiers"


def _order(candidate: Candidate) -> tuple[bool, int, int, int, str]:
    strong, medium, weak = candidate.rank
    return (bool(candidate.against), -strong, -medium, -weak, candidate.ci)


def _judge(asked: Asked, known: Known, catalogue: Catalogue, shared: frozenset[str]) -> Candidate:
    rows = tuple(_compare(asked.evidence, known.evidence, shared))
    against = "" if compatible(catalogue, asked.cls, known.cls) else f"a {known.cls} is never a {asked.cls}"
    deciding = _deciding(rows)
    if not against and deciding is not None and not deciding.agrees:
        against = f"another {deciding.kind.replace('_', ' ')}"
    agreeing = [r for r in rows if r.agrees]
    return Candidate(
        known.ci,
        known.cls,
        _families(r.kind for r in agreeing if r.grade == "strong"),
        _families(r.kind for r in agreeing if r.grade == "medium"),
        _families(r.kind for r in agreeing if r.grade == "weak"),
        rows,
        against,
    )


def _families(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({_FAMILY.get(k, k) for k in kinds}))


def _deciding(rows: tuple[Agreement, ...]) -> Agreement | None:
    """The comparable strong kind that ranks first (data/identifiers.yaml)."""
    strong = [r for r in rows if r.grade == "strong" and (r.agrees or kind_of(r.kind).differs == "conflict")]
    return min(strong, key=lambda r: (kind_of(r.kind).rank, not r.agrees), default=None)


def _compare(mine: tuple[Evidence, ...], theirs: tuple[Evidence, ...], shared: frozenset[str]) -> list[Agreement]:
    rows: list[Agreement] = []
    usable = [e for e in mine if e.grade != "none" and e.key not in shared]
    others = [e for e in theirs if e.grade != "none" and e.key not in shared]
    for kind in sorted({e.kind for e in usable} & {e.kind for e in others}):
        here, there = [e for e in usable if e.kind == kind], [e for e in others if e.kind == kind]
        hit = next((a for a in here for b in there if _same(a, b)), None)
        grade = _weaker([e.grade for e in here], [e.grade for e in there]) if hit is None else hit.grade
        rows.append(Agreement(kind, grade, hit.value if hit else f"{here[0].value} / {there[0].value}", hit is not None))
    return rows


def _same(a: Evidence, b: Evidence) -> bool:
    return a.key == b.key and (a.scope == b.scope or not a.scope or not b.scope)


def _weaker(mine: list[str], theirs: list[str]) -> str:
    for grade in ("weak", "medium", "strong"):
        if all(g == grade for g in mine) or all(g == grade for g in theirs):
            return grade
    return "weak"


def compatible(catalogue: Catalogue, one: str, other: str) -> bool:
    """Whether two sources may mean one thing by these classes: one is a kind of the other, or both are devices of a not yet settled kind.

    A management controller never is its host, though it shows the host's serial.
    """
    if catalogue.is_a(one, other) or catalogue.is_a(other, one):
        return "management_controller" not in (one, other) or one == other or "device" in (one, other)
    if "management_controller" in (one, other):
        return False
    return catalogue.is_a(one, "device") and catalogue.is_a(other, "device")


def _words(kinds: Iterable[str]) -> str:
    return " and ".join(k.replace("_", " ") for k in kinds)
