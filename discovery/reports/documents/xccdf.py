"""Results of security benchmarks: an XCCDF TestResult, alone, in its benchmark, or in an ARF collection (NIST IR 7275, IR 7694).

Only the results of rules are read. The score and the exit code of a scanner say nothing: with content for another system all rules are "not
applicable", the exit code is 0 and the score is perfect (measured with OpenSCAP 1.3.7). Then no rule ran, and that is what is kept.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports.message import Message
from discovery.reports.text import tidy

_RAN = ("pass", "fail", "error", "fixed")
"""Rules that looked at something. `error` counts as run and not passed; `unknown`, `notchecked` and the others did not."""
_FACTS = {
    "asset:identifier:host_name": "name",
    "asset:identifier:fqdn": "fqdn",
    "asset:identifier:mac": "mac",
    "ethernet:mac": "mac",
    "asset:identifier:ipv4": "ip",
    "asset:identifier:ipv6": "ip",
}
_PREFIX = re.compile(r"urn:(xccdf|scap):fact:")
"""OpenSCAP's, and that of NIST SP 800-126, which SCC and CIS-CAT write."""
MAX_RULES = 100_000


def read(root: etree._Element) -> Message:
    """The message of a document. Raises Invalid where it holds no result, or results of several machines."""
    results = list(root.iter("{*}TestResult"))
    if not results:
        raise Invalid("The document holds no TestResult; give the scanner's results, not its content.", field="body")
    targets = {tidy(node.findtext("{*}target") or "") for node in results}
    if len(targets) > 1:
        raise Invalid("The document holds results of several machines; send one for each.", field="body")
    facts = _facts(results[-1])
    name = tidy(facts.get("name", [""])[0] or next(iter(targets)))
    full = next((fqdn for fqdn in facts.get("fqdn", []) if fqdn.lower().startswith(f"{name.lower()}.")), "")
    if not name:
        raise Invalid("The TestResult names no target.", field="target")
    scanner = " ".join(filter(None, (_fact(results[-1], "scanner:name"), _fact(results[-1], "scanner:version"))))
    content: dict[str, Any] = {
        "hardware": [{"name": full or name}],
        "macs": [{"mac": mac} for mac in facts.get("mac", [])[:500]],
        "benchmarks": [_summary(node, root) for node in results],
    }
    return Message(
        kind="inventory",
        wire="document",
        compression="plain",
        product="xccdf",
        agent=(scanner or tidy(results[-1].get("test-system") or ""))[:100] or "XCCDF",
        deviceid=f"xccdf:{name}"[:200],
        query="inventory",
        partial=True,
        tree=content,
    )


def _summary(result: etree._Element, root: etree._Element) -> dict[str, Any]:
    counts: dict[str, int] = {}
    failed: list[tuple[str, str]] = []
    open_: list[tuple[str, str]] = []
    for number, rule in enumerate(result.iterfind("{*}rule-result")):
        if number >= MAX_RULES:
            raise Invalid(f"The TestResult has more than {MAX_RULES:,} rules.", field="body")
        word = (rule.findtext("{*}result") or "").strip().lower()
        counts[word] = counts.get(word, 0) + 1
        if word in ("fail", "error"):
            failed.append((rule.get("idref") or "", (rule.get("severity") or "").lower()))
        elif word == "unknown":
            open_.append((rule.get("idref") or "", (rule.get("severity") or "").lower()))
    grades, left = _grades(failed, root), _grades(open_, root)
    benchmark, profile = result.find("{*}benchmark"), result.find("{*}profile")
    return {
        "benchmark": tidy((benchmark.get("id") or benchmark.get("href") or "") if benchmark is not None else "")[:300],
        "profile": tidy((profile.get("idref") or "") if profile is not None else "")[:300],
        "ended": tidy(result.get("end-time") or result.get("start-time") or "")[:40],
        "rules_run": sum(counts.get(word, 0) for word in _RAN),
        "passed": counts.get("pass", 0) + counts.get("fixed", 0),
        "failed": counts.get("fail", 0) + counts.get("error", 0),
        # Rules of which the scanner itself does not know whether they hold leave it open, too.
        "high_failed": grades.count("high"),
        "ungraded_failed": grades.count("") + left.count("high") + left.count(""),
        "not_applicable": counts.get("notapplicable", 0),
        "not_checked": sum(counts.get(word, 0) for word in ("notchecked", "unknown", "notselected")),
    }


def _grades(failed: list[tuple[str, str]], root: etree._Element) -> list[str]:
    """How grave each failed rule is: as its result says, else as the benchmark in the same document; empty where nobody says (CIS grades
    no rule)."""
    grades = ["" if told == "unknown" else told for _, told in failed]
    if "" in grades:
        rules = {rule.get("id"): (rule.get("severity") or "").lower() for rule in root.iter("{*}Rule")}
        told = [rules.get(name, "") for name, _ in failed]
        grades = [grade or ("" if other == "unknown" else other) for grade, other in zip(grades, told, strict=True)]
    return grades


def _facts(result: etree._Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in result.iterfind("{*}target-facts/{*}fact"):
        kind = _FACTS.get(_PREFIX.sub("", (fact.get("name") or "").lower()))
        value = tidy(fact.text or "")
        if kind and value and value not in found.setdefault(kind, []):
            found[kind].append(value)
    return found


def _fact(result: etree._Element, name: str) -> str:
    for fact in result.iterfind("{*}target-facts/{*}fact"):
        if fact.get("name") == f"urn:xccdf:fact:{name}":
            return tidy(fact.text or "")
    return ""
