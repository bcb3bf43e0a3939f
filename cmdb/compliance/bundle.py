"""The audit bundle: everything an auditor needs of a scope and a date, in one signed archive that anybody can check."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from cmdb.compliance import editions, past
from cmdb.compliance.bundle_page import page
from cmdb.compliance.chosen import active
from cmdb.compliance.editions import Edition
from cmdb.compliance.hindsight import Hindsight, each_with_hindsight
from cmdb.compliance.policy import ASKED, STATES, Policy
from cmdb.compliance.report import DIMENSIONS
from cmdb.compliance.sampling import of_endpoints
from cmdb.compliance.signing import FORMAT, MANIFEST, SigningKey, fingerprint, pem_of, placeholder, seal
from cmdb.compliance.waivers import Waiver
from cmdb.errors import Invalid
from cmdb.graph import compliance as results
from cmdb.graph import compliance_counts as counts
from cmdb.graph import sources
from cmdb.graph.door import Graph, Row
from cmdb.model.times import from_text, to_text
from cmdb.store import Ledger

COLUMNS = (
    *("policy", "ci", "name", "cls", "ownership", "site", "team", "state", "reason", "severity", "since", "edition"),
    *("excepted_until", "attested_until"),
)
_KNOWN = ("known_state", "known_reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
README = """This archive tells what was proven of endpoints at one moment, and by what.

manifest.json     what this is about, and the SHA-256 of every file
summary.pdf       the same for people
counts.json       results by policy and state; unknown stands apart
results.json      every result with the facts it rests on; results.csv the same as a table without the facts
                  with known_at in the manifest: beside each the result as known at that later time (hindsight; known_state in the
                  table), and what was learned; counts.json has the counts of those as as_known. Where judged is false the fact
                  that changed is one that is worked out of several, and the result beside it is the one of that day
policies/         every text of a policy by which a result was judged (its name holds the edition: version and digest of the text)
policies.json     which they are, and since when results were judged by them
exceptions.json   failures that two people accepted; attestations.json what owners of personal devices answer for
reports.json      the reports the facts come from, with the SHA-256 of what was received and its link in the chain of all reports
coverage.json     how we know that the list is complete, and where it is not
public-key.pem    the key that signed this archive

