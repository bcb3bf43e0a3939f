"""What is judged by may change meanwhile: who writes last judged by what counts, and intervals neither overlap nor run backwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from cmdb.compliance import chosen, references
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.references import keep as keep_reference
from cmdb.graph import compliance as store
from cmdb.graph.compliance import Writes
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from tests.compliance.conftest import NOW, catalogue, reporter

__all__ = ["catalogue", "reporter"]

Reporter = Callable[..., str]
_POLICY = "firewall-on"


def _before_writing(monkeypatch: pytest.MonkeyPatch, what: Callable[[], object]) -> None:
    """Let something happen when the run has judged and is about to write, once."""
    write, left = store.write, [what]

    def first(graph: Graph, writes: Writes) -> None:
        if left:
            left.pop()()
        write(graph, writes)

    monkeypatch.setattr(store, "write", first)


def _lines(graph: Graph, ci: str, policy: str) -> list[tuple[str, str, str]]:
    """since, until (empty: still), state: in the order of time."""
    now = [(row["since"], "", row["state"]) for row in store.current(graph, [ci]) if row["policy"] == policy]
    return sorted([(row["since"], row["until"], row["state"]) for row in store.past(graph, ci) if row["policy"] == policy]) + now


def test_a_policy_switched_off_between_judging_and_writing_has_no_result_in_the_end(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that comes with the switch has gone before: it found nothing to end."""
    ci = reporter(graph, "LATEOFF1", ownership="corporate", firewall_enabled=False)

    def switch() -> None:
        chosen.switch(graph, _POLICY, on=False, by="ada")
        monkeypatch.undo()
        evaluate(graph, catalogue, None, None, NOW, only={_POLICY})

    _before_writing(monkeypatch, switch)
    done = evaluate(graph, catalogue, None, [ci], NOW)
    assert _POLICY not in {row["policy"] for row in store.current(graph, [ci])}
    assert (done.endpoints, done.ended) == (1, 1)


def test_a_policy_switched_on_between_judging_and_writing_is_judged(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new endpoint: the job of the switch has judged it, and the run that knew only the others does not end that result."""
    chosen.switch(graph, _POLICY, on=False, by="ada")
    ci = reporter(graph, "LATEON17", ownership="corporate", firewall_enabled=False)

    def switch() -> None:
        chosen.switch(graph, _POLICY, on=True, by="ada")
        monkeypatch.undo()
        evaluate(graph, catalogue, None, None, NOW, only={_POLICY})

    _before_writing(monkeypatch, switch)
    evaluate(graph, catalogue, None, [ci], NOW)
    assert [state for _, _, state in _lines(graph, ci, _POLICY)] == ["fail"]


def test_reference_data_brought_between_judging_and_writing_count(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ci = reporter(graph, "NEWLIST1", ownership="corporate", os_family="linux", os_name="Debian GNU/Linux", os_version="12.5")
    text = references.one(graph, "systems").text
    assert '"dated": "' in text
    year = text.split('"dated": "')[1][:4]
    _before_writing(monkeypatch, lambda: keep_reference(graph, "systems", text.replace(f'"dated": "{year}', '"dated": "2020', 1), by="ada"))
    evaluate(graph, catalogue, None, [ci], NOW)
    found = {row["policy"]: (row["state"], row["reason"]) for row in store.current(graph, [ci])}
    assert found["os-supported"][0] == "unknown"


def test_who_judged_earlier_and_writes_later_begins_an_interval_after_the_one_that_is_there(
    graph: Graph, catalogue: Catalogue, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep has judged; a report is judged and written; another one comes; then the sweep writes, which must look again."""
    today = (NOW - times.now()) / timedelta(days=1)
    ci = reporter(graph, "SWEPT017", days=today + 1, ownership="corporate", firewall_enabled=True)
    evaluate(graph, catalogue, None, [ci], times.now() - timedelta(hours=3))
    reporter(graph, "SWEPT017", days=today + 0.2, ownership="corporate", firewall_enabled=False)

    def faster() -> None:
        monkeypatch.undo()
        evaluate(graph, catalogue, None, [ci])
        reporter(graph, "SWEPT017", days=today + 0.1, ownership="corporate", firewall_enabled=True)

    _before_writing(monkeypatch, faster)
    evaluate(graph, catalogue, None, [ci])
    lines = _lines(graph, ci, _POLICY)
    assert [state for _, _, state in lines] == ["pass", "fail", "pass"]
    assert all(since < until for since, until, _ in lines[:-1])
    assert all(one[1] == after[0] for one, after in pairwise(lines))


def test_a_clock_that_was_put_back_makes_no_interval_that_ends_before_it_began(
    graph: Graph, catalogue: Catalogue, reporter: Reporter
) -> None:
    ci = reporter(graph, "PUTBACK7", days=1, ownership="corporate", firewall_enabled=True)
    evaluate(graph, catalogue, None, [ci], NOW + timedelta(hours=1))
    reporter(graph, "PUTBACK7", ownership="corporate", firewall_enabled=False)
    evaluate(graph, catalogue, None, [ci], NOW)
    at = times.to_text(NOW + timedelta(hours=1))
    assert _lines(graph, ci, _POLICY) == [(at, at, "pass"), (at, "", "fail")]
    chosen.switch(graph, _POLICY, on=False, by="ada")
    evaluate(graph, catalogue, None, [ci], NOW)
    assert _lines(graph, ci, _POLICY) == [(at, at, "fail"), (at, at, "pass")]
