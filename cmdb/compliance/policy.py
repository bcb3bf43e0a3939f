"""A policy: what is asked of whom, as data. Loaded from YAML, checked, compiled, and tried on its own test cases before it counts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cmdb.compliance import truth
from cmdb.compliance.grammar import Lined, duration, predicate, refuse
from cmdb.compliance.grammar import read as read_yaml
from cmdb.compliance.truth import Fact, Facts, Moment, Predicate
from cmdb.compliance.vocabulary import FACTS
from cmdb.errors import Invalid
from cmdb.model.times import to_text

STATES = ("pass", "fail", "unknown", "not_applicable", "error")
ASKED = ("pass", "fail", "unknown", "error")
"""States of endpoints the policy asks something of: below the line of the headline. An error never raises the share."""
SEVERITIES: Mapping[str, int] = {"low": 1, "medium": 3, "high": 8}
OWNERSHIPS = ("corporate", "loaned", "personal")
SHIPPED = Path(__file__).parent / "policies"
_ID = re.compile(r"[a-z][a-z0-9-]{1,60}")
_KEYS = {"id", "version", "title", "why", "applies", "require", "fresh", "grace", "severity", "maps", "fix", "tests"}
_OPTIONAL = {"fresh", "grace", "fix", "maps"}
_CONTROLS: Mapping[str, re.Pattern[str]] = {
    "iso27001-2022": re.compile(r"A\.[5-8]\.\d{1,2}"),
    "cis-8.1": re.compile(r"\d{1,2}\.\d{1,2}"),
    "nist-800-53": re.compile(r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?"),
    "essential-eight": re.compile(r"[A-Z].{3,120}"),
}
"""Standards a policy may be mapped to, and how their controls are written."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy says of one endpoint. `reason` is set where it is unknown."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. `severity` by ownership class; `maps`: standard → controls; `fix`: platform → what to do; `grace`: how long
    a failure may take to be repaired; `digest` of its text and the `text` itself."""

    id: str
    version: int
    title: str
    why: str
    applies: Mapping[str, Any] = field(hash=False)
    require: Mapping[str, Any] = field(hash=False)
    fresh: timedelta | None
    severity: Mapping[str, str] = field(hash=False)
    maps: Mapping[str, tuple[str, ...]] = field(hash=False)
    fix: Mapping[str, str] = field(hash=False)
    digest: str = ""
    grace: timedelta | None = None
    text: str = field(default="", repr=False, compare=False)

    @property
    def edition(self) -> str:
        """Version with the digest of its text: what a result was judged by."""
        return f"{self.version}:{self.digest}"

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it reads."""
        return tuple(dict.fromkeys((*truth.facts_of(self.applies), *truth.facts_of(self.require))))

    def at(self, now: datetime) -> Judge:
        """The policy compiled for one moment."""
        return Judge(
            truth.compiled(self.applies, Moment(now)),
            truth.compiled(self.require, Moment(now, self.fresh)),
            {name: Moment(now, self.fresh).limit(name) for name in self.facts},
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """A policy compiled for one moment; `limits`: facts from before are stale."""

    applies: Predicate
    require: Predicate
    limits: Mapping[str, str]

    def __call__(self, facts: Facts) -> Outcome:
        """The outcome for these facts. Not applicable only by facts that are known."""
        asked = self.applies(facts)
        if asked is False:
            return NOT_APPLICABLE
        if asked is not True:
            return Outcome("unknown", str(asked))
        met = self.require(facts)
        if met is True:
            return PASS
        return FAIL if met is False else Outcome("unknown", str(met))


PASS, FAIL, NOT_APPLICABLE = Outcome("pass"), Outcome("fail"), Outcome("not_applicable")


@lru_cache(maxsize=1)
def shipped() -> tuple[Policy, ...]:
    """The built-in policies, in the order of their ids."""
    return load(sorted(SHIPPED.glob("*.yaml")))


def load(files: Iterable[Path]) -> tuple[Policy, ...]:
    """Policies of these files. Raises Invalid naming file and line of what is wrong, also where a test case of its own fails."""
    found: dict[str, Policy] = {}
    for path in files:
        policy = parse(path.read_text(encoding="utf-8"), path.name)
        if policy.id in found:
            raise Invalid(f"{path.name}:1: there is another policy {policy.id}.", field="id")
        found[policy.id] = policy
    return tuple(found[name] for name in sorted(found))


def parse(text: str, file: str) -> Policy:
    """The policy of one YAML text. Raises Invalid like `load`."""
    body = read_yaml(text, file)
    for key in sorted(_KEYS - _OPTIONAL - body.keys()):
        raise refuse(file, body, f"{key} is missing")
    for key in sorted(map(str, body.keys() - _KEYS)):
        raise refuse(file, body, f"{key[:40]!r} is no part of a policy", key)
    if not _ID.fullmatch(str(body["id"])):
        raise refuse(file, body, "id must be lower-case words joined by hyphens", "id")
    if not isinstance(body["version"], int) or isinstance(body["version"], bool) or body["version"] < 1:
        raise refuse(file, body, "version must be a whole number from 1", "version")
    policy = Policy(
        id=str(body["id"]),
        version=body["version"],
        title=str(body["title"]),
        why=" ".join(str(body["why"]).split()),
        applies=predicate(body["applies"], file, body),
        require=predicate(body["require"], file, body),
        fresh=duration(body["fresh"], file, body, "fresh") if "fresh" in body else None,
        severity=_severity(body, file),
        maps=_maps(body, file),
        fix=_fix(body, file),
        digest=_digest(body),
        grace=duration(body["grace"], file, body, "grace") if "grace" in body else None,
        text=text,
    )
    _try(policy, body, file)
    return policy


def _digest(body: Lined) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _mapping(body: Lined, key: str, file: str) -> Mapping[str, Any]:
    found = body.get(key, {})
    if not isinstance(found, dict):
        raise refuse(file, body, f"{key} must be a mapping", key)
    return found


def _fix(body: Lined, file: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for platform, words in _mapping(body, "fix", file).items():
        if not isinstance(words, str) or not words.strip():  # {any: Do this, then that} has two keys, and says half of it
            raise refuse(file, body, f"fix: {str(platform)[:60]!r} says nothing; put text with commas into quotation marks", "fix")
        found[str(platform)] = " ".join(words.split())
    return found


def _maps(body: Lined, file: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for standard, controls in _mapping(body, "maps", file).items():
        form = _CONTROLS.get(str(standard))
        if form is None:
            raise refuse(file, body, f"{str(standard)[:40]!r} is no standard known here; use {', '.join(_CONTROLS)}", "maps")
        if not isinstance(controls, list) or not all(form.fullmatch(str(one)) for one in controls):
            raise refuse(file, body, f"the controls of {standard} must be a list of its numbers", "maps")
        found[str(standard)] = tuple(map(str, controls))
    return found


def _severity(body: Lined, file: str) -> dict[str, str]:
    found = {str(k): str(v) for k, v in _mapping(body, "severity", file).items()}
    if set(found) != set(OWNERSHIPS) or not set(found.values()) <= set(SEVERITIES):
        raise refuse(file, body, f"severity needs {', '.join(OWNERSHIPS)}, each {', '.join(SEVERITIES)}", "severity")
    return found


def _try(policy: Policy, body: Lined, file: str) -> None:
    """Silence must be unknown, and every test case must come out as it says."""
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    judge = policy.at(now)
    if judge({}).state != "unknown":
        raise refuse(file, body, "of an endpoint nothing is known of it says something else than unknown", "applies")
    if isinstance(judge.require({}), bool):
        raise refuse(file, body, "where nothing is reported, require says true or false instead of unknown", "require")
    cases = body["tests"]
    if not isinstance(cases, list) or not cases:
        raise refuse(file, body, "tests must be a list of cases", "tests")
    for case in cases:
        if not isinstance(case, Lined) or not isinstance(case.get("facts"), dict) or "expect" not in case:
            raise refuse(file, case if isinstance(case, Lined) else body, "a test case needs facts and expect")
        found = judge(_case(case, file, now))
        said = f"{found.state}({found.reason})" if found.reason and "(" in str(case["expect"]) else found.state
        if said != str(case["expect"]):
            raise refuse(file, case, f"this test expects {case['expect']}, and it comes out as {said}")


def _case(case: Lined, file: str, now: datetime) -> dict[str, Fact | str]:
    """`{fact: value}`, `{fact: {value: v, age: 3d}}`, `{fact: {ago: 3d}}` (a time), or `{fact: {unknown: reason}}`."""
    facts: dict[str, Fact | str] = {}
    for name, given in case["facts"].items():
        if name not in FACTS:
            raise refuse(file, case, f"{str(name)[:40]!r} is no fact")
        if not isinstance(given, dict):
            facts[name] = Fact(tuple(given) if isinstance(given, list) else given, to_text(now), "test")
        elif "unknown" in given:
            facts[name] = str(given["unknown"])
        elif "ago" in given:
            facts[name] = Fact(to_text(now - duration(given["ago"], file, case)), to_text(now), "test")
        else:
            facts[name] = Fact(given.get("value"), to_text(now - duration(given.get("age", "0d"), file, case)), "test")
    return facts
