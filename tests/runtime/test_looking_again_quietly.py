"""The chore that looks at open questions is quiet while nothing is written that could be an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cmdb.graph import reviews
from cmdb.intake import submit_observation
from cmdb.intake.acts import act_now
from cmdb.model import times
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.runtime import chores
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from cmdb.runtime.review_work import look_again_some, look_anew
from reconciliation.orders import carry_out
from tests.reconciliation.conftest import START
from tests.runtime.test_replay import LAPTOPS, _id, _mixed

QUIET = {"looked": 0, "closed": 0, "quiet": True}


def tell(house: House, told: str, shows: tuple[Identifier, ...], **words: str) -> None:
    """One laptop by one source."""
    item = Item("a", "laptop", shows, words)
    submit_observation(house.ledger, Observation(told, Source("ssh", told), START, (item,)), actor="scan")
    work_off(house)


@pytest.fixture
def asked(house: House) -> House:
    """Two laptops, and one report that may be either."""
    for n, laptop in enumerate(LAPTOPS):
        tell(house, f"lap-{n}", tuple(Identifier(kind, value) for kind, value in laptop.items()), name=laptop["hostname"])
    submit_observation(house.ledger, _mixed(5), actor="scan")
    work_off(house)
    assert reviews.count_open(house.graph) == 1
    return house


def test_quiet_until_something_is_written(asked: House) -> None:
    """A report that says the same again is passed over; one that changes anything is not; a join by a person closes the question."""
    assert look_again_some(asked) == {"looked": 1, "closed": 0}
    with asked.graph.counting() as counter:
        assert look_again_some(asked) == look_again_some(asked) == QUIET
    assert counter.queries == 0
    again = tuple(Identifier(kind, value) for kind, value in LAPTOPS[0].items())
    item = Item("a", "laptop", again, {"name": LAPTOPS[0]["hostname"]})
    submit_observation(asked.ledger, Observation("again", Source("ssh", "lap-0"), START, (item,)), actor="scan")
    work_off(asked)
    assert look_again_some(asked) == QUIET
    tell(asked, "other", (Identifier("serial", "OTHER77QX"),), name="other")
    assert look_again_some(asked) == {"looked": 1, "closed": 0}
    assert look_again_some(asked) == QUIET
    args = {"ci": _id(asked, "desk-7"), "other": _id(asked, "desk-8"), "by": "otto", "reason": "one machine"}
    act_now(asked.ledger, asked.graph, "join", args, lambda: carry_out(asked.graph, asked.catalogue, "join", args))
    assert look_again_some(asked) == {"looked": 1, "closed": 1}
    assert look_again_some(asked) == {"looked": 0, "closed": 0}  # what the answer brought may be the answer of another
    assert look_again_some(asked) == QUIET


def test_time_and_other_rules_end_the_quiet(asked: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next day, and after marks or words were dropped by the clock."""
    look_again_some(asked)
    assert look_again_some(asked) == QUIET
    look_anew(asked)
    assert look_again_some(asked) == {"looked": 1, "closed": 0}
    tomorrow = times.now() + timedelta(days=1)
    monkeypatch.setattr(times, "now", lambda: tomorrow)
    assert look_again_some(asked) == {"looked": 1, "closed": 0}
    assert look_again_some(asked) == QUIET
    monkeypatch.setattr(chores, "overtaken", lambda *_: ["a word ended"])
    chores.time_passed(asked)
    assert look_again_some(asked)["looked"] == 1
