"""Policies: evaluations a second of the shipped ones, beside the same questions written by hand. `python -m bench.policies`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.figures import Figure
from cmdb.compliance.policy import shipped
from cmdb.compliance.truth import Fact
from cmdb.compliance.vocabulary import FACTS
from cmdb.model.times import to_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENDPOINTS = 4000


def endpoints(count: int) -> list[dict[str, Fact | str]]:
    """Generated facts: most reported, some stale, some unknown, some in contradiction."""
    dice = random.Random(7)
    made: list[dict[str, Fact | str]] = []
    for _ in range(count):
        at = to_text(NOW - timedelta(days=dice.choice([0, 1, 3, 20])))
        facts: dict[str, Fact | str] = {
            "asset.class": Fact(dice.choice(["laptop", "desktop", "phone"]), at, "register"),
            "asset.ownership": Fact(dice.choice(["corporate", "personal"]), at, "register"),
            "asset.owner": Fact(dice.choice(["Ada", None]), at, "register"),
            "agent.last_report_at": Fact(at, at, "agent:glpi"),
            "os.supported_until": Fact(dice.choice(["2027-01-01", "2025-01-01"]), at, "agent:glpi"),
        }
        for name in ("disk.encrypted", "firewall.enabled", "antimalware.present", "antimalware.enabled", "antimalware.up_to_date"):
            value = dice.random() < 0.8
            others = ((not value, at, "ssh:scan"),) if dice.random() < 0.02 else ()
            facts[name] = "section_absent" if dice.random() < 0.1 else Fact(value, at, "agent:glpi", others)
        for name, kind in FACTS.items():  # the rest: yes or no, or a list with nothing in it
            facts.setdefault(name, Fact(dice.random() < 0.8 if kind.boolean else (), at, "agent:glpi"))
        made.append(facts)
    return made


def by_hand(facts: dict[str, Any], limit: str) -> str:
    """Disk encryption as somebody would write it in Python."""
    cls = facts.get("asset.class")
    if cls is None:
        return "unknown"
    if cls.value not in ("laptop", "desktop", "workstation", "phone", "tablet"):
        return "not_applicable"
    disk = facts.get("disk.encrypted")
    if not isinstance(disk, Fact) or disk.at < limit or any(value != disk.value and at >= limit for value, at, _ in disk.others):
        return "unknown"
    return "pass" if disk.value is True else "fail"


def rate(work: Callable[[], int]) -> float:
    """Evaluations a second of the best of five runs."""
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        best = max(best, work() / (time.perf_counter() - start))
    return best


def run(size: int) -> list[Figure]:
    """Every shipped policy over up to 2,000 endpoints."""
    fleet = endpoints(max(10, min(2000, size // 5)))
    judges = {policy.id: policy.at(NOW) for policy in shipped()}
    limit, disk = to_text(NOW - timedelta(days=14)), judges["disk-encryption"]
    compiled = rate(lambda: len([judge(facts) for facts in fleet for judge in judges.values()]))
    one = rate(lambda: len([disk(facts) for facts in fleet]))
    hand = rate(lambda: len([by_hand(facts, limit) for facts in fleet]))
    return [
        Figure("policies, one of them compiled", one, "/s", "the same policy written by hand", hand),
        Figure(f"policies, all {len(judges)}, evaluations a second", compiled, "/s"),
    ]


def main() -> None:
    """Print the table."""
    fleet = endpoints(ENDPOINTS)
    judges = {policy.id: policy.at(NOW) for policy in shipped()}
    limit = to_text(NOW - timedelta(days=14))
    disk = judges["disk-encryption"]
    same = all(disk(facts).state == by_hand(facts, limit) for facts in fleet)
    compiled = rate(lambda: len([judge(facts) for facts in fleet for judge in judges.values()]))
    one = rate(lambda: len([disk(facts) for facts in fleet]))
    hand = rate(lambda: len([by_hand(facts, limit) for facts in fleet]))
    print(f"all {len(judges)} policies, compiled    {compiled:>12,.0f} evaluations/s")
    print(f"disk-encryption, compiled    {one:>12,.0f} evaluations/s")
    print(f"disk-encryption, by hand     {hand:>12,.0f} evaluations/s   (same answers: {same})")


if __name__ == "__main__":
    main()
