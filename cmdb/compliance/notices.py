"""What people are told of compliance, once a period: new failures, protection switched off, exceptions about to end. A digest for each
owner and each team, and one for all; never a message for each result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cmdb.compliance import waivers
from cmdb.graph import notices as store
from cmdb.graph.door import Graph
from cmdb.model import times

PROTECTION = frozenset({"antimalware-on", "firewall-on", "security-software-not-tampered", "disk-encryption"})
"""Policies whose failing is told apart: what protected the device does not any more."""
AHEAD = timedelta(days=7)
"""How long before its end an exception is told of, once."""
MOST = 10_000
SHOWN = 50
"""Lines of one message; what is beyond is counted."""
_WORDS = {
    "protection_off": "Protection is off",
    "new_failure": "Does not meet a policy any more",
    "exception_ends": "An exception ends soon",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `kind`: protection_off, new_failure or exception_ends; `about` is the device or scope, `at` since or until when.

    `asked_by` is the login of who asked for an exception.
    """

    kind: str
    ci: str
    about: str
    policy: str
    at: str
    severity: str = ""
    team: str = ""
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything for one reader: `key` is `owner:EMAIL` or `team:NAME`; `email` is empty for a team that has none."""

    key: str
    name: str
    email: str
    notices: Sequence[Notice]

    def subject(self) -> str:
        """The subject line."""
        off = sum(one.kind == "protection_off" for one in self.notices)
        return f"{off} of your devices lost protection" if off else f"Compliance: {len(self.notices)} new"

    def text(self) -> str:
        """The message: hostile names on one line each."""
        lines = [f"Hello {_plain(self.name)},", ""]
        for kind, words in _WORDS.items():
            ours = [one for one in self.notices if one.kind == kind]
            if ours:
                lines += [
                    f"{words}:",
                    *(f"  - {_plain(one.about)}: {one.policy} ({one.at[:16].replace('T', ' ')})" for one in ours[:SHOWN]),
                ]
                lines += [f"  … and {len(ours) - SHOWN} more"] if len(ours) > SHOWN else []
                lines.append("")
        return "\n".join(lines)


def gather(graph: Graph, since: datetime, until: datetime) -> list[Notice]:
    """What there is to tell of [since, until), the gravest kind first; at most 10,000."""
    found = [
        Notice(
            "protection_off" if row["policy"] in PROTECTION else "new_failure",
            *(str(row[name] or "") for name in ("ci", "name", "policy", "since", "severity", "team")),
        )
        for row in store.failing_since(graph, times.to_text(since), times.to_text(until), limit=MOST)
    ]
    order = tuple(_WORDS)
    ending = [one for one in waivers.listed(graph, "exception", state="in_force") if _told_now(one.until, since, until)]
    found += [Notice("exception_ends", one.ci, one.scope, one.policy, one.until, "", one.team, one.requested_by) for one in ending]
    return sorted(found, key=lambda one: order.index(one.kind))


def _told_now(day: str, since: datetime, until: datetime) -> bool:
    """Once: in the period in which its end comes into sight."""
    try:
        tell_on = date.fromisoformat(day[:10]) - AHEAD
    except ValueError:
        return False
    return since.date() < tell_on <= until.date()


def digests(graph: Graph, found: Iterable[Notice], emails: Mapping[str, str]) -> list[Digest]:
    """One for each owner and team. `emails`: login → address, for who asked for an exception."""
    everything = list(found)
    held: dict[str, list[tuple[str, str]]] = {}
    for row in store.owners(graph, {one.ci for one in everything if one.ci}):
        held.setdefault(str(row["ci"]), []).append((str(row["email"]).strip().lower(), str(row["name"])))
    teams = store.team_addresses(graph, {one.team for one in everything if one.team})
    by_reader: dict[tuple[str, str, str], list[Notice]] = {}
    for one in everything:
        asked = emails.get(one.asked_by, "")
        people = [*held.get(one.ci, ()), *([(asked.strip().lower(), one.asked_by)] if asked else [])]
        for email, name in dict(people).items():
            by_reader.setdefault((f"owner:{email}", name, email), []).append(one)
        if one.team:
            by_reader.setdefault((f"team:{one.team}", one.team, teams.get(one.team, "")), []).append(one)
    return [Digest(key, name, email, notices) for (key, name, email), notices in sorted(by_reader.items())]


def payload(found: Sequence[Notice], told: Sequence[Digest], since: datetime, until: datetime) -> dict[str, Any]:
    """The body of the webhook: counts of everything, and the first thousand."""
    counts = {kind: sum(one.kind == kind for one in found) for kind in _WORDS}
    teams = {one.name: len(one.notices) for one in told if one.key.startswith("team:")}
    shown = [{k: v for k, v in asdict(one).items() if v} for one in found[:1000]]
    return {"since": times.to_text(since), "until": times.to_text(until), "counts": counts, "teams": teams, "notices": shown}


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:200]
