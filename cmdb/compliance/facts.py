"""Facts of an endpoint from the words of its sources: value, time and source of each, or the reason why it is not known. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cmdb.compliance.browsers import Browsers, shipped_browsers
from cmdb.compliance.reference import Reference
from cmdb.compliance.software import Findings, Lists, shipped_lists
from cmdb.compliance.truth import CANNOT_TELL, CONFLICT, NEVER, STALE_REFERENCE, Fact
from cmdb.compliance.vocabulary import FACTS, FactKind
from cmdb.model.observation import Value
from cmdb.model.times import to_text

REPORTING = ("agent", "ssh", "local", "winrm", "mdm")
"""Kinds of sources that look into an endpoint: their silence is news, a person's or an import's is not."""
_SCANS = ("snmp", "ssh", "local", "winrm")
_MENTION = frozenset({"name", "hostname", "fqdn", "primary_ip", "ip_addresses", "mac_addresses", "vendor", "model", "serial"})
"""Attributes another device may tell of an endpoint that it has seen. Who says no more has not looked into it."""
_PRIVACY = "not kept for a"
_QUERY = "the query for"
"""How a look that came by queries names those that failed (discovery/reports)."""
_WATCHED = "a personal device keeps only what is on the watch list"
_NONE_ON = "no antimalware product says that it is on"
_OLD_SIGNATURES = timedelta(days=7)
_BEST = {"complete": 6, "partial": 5, "refused": 4, "failed": 3, "not_looked": 2}


@dataclass(frozen=True, slots=True)
class Words:
    """The last word of one source: attribute → (value, when), part → (state, reason), parts of its software list and when it was given."""

    source: str
    observed_at: str
    attributes: Mapping[str, tuple[Value, str]] = field(default_factory=dict)
    coverage: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    software: tuple[str, ...] | None = None
    software_at: str = ""

    @property
    def kind(self) -> str:
        """`agent` of `agent:ocs`."""
        return self.source.partition(":")[0]

    @property
    def reports(self) -> bool:
        """Whether this source looks into the endpoint, and has not only seen it from another device."""
        return self.kind in REPORTING and (bool(self.coverage) or self.software is not None or not self.attributes.keys() <= _MENTION)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the graph holds of one endpoint: golden properties, live words of its sources, who has it, where it is, whose team.

    `around`: loan, returned_at, cloned, left (cmdb.graph.endpoint_facts); `findings`: what its software lists say, None without one.
    """

    id: str
    cls: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    words: tuple[Words, ...] = ()
    owners: tuple[str, ...] = ()
    site: str = ""
    team: str = ""
    present: bool = True
    around: Mapping[str, Any] = field(default_factory=dict)
    findings: Findings | None = None

    @property
    def ownership(self) -> str:
        """corporate, loaned or personal; unknown counts as personal."""
        return self.declared or "personal"

    @property
    def declared(self) -> str:
        """The ownership as known; empty: unknown."""
        return str(self.properties.get("ownership") or "")


@dataclass(frozen=True, slots=True)
class Tables:
    """Reference data facts are compared with: end of life of systems, product lists, releases of browsers; and which of them
    (systems, software, browsers) are older than the site allows.
    """

    systems: Reference
    lists: Lists
    browsers: Browsers
    too_old: frozenset[str] = frozenset()


_MADE_OF: Mapping[str, tuple[str, ...]] = {
    "os.supported_until": ("os.family", "os.name", "os.version"),
    "protection.state": ("antimalware.present", "antimalware.enabled", "antimalware.signatures_at", "antimalware.up_to_date"),
}


def needed(names: Iterable[str]) -> frozenset[str]:
    """These facts, and those they are made of."""
    asked = frozenset(names)
    return asked.union(*(parts for name, parts in _MADE_OF.items() if name in asked))


