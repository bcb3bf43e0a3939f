"""Many hosts at once: one host's trouble is its result, results come as they are ready, and a scan can be stopped at any time."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cmdb.errors import AuthFailed, Invalid, Refused, TimedOut, Unreachable, Unreadable
from cmdb.model.observation import Coverage, Item, Observation, Source
from discovery import scan
from discovery.result import HostResult
from discovery.scan import run_scan
from discovery.targets import Target, parse_targets


def seen(target: Target, *coverage: Coverage) -> Observation:
    """An observation of the target."""
    return Observation("o", Source("ssh", "scan"), datetime.now(UTC), (Item(target.host, "server"),), coverage=coverage)


TROUBLE = {
    "a": Unreachable("no answer"),
    "b": Refused("closed"),
    "c": AuthFailed("wrong key"),
    "d": TimedOut("too slow"),
    "e": Unreadable("not SSH"),
    "f": KeyError("secret-canary"),
    "g": Invalid("the key needs a passphrase", field="passphrase"),
}


def look(target: Target) -> Observation:
    """Fails for a to g."""
    if target.host in TROUBLE:
        raise TROUBLE[target.host]
    return seen(target)


def test_every_trouble_is_a_result_and_the_run_goes_on() -> None:
    results = {result.target.host: result for result in run_scan(parse_targets("a b c d e f g h"), look, concurrency=3)}
    assert {host: result.outcome for host, result in results.items()} == {
        "a": "unreachable", "b": "refused", "c": "credentials_failed", "d": "timed_out",
        "e": "unreadable", "f": "error", "g": "error", "h": "ok",
    }  # fmt: skip
    assert results["a"].reason == "no answer"
    assert results["b"].error is TROUBLE["b"]
    assert results["h"].observation is not None
    assert "KeyError" in results["f"].reason
    assert "canary" not in repr(results["f"]), "the text of an unexpected exception may hold anything"


def test_an_ok_result_names_what_could_not_be_seen() -> None:
    gaps = (
        Coverage("host", "containers", "refused", "permission denied"),
        Coverage("host", "vms", "complete"),
        Coverage("host", "disks", "failed"),
    )
    (result,) = run_scan([Target("x")], lambda target: seen(target, *gaps))
    assert (result.outcome, result.reason) == ("ok", "containers: permission denied; disks: failed")


def test_results_stream_while_others_still_run() -> None:
    release = threading.Event()

    def slow(target: Target) -> Observation:
        if target.host == "slow":
            assert release.wait(20)
        return seen(target)

    results = run_scan(parse_targets("slow q1 q2 q3"), slow, concurrency=2)
    assert {next(results).target.host for _ in range(3)} == {"q1", "q2", "q3"}
    release.set()
    assert [result.target.host for result in results] == ["slow"]


def test_never_more_at_once_than_wanted() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def count(target: Target) -> Observation:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        return seen(target)

    assert len(list(run_scan(parse_targets("10.0.0.0/25"), count, concurrency=7))) == 126
    assert 1 < most <= 7


def test_targets_are_taken_as_workers_get_free() -> None:
    taken = 0

    def endless() -> Iterator[Target]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield Target(f"h{number}")

    results = run_scan(endless(), seen, concurrency=4)
    assert [next(results).outcome for _ in range(10)] == ["ok"] * 10
    assert taken <= 40
    results.close()  # type: ignore[attr-defined]


def test_cancelling_ends_at_once_and_starts_nothing_more() -> None:
    stop, started = threading.Event(), []

    def hang(target: Target) -> Observation:
        started.append(target)
        time.sleep(30)
        return seen(target)

    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    assert list(run_scan(parse_targets("10.0.0.0/24"), hang, concurrency=5, cancelled=stop.is_set)) == []
    assert time.monotonic() - begun < 3
    assert len(started) == 5


def test_a_look_that_never_comes_back_is_given_up_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_GRACE_S", 0.1)
    release = threading.Event()

    def hang(target: Target) -> Observation:
        if target.host.startswith("bad"):
            release.wait(20)
        return seen(target)

    results = [*run_scan(parse_targets("bad1 bad2 good1 good2"), hang, concurrency=2, deadline_s=0.4)]
    release.set()
    assert sorted((result.target.host, result.outcome) for result in results) == [
        ("bad1", "timed_out"), ("bad2", "timed_out"), ("good1", "ok"), ("good2", "ok"),
    ]  # fmt: skip


def test_pacing_spreads_the_starts() -> None:
    starts: list[float] = []

    def note(target: Target) -> Observation:
        starts.append(time.monotonic())
        return seen(target)

    list(run_scan(parse_targets("10.0.0.1-6"), note, concurrency=6, pacing_per_s=20))
    assert max(starts) - min(starts) >= 4 / 20


def test_on_result_is_told_each_one_in_the_caller_s_thread() -> None:
    told: list[tuple[HostResult, int]] = []
    results = list(run_scan(parse_targets("a h i"), look, on_result=lambda result: told.append((result, threading.get_ident()))))
    assert [result for result, _ in told] == results
    assert {thread for _, thread in told} == {threading.get_ident()}


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 5000}, "concurrency"),
        ({"pacing_per_s": 0}, "pacing_per_s"),
        ({"deadline_s": 0}, "deadline_s"),
    ],
)
def test_senseless_limits_are_refused_at_once(settings: dict[str, float], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        run_scan([], look, **settings)  # type: ignore[arg-type]
    assert caught.value.field == field
