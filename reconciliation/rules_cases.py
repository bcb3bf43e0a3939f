"""The cases of a rule set: an item, what is known, and the verdict that must come out. Tried each time the set is loaded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cmdb.errors import Invalid, NotFound
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation import Identifier
from reconciliation.evidence import Evidence, evidence_of, kind_of
from reconciliation.identify import Asked, Known, identify
from reconciliation.rules import RuleSet, identifiers_of, trying
from reconciliation.verdict import Verdict

VERDICTS = ("match", "new", "ambiguous", "join", "incomplete")
_ITEM = {"class", "vendor", "identifiers", "source", "at", "described"}
_KNOWN = {"ci", "class", "vendor", "identifiers", "sources", "last_seen_at"}
_EXPECT = {"verdict", "ci", "weak"}
_AT = "2026-11-01T08:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Case:
    """One case as it stands in the file. `place`: file and line."""

    name: str
    item: Mapping[str, Any]
    known: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]
    place: tuple[str, int] = ("", 0)


def case_of(said: Any, place: tuple[str, int]) -> Case:
    """A case from a mapping. Raises Invalid saying what is wrong with its form."""
    if not isinstance(said, dict) or set(said) - {"name", "item", "known", "expect"} or not isinstance(said.get("name"), str):
        raise Invalid("a case is {name, item, known, expect}", field="tests")
    item, known, expect = said.get("item"), said.get("known") or [], said.get("expect")
    if not isinstance(item, dict) or set(item) - _ITEM or not isinstance(item.get("identifiers"), dict):
        raise Invalid(f"the item of case {said['name']!r} is {{{', '.join(sorted(_ITEM))}}}", field="tests")
    if not isinstance(known, list) or any(not isinstance(k, dict) or set(k) - _KNOWN or not k.get("ci") for k in known):
        raise Invalid(f"what is known in case {said['name']!r} is a list of {{{', '.join(sorted(_KNOWN))}}}", field="tests")
    if not isinstance(expect, dict) or set(expect) - _EXPECT or expect.get("verdict") not in VERDICTS:
        raise Invalid(f"case {said['name']!r} expects a verdict, one of {', '.join(VERDICTS)}, and may name ci and weak", field="tests")
    return Case(said["name"], item, tuple(known), expect, place)


def tried(rules: RuleSet, catalogue: Catalogue, case: Case, *, exactly: bool = True) -> str:
    """Decide the case by the set; "" where the verdict is as expected, else what came out instead. Raises Invalid for an unknown class.

    Without `exactly` another verdict is right too, as long as it joins nothing that the case keeps apart.
    """
    with trying(rules):
        verdict = decided(catalogue, case)
    expect = case.expect
    joins = verdict.outcome in ("match", "join")
    if not exactly and (not joins or (expect["verdict"] in ("match", "join") and verdict.ci == expect.get("ci", verdict.ci))):
        return ""
    right = verdict.outcome == expect["verdict"] and verdict.ci == expect.get("ci", verdict.ci)
    if right and bool(expect.get("weak", verdict.weak)) == verdict.weak:
        return ""
    got = f"{verdict.outcome}{f' {verdict.ci}' if verdict.ci else ''}{' (weak)' if verdict.weak else ''}"
    return f"the verdict is {got} ({verdict.rule})"


def decided(catalogue: Catalogue, case: Case) -> Verdict:
    """The verdict of a case by the set in force."""
    item = case.item
    cls = _class(catalogue, item)
    asked = Asked(
        cls=cls,
        evidence=_evidence(catalogue, item),
        described=bool(item.get("described", True)),
        source=str(item.get("source", "agent:glpi")),
        dependent=bool(catalogue.cls(cls).dependent_on),
        at=str(item.get("at", _AT)),
    )
    known = [_known(catalogue, one) for one in case.known]
    return identify(asked, known, catalogue)


def _known(catalogue: Catalogue, said: Mapping[str, Any]) -> Known:
    seen = str(said.get("last_seen_at", _AT))
    sources = frozenset(str(s) for s in said.get("sources", ("agent:ocs",)))
    evidence = tuple(e for e in _evidence(catalogue, said) if e.grade != "none")
    return Known(str(said["ci"]), _class(catalogue, said), evidence, seen, sources, seen)


def _class(catalogue: Catalogue, said: Mapping[str, Any]) -> str:
    try:
        return catalogue.cls(str(said.get("class", ""))).name
    except NotFound as error:
        raise Invalid(error.message, field="tests") from None


def _evidence(catalogue: Catalogue, said: Mapping[str, Any]) -> tuple[Evidence, ...]:
    vendor = str(said.get("vendor", ""))
    given = [
        Identifier(str(kind), str(value), vendor if kind_of(str(kind)).scope == "vendor" else "")
        for kind, values in (said.get("identifiers") or {}).items()
        for value in (values if isinstance(values, list) else [values])
    ]
    cls = catalogue.cls(_class(catalogue, said))
    lineage = [name for name in catalogue.lineage(cls.name) if "name" in identifiers_of(catalogue.classes[name])]
    return evidence_of(given, cls, name_scope=lineage[-1] if lineage else cls.name)