def facts_of(endpoint: Endpoint, tables: Tables, now: datetime, asked: Collection[str] = FACTS.keys()) -> dict[str, Fact | str]:
    """Every fact of the vocabulary, or why it is not known; at the least those `asked`, which `needed` gave."""
    facts: dict[str, Fact | str] = _register(endpoint, tables, now)
    for name, kind in FACTS.items():
        if kind.attribute and not kind.made and name in asked:
            facts[name] = _boolean(endpoint, kind) if kind.boolean else _golden(endpoint, kind)
    if "os.supported_until" in asked:
        facts["os.supported_until"] = _support(endpoint, facts, tables)
    ran = facts.get("benchmark.rules_run")
    if isinstance(ran, Fact) and ran.value == 0:
        facts["benchmark.rules_run"] = "wrong_content"
    if "protection.state" in asked:
        facts["protection.state"] = _protection(endpoint, facts, now)
    return facts | _software(endpoint, tables) if any(name.startswith("software.") for name in asked) else facts


def _register(endpoint: Endpoint, tables: Tables, now: datetime) -> dict[str, Fact | str]:
    """What the register itself knows."""
    at, around = to_text(now), endpoint.around
    wiped, returned = str(endpoint.properties.get("wiped_on") or ""), str(around.get("returned_at", ""))
    back = bool(returned) and "loan" not in around
    left = tuple(name for name, day in around.get("left", ()) if day < at[:10])
    known: dict[str, Value] = {
        "asset.class": endpoint.cls,
        "asset.ownership_declared": endpoint.declared or None,
        "asset.owner": ", ".join(endpoint.owners) or None,
        "asset.cloned": tuple(around.get("cloned", ())),
        "asset.acceptable_use_at": endpoint.properties.get("acceptable_use_on"),
        "asset.loan_open": "loan" in around,
        "asset.loan_returned": back,
        "software.required_list": tuple(one.product for one in tables.lists.required),
    }
    facts: dict[str, Fact | str] = {name: Fact(value, at, "register") for name, value in known.items()}
    facts["asset.ownership"] = Fact(endpoint.ownership, at, "register" if endpoint.declared else "register (unknown)")
    facts["asset.owners_left"] = Fact(left, at, "register") if endpoint.owners else NEVER
    facts["asset.loan_due_on"] = Fact(around["loan"], at, "register") if around.get("loan") else NEVER
    facts["asset.wiped_since_return"] = Fact(wiped >= returned[:10], at, "register") if back else NEVER
    facts["agent.last_report_at"] = _last_report(endpoint.words)
    seen = max(((one.observed_at, one.source) for one in endpoint.words if one.kind in _SCANS and not one.reports), default=None)
    facts["network.seen_at"] = Fact(seen[0], seen[0], seen[1]) if seen else NEVER
    return facts


def _protection(endpoint: Endpoint, facts: Mapping[str, Fact | str], now: datetime) -> Fact | str:
    """protected, degraded (old signatures), disabled, removed – or why nobody knows (endpoints.md, five signals)."""
    present, enabled = facts["antimalware.present"], facts["antimalware.enabled"]
    if isinstance(enabled, Fact):
        if any(value != enabled.value for value, _, _ in enabled.others):
            return CONFLICT
        if enabled.value is False:
            return enabled._replace(value="disabled", others=())
        signed, current = facts["antimalware.signatures_at"], facts["antimalware.up_to_date"]
        if isinstance(signed, Fact):
            old = str(signed.value) < to_text(now - _OLD_SIGNATURES)
        else:
            old = isinstance(current, Fact) and current.value is False
        return enabled._replace(value="degraded" if old else "protected", others=())
    if isinstance(present, Fact) and present.value is False:
        return present._replace(value="removed", others=())
    # Installed, and a whole report comes without it: a sick product looks like none (mdatp that is not healthy has no row at all).
    for one in endpoint.words:
        there = (isinstance(present, Fact) and present.value is True) or (endpoint.findings is not None and endpoint.findings.security)
        if there and _NONE_ON in one.coverage.get("security", ("", ""))[1]:
            return Fact("disabled", one.observed_at, one.source)
    return enabled


_SOFTWARE: Mapping[str, str] = {
    "software.outdated_browsers": "outdated_browsers",
    "software.forbidden": "forbidden",
    "software.unsupported": "unsupported",
    "software.remote_control": "remote_control",
}
_ONE_SYSTEM = ("android", "chromeos", "ios", "macos")
"""Families of one system each, whose versions say all."""
_DATED: Mapping[str, str] = {"software.outdated_browsers": "browsers", "software.unsupported": "software"}
"""What time itself makes untrue, and the table it comes from."""
_SHOWN = 20


