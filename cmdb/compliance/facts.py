"""Facts of an endpoint from the words of its sources: value, time and source of each, or the reason why it is not known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cmdb.compliance.reference import Reference
from cmdb.compliance.truth import CANNOT_TELL, NEVER, Fact
from cmdb.compliance.vocabulary import FACTS, FactKind
from cmdb.model.observation import Value
from cmdb.model.times import to_text

REPORTING = ("agent", "ssh", "local", "winrm", "mdm")
"""Kinds of sources that look into an endpoint: their silence is news, a person's or an import's is not."""
_PRIVACY = "not kept for a"
_BEST = {"complete": 6, "partial": 5, "refused": 4, "failed": 3, "not_looked": 2}


@dataclass(frozen=True, slots=True)
class Words:
    """The last word of one source: attribute → (value, when), part → (state, reason)."""

    source: str
    observed_at: str
    attributes: Mapping[str, tuple[Value, str]] = field(default_factory=dict)
    coverage: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def reports(self) -> bool:
        """Whether this source looks into the endpoint."""
        return self.source.partition(":")[0] in REPORTING


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the graph holds of one endpoint: golden properties, live words of its sources, who has it, where it is, whose team."""

    id: str
    cls: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[Words, ...] = ()
    owners: tuple[str, ...] = ()
    site: str = ""
    team: str = ""
    present: bool = True

    @property
    def ownership(self) -> str:
        """corporate, loaned or personal; unknown counts as personal."""
        return self.declared or "personal"

    @property
    def declared(self) -> str:
        """The ownership as known; empty: unknown."""
        return str(self.properties.get("ownership") or "")


def facts_of(endpoint: Endpoint, reference: Reference, now: datetime) -> dict[str, Fact | str]:
    """Every fact of the vocabulary, or why it is not known."""
    at = to_text(now)
    facts: dict[str, Fact | str] = {
        "asset.class": Fact(endpoint.cls, at, "register"),
        "asset.ownership": Fact(endpoint.ownership, at, "register" if endpoint.declared else "register (unknown)"),
        "asset.owner": Fact(", ".join(endpoint.owners) or None, at, "register"),
        "agent.last_report_at": _last_report(endpoint.words),
    }
    for name, kind in FACTS.items():
        if kind.attribute:
            facts[name] = _boolean(endpoint, kind) if kind.boolean else _golden(endpoint, kind)
    facts["os.supported_until"] = _support(endpoint, facts, reference, now)
    return facts


def _last_report(words: Iterable[Words]) -> Fact | str:
    times = [(one.observed_at, one.source) for one in words if one.reports]
    for one in words:
        said = one.attributes.get("last_report_at", (None, ""))[0]
        if isinstance(said, str) and said:
            times.append((said, one.source))
    newest = max(times, default=None)
    return Fact(newest[0], newest[0], newest[1]) if newest else NEVER


def _boolean(endpoint: Endpoint, kind: FactKind) -> Fact | str:
    """The newest word; every other source's is kept beside it, so that a contradiction shows. None: nobody vouches any more."""
    said = [(at, one.source, value) for one in endpoint.words for value, at in [one.attributes.get(kind.attribute, (None, ""))]]
    said = sorted((word for word in said if isinstance(word[2], bool)), key=lambda word: word[:2], reverse=True)
    if not said:
        return _why(endpoint.words, kind)
    (at, source, value), *others = said
    return Fact(value, at, source, tuple((v, when, who) for when, who, v in others))


def _golden(endpoint: Endpoint, kind: FactKind) -> Fact | str:
    """The value that reconciliation chose, dated by the newest source that says the same."""
    chosen = endpoint.properties.get(kind.attribute)
    if chosen is None:
        return _why(endpoint.words, kind)
    said = [(at, one.source) for one in endpoint.words for value, at in [one.attributes.get(kind.attribute, (None, ""))] if value == chosen]
    newest = max(said, default=None)
    return Fact(chosen, newest[0], newest[1]) if newest else CANNOT_TELL


def _why(words: Iterable[Words], kind: FactKind) -> str:
    """Why no source has a word on this."""
    reporting = [one for one in words if one.reports]
    if not reporting:
        return NEVER
    if any(kind.attribute in one.attributes for one in reporting):
        return CANNOT_TELL  # said once, and nobody vouches for it any more
    looks = [one.coverage[kind.part] for one in reporting if kind.part in one.coverage]
    if not looks:
        return "section_absent"
    state, reason = max(looks, key=lambda look: (_BEST.get(look[0], 0), look[1]))
    if state in ("refused", "failed"):
        return state
    if state == "not_looked":
        return "dropped_by_privacy" if _PRIVACY in reason else "section_absent"
    lacking = state == "partial" and kind.word and reason.startswith("nothing about") and kind.word in reason.partition(";")[0]
    return "section_absent" if lacking else CANNOT_TELL


def _support(endpoint: Endpoint, facts: Mapping[str, Fact | str], reference: Reference, now: datetime) -> Fact | str:
    name, version = facts["os.name"], facts["os.version"]
    if not isinstance(name, Fact):
        return name
    if reference.too_old(now):
        return "reference_stale"
    text = str(version.value) if isinstance(version, Fact) else ""
    until = reference.supported_until(str(name.value), text, str(endpoint.properties.get("os_edition") or ""))
    return Fact(until, name.at, name.source) if until else "not_in_reference"