To check it: moorings audit verify FILE. Compare the key's fingerprint with one that you were told by other means.
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bundle is about: a moment; endpoints by ownership, site, team and class, one of them, or a sample of several (`cis`);
    policies (none named: all). `known_at`: each result also as known at that later time.
    """

    as_of: datetime
    ownership: str = ""
    site: str = ""
    team: str = ""
    cls: str = ""
    ci: str = ""
    policies: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    known_at: datetime | None = None

    def where(self) -> dict[str, str]:
        """The words that narrow."""
        return {name: getattr(self, name) for name in DIMENSIONS if getattr(self, name)}

    def to_json(self) -> dict[str, Any]:
        """As the manifest tells it."""
        known = {"known_at": to_text(self.known_at) if self.known_at else ""}
        return {**asdict(self), **known, "as_of": to_text(self.as_of), "policies": list(self.policies), "cis": list(self.cis)}


@dataclass(slots=True)
class _Tally:
    """What is counted while results are written."""

    states: dict[str, Counter[str]] = field(default_factory=dict)
    known: dict[str, Counter[str]] = field(default_factory=dict)
    endpoints: set[str] = field(default_factory=set)
    waivers: dict[str, Waiver] = field(default_factory=dict)
    said: dict[tuple[str, str, str], None] = field(default_factory=dict)
    editions: dict[tuple[str, str], None] = field(default_factory=dict)

    def take(self, row: Row, evidence: list[dict[str, Any]]) -> None:
        """Count one result."""
        tally = self.states.setdefault(row["policy"], Counter())
        tally[row["state"]] += 1
        if row["hindsight"]:
            self.known.setdefault(row["policy"], Counter())[row["hindsight"].state] += 1
        self.endpoints.add(row["ci"])
        self.editions[row["policy"], row["edition"]] = None
        over = row.get("waiver")
        if over is not None:
            self.waivers[over.id] = over
            tally["excepted" if over.kind == "exception" else "attested"] += 1
        for fact in evidence:
            if fact.get("source") and not str(fact["source"]).startswith("register"):
                self.said[row["ci"], str(fact["source"]), str(fact["at"])] = None


def build(graph: Graph, ledger: Ledger, key: SigningKey, scope: Scope, target: Path, *, by: str, now: datetime) -> dict[str, Any]:
    """Write the bundle to `target` (a new file) and give its manifest. Raises Invalid for a policy that does not exist or a future date."""
    _checked(scope, now)
    texts = editions.known(graph)
    chosen = _chosen(texts, scope)
    private = key.load()
    tally, digests = _Tally(), {}
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = placeholder()
        with archive.open("results.json", "w") as file:
            digests["results.json"] = _results(file, _rows(graph, scope, chosen), tally)
        digests["results.csv"] = _table(archive, graph, scope, chosen)
        parts = _parts(graph, ledger, chosen, tally, now) | _policies(texts, chosen, tally)
        parts["public-key.pem"] = pem_of(private.public_key()).encode()
        head = ledger.chain.verify()
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "made_at": to_text(now),
            "made_by": by,
            "scope": scope.to_json(),
            "endpoints": len(tally.endpoints),
            "key": fingerprint(private.public_key()),
            "report_chain": {**asdict(head), "whole": head.whole},
        }
        parts["summary.pdf"] = page(
            manifest, json.loads(parts["counts.json"]), json.loads(parts["coverage.json"]), list(tally.waivers.values())
        )
        for name, content in parts.items():
            archive.writestr(name, content)
            digests[name] = hashlib.sha256(content).hexdigest()
        manifest["files"] = dict(sorted(digests.items()))
        archive.writestr(MANIFEST, _json(manifest))
    seal(target, private)
    return manifest


def _checked(scope: Scope, now: datetime) -> None:
    if scope.as_of > now:
        raise Invalid("The moment lies in the future.", field="as_of")
    if scope.known_at and not scope.as_of <= scope.known_at <= now:
        raise Invalid("known_at lies before as_of or in the future.", field="known_at")


def _chosen(texts: Mapping[tuple[str, str], Edition], scope: Scope) -> list[Policy]:
    """The policies as they were then. Raises Invalid for one that there was not."""
    then = editions.in_force(texts, scope.as_of)
    for name in scope.policies:
        if name not in then:
            raise Invalid(f"There is no policy {name[:60]!r}, or there was none then.", field="policy")
    return [then[name].policy for name in scope.policies or sorted(then)]


def _rows(graph: Graph, scope: Scope, chosen: Iterable[Policy]) -> Iterator[Row]:
    """Every result of the scope, with `hindsight` where that was asked for (else None)."""
    return each_with_hindsight(graph, _then(graph, scope, chosen), scope.as_of, scope.known_at)


def _then(graph: Graph, scope: Scope, chosen: Iterable[Policy]) -> Iterator[Row]:
    names = [policy.id for policy in chosen]
    wanted = (scope.ci,) if scope.ci else scope.cis
    if wanted:
        for rows in of_endpoints(graph, wanted, scope.as_of).values():
            yield from (row for row in rows if row["policy"] in names)
        return
    for name in names:
        yield from past.every_at(graph, name, scope.as_of, scope.where())


def _flat(row: Row) -> dict[str, Any]:
    over = row.get("waiver")
    until = {"excepted_until": over.until if over and over.kind == "exception" else ""}
    until["attested_until"] = over.until if over and over.kind == "attestation" else ""
    found: Hindsight | None = row["hindsight"]
    known = {"known_state": found.state, "known_reason": found.reason} if found else {}
    return {name: row.get(name, "") for name in COLUMNS} | {"ownership": row["declared"]} | until | known


def _results(file: IO[bytes], rows: Iterable[Row], tally: _Tally) -> str:
    """Write every result with its evidence, one a line. Gives the hash of what was written."""
    digest = hashlib.sha256()

    def put(text: bytes) -> None:
        digest.update(text)
        file.write(text)

    put(b"[")
    for number, row in enumerate(rows):
        evidence = json.loads(row["evidence"])
        tally.take(row, evidence)
        over = row.get("waiver")
        body = {**_flat(row), "evidence": evidence, "exception": over.id if over else ""}
        if row["hindsight"]:
            body["hindsight"] = row["hindsight"].told()
        put((b",\n" if number else b"\n") + json.dumps(body, ensure_ascii=False, sort_keys=True).encode())
    put(b"\n]\n")
    return digest.hexdigest()


def _table(archive: zipfile.ZipFile, graph: Graph, scope: Scope, chosen: Iterable[Policy]) -> str:
    digest = hashlib.sha256()
    with archive.open("results.csv", "w") as file:
        columns = (*COLUMNS, *_KNOWN) if scope.known_at else COLUMNS
        for values in ([columns], (list(_flat(row).values()) for row in _rows(graph, scope, chosen))):
            for row in values:
                buffer = io.StringIO()
                csv.writer(buffer).writerow([_cell(value) for value in row])
                digest.update(buffer.getvalue().encode())
                file.write(buffer.getvalue().encode())
    return digest.hexdigest()


def _cell(value: object) -> str:
    """What a spreadsheet would run as a formula gets a leading apostrophe."""
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _parts(graph: Graph, ledger: Ledger, chosen: list[Policy], tally: _Tally, now: datetime) -> dict[str, bytes]:
    """The smaller files."""
    counts = [_counted(policy, tally.states.get(policy.id, Counter()), tally.known.get(policy.id)) for policy in chosen]
    kinds = {kind: [one.to_json() for one in tally.waivers.values() if one.kind == kind] for kind in ("exception", "attestation")}
    return {
        "counts.json": _json(counts),
        "exceptions.json": _json(kinds["exception"]),
        "attestations.json": _json(kinds["attestation"]),
        "coverage.json": _json(coverage(graph, now)),
        "reports.json": _json(_reports(ledger, tally)),
        "README.txt": README.encode(),
    }


def _policies(texts: Mapping[tuple[str, str], Edition], chosen: Iterable[Policy], tally: _Tally) -> dict[str, bytes]:
    """The texts in force then, and each other one that a result was judged by; one that was never kept is named without its text."""
    wanted = dict.fromkeys([*((one.id, one.edition) for one in chosen), *tally.editions])
    parts, about = {}, []
    for name, edition in sorted(wanted):
        one = texts.get((name, edition))
        told: dict[str, Any] = {"id": name, "edition": edition, "file": None, "why": "judged before texts were kept"}
        if one is not None:
            policy = one.policy
            parts[one.file] = policy.text.encode()
            told = {"id": name, "edition": edition, "version": policy.version, "title": policy.title, "file": one.file, "since": one.since}
            told |= {"maps": {k: list(v) for k, v in policy.maps.items()}, "sha256": hashlib.sha256(policy.text.encode()).hexdigest()}
        about.append(told)
    return {**parts, "policies.json": _json(about)}


def _counted(policy: Policy, states: Mapping[str, int], known: Mapping[str, int] | None) -> dict[str, Any]:
    asked = sum(states.get(state, 0) for state in ASKED)
    told: dict[str, Any] = {state: states.get(state, 0) for state in (*STATES, "excepted", "attested")}
    if known is not None:
        told["as_known"] = {state: known.get(state, 0) for state in STATES}
    return {"policy": policy.id, "title": policy.title, **told, "share": states.get("pass", 0) / asked if asked else None}


def _reports(ledger: Ledger, tally: _Tally) -> list[dict[str, Any]]:
    """The accepted reports that facts come from: by the time they were received and the endpoint they turned out to be about."""
    found = []
    for ci, source, at in tally.said:
        entry = next((one for one in ledger.chain.near(from_text(at)) if ci in one.cis), None)
        about = {"ci": ci, "source": source, "at": at}
        if entry is None:
            found.append({**about, "report": None, "why": "not kept in the ledger: it came in before the chain began, or not as a report"})
        else:
            told = {"report": entry.id, "kind": entry.kind, "sha256": entry.sha256, "received_at": entry.received_at, "link": entry.link}
            found.append({**about, **told})
    return found


def coverage(graph: Graph, now: datetime) -> dict[str, Any]:
    """How do you know that this list is complete? What looked, when, how many endpoints are silent, dark or nobody's."""
    rows = counts.narrowed(graph, {})

    def count(policy: str, state: str) -> int:
        return sum(int(row["n"]) for row in rows if (row["policy"], row["state"]) == (policy, state))

    endpoints = max((count_all(rows, policy.id) for policy in active(graph)), default=0)
    return {
        "at": to_text(now),
        "endpoints_known": endpoints,
        "report_regularly": count("reported-recently", "pass"),
        "stopped_reporting": count("reported-recently", "fail"),
        "never_reported": count("reported-recently", "unknown"),
        "seen_on_the_network_and_silent": count("dark-endpoint", "fail"),
        "without_owner": count("owner-known", "fail"),
        "without_declared_ownership": count("ownership-known", "fail"),
        "all_results_confirmed_at": results.last_sweep(graph),
        "sources": [{"source": row["source"], "things": row["cis"], "last": row["last"]} for row in sources.told(graph)],
        "limits": "What no source has seen and nobody registered is not in this list. What was never reported counts as unknown.",
    }


def count_all(rows: Iterable[Row], policy: str) -> int:
    """How many endpoints a policy has judged."""
    return sum(int(row["n"]) for row in rows if row["policy"] == policy)


def _json(body: object) -> bytes:
    return (json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1, default=str) + "\n").encode()