def _software(endpoint: Endpoint, tables: Tables) -> dict[str, Fact | str]:
    """What the software lists say. A list that privacy has cut, and a bill of material, prove what is in them, and not what is missing."""
    said = [one for one in endpoint.words if one.software is not None]
    if not said or endpoint.findings is None:
        why = _why(endpoint.words, FACTS["software.forbidden"])
        return dict.fromkeys((*_SOFTWARE, "software.missing"), why)
    looks = {one.source: one.coverage.get("software", ("complete", "")) for one in said}
    whole = [one for one in said if looks[one.source][0] != "partial"]
    cut = not whole and any(_WATCHED in why for _, why in looks.values())
    newest = max(whole or said, key=lambda one: (one.software_at, one.source))
    unseen = "" if whole else "dropped_by_privacy" if cut else CANNOT_TELL
    facts: dict[str, Fact | str] = {}
    for name, field_ in _SOFTWARE.items():
        found = tuple(sorted(getattr(endpoint.findings, field_)))[:_SHOWN]
        proven = found or not unseen or (cut and _on_the_watch_list(field_, tables))
        facts[name] = Fact(found, newest.software_at, newest.source) if proven else unseen
    missing = tuple(one.product for one in tables.lists.required if one.product not in endpoint.findings.seen)
    facts["software.missing"] = unseen if unseen and missing else Fact(missing, newest.software_at, newest.source)
    for name, table in _DATED.items():
        if table in tables.too_old:
            facts[name] = STALE_REFERENCE
    return facts


def _on_the_watch_list(kind: str, tables: Tables) -> bool:
    """Whether a personal device's list would show it: what the shipped tables name (discovery/reports, watch_list)."""
    if kind == "outdated_browsers":
        return tables.browsers.names <= shipped_browsers().names
    return kind != "unsupported" and getattr(tables.lists, kind) == getattr(shipped_lists(), kind)


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
    chosen = tuple(chosen) if isinstance(chosen, list) else chosen
    said = [(at, one.source) for one in endpoint.words for value, at in [one.attributes.get(kind.attribute, (None, ""))] if value == chosen]
    newest = max(said, default=None)
    return Fact(chosen, newest[0], newest[1]) if newest else CANNOT_TELL


def _why(words: Iterable[Words], kind: FactKind) -> str:
    """Why no source has a word on this."""
    reporting = [one for one in words if one.reports]
    if not reporting:
        return NEVER
    if kind.attribute and any(kind.attribute in one.attributes for one in reporting):
        return CANNOT_TELL  # said once, and nobody vouches for it any more
    looks = [one.coverage[kind.part] for one in reporting if kind.part in one.coverage]
    if not looks:
        return "section_absent"
    state, reason = max(looks, key=lambda look: (_BEST.get(look[0], 0), look[1]))
    if state in ("refused", "failed"):
        return "query_failed" if reason.startswith(_QUERY) else state
    if state == "not_looked":
        return "dropped_by_privacy" if _PRIVACY in reason else "section_absent"
    if state == "partial" and kind.word and f"{_QUERY} {kind.word} failed" in reason:
        return "query_failed"
    lacking = state == "partial" and kind.word and reason.startswith("nothing about") and kind.word in reason.partition(";")[0]
    return "section_absent" if lacking else CANNOT_TELL


def _support(endpoint: Endpoint, facts: Mapping[str, Fact | str], tables: Tables) -> Fact | str:
    """Until when the system gets security updates. A phone in a table of phones has a family, and no name of its system."""
    name, version = facts["os.name"], facts["os.version"]
    family = facts["os.family"]
    if not isinstance(name, Fact) and isinstance(family, Fact) and family.value in _ONE_SYSTEM:
        name = family._replace(value="ipados" if (family.value, endpoint.cls) == ("ios", "tablet") else family.value)
    if not isinstance(name, Fact):
        return name
    if "systems" in tables.too_old:
        return STALE_REFERENCE
    text = str(version.value) if isinstance(version, Fact) else ""
    until = tables.systems.supported_until(str(name.value), text, str(endpoint.properties.get("os_edition") or ""))
    if until is None:
        return "not_in_reference"
    return Fact(until, name.at, name.source) if until else "end_not_announced"
