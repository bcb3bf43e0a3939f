"""The large goes alone after losing: who asks for the turn alone waits for those under way and goes before those that come."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from cmdb.errors import GraphConflict
from cmdb.graph.door import Graph
from cmdb.model.catalogue import Catalogue
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from reconciliation.turns import Turns, turns_of

conductor = import_module("reconciliation.reconcile")  # the package's name for it is the function

LONG_S = 20.0
SHORT_S = 0.2


def _in_thread(turns: Turns, *, alone: bool, inside: threading.Event, leave: threading.Event) -> threading.Thread:
    def go() -> None:
        with turns.taken(alone=alone):
            inside.set()
            leave.wait(LONG_S)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return thread


def test_many_share_a_turn_at_the_same_time() -> None:
    turns, leave = Turns(), threading.Event()
    inside = [threading.Event() for _ in range(4)]
    threads = [_in_thread(turns, alone=False, inside=one, leave=leave) for one in inside]
    assert all(one.wait(LONG_S) for one in inside), "four that share are inside together"
    leave.set()
    for thread in threads:
        thread.join(LONG_S)


def _alone_goes_first(here: Turns, there: Turns) -> None:
    """Who wants to be alone `there` waits for who is under way `here`, and goes before who comes `here` meanwhile."""
    first_in, first_leave, alone_in, alone_leave, late_in, late_leave = (threading.Event() for _ in range(6))
    _in_thread(here, alone=False, inside=first_in, leave=first_leave)
    assert first_in.wait(LONG_S)
    alone = _in_thread(there, alone=True, inside=alone_in, leave=alone_leave)
    assert not alone_in.wait(SHORT_S), "somebody is under way"
    late = _in_thread(here, alone=False, inside=late_in, leave=late_leave)
    assert not late_in.wait(SHORT_S), "who waits to be alone goes first"
    first_leave.set()
    assert alone_in.wait(LONG_S)
    assert not late_in.is_set()
    alone_leave.set()
    assert late_in.wait(LONG_S)
    late_leave.set()
    for thread in (alone, late):
        thread.join(LONG_S)


def test_one_alone_waits_for_those_under_way_and_goes_before_those_that_come() -> None:
    turns = Turns()
    _alone_goes_first(turns, turns)


def test_an_error_inside_gives_the_turn_back() -> None:
    turns = Turns()
    for alone in (True, False):
        with pytest.raises(ValueError, match="inside"), turns.taken(alone=alone):
            raise ValueError("inside")
    with turns.taken(alone=True):
        pass


def test_a_batch_that_lost_twice_holds_the_others_back(graph: Graph, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lost races are staged; at the third attempt nobody else may be under way, and the batch is written."""
    shared_while: list[bool] = []
    real = conductor._attempted

    def attempted(*args: object) -> object:
        free = threading.Event()
        threading.Thread(target=lambda: _pass(turns_of(graph), free), daemon=True).start()
        shared_while.append(free.wait(SHORT_S if len(shared_while) >= conductor.PATIENCE else LONG_S))
        if len(shared_while) <= conductor.PATIENCE:
            raise GraphConflict("staged")
        return real(*args)

    monkeypatch.setattr(conductor, "_attempted", attempted)
    item = Item("a", "server", (Identifier("serial", "TURNS-0001"),), {"name": "turns"})
    changes = conductor.reconcile(graph, catalogue, Observation(uuid7(), Source("import", "turns"), datetime.now(UTC), items=(item,)))
    assert shared_while == [True] * conductor.PATIENCE + [False]
    assert [one.outcome for one in changes.resolved] == ["new"]


def _pass(turns: Turns, free: threading.Event) -> None:
    with turns.taken(alone=False):
        free.set()


def test_processes_on_one_data_folder_take_turns_too(tmp_path: Path) -> None:
    """Each process has turns of its own; the files of the folder stand between them (a lock is one opened file's, as between processes)."""
    here, there = Turns(), Turns()
    for turns in (here, there):
        turns.share_with(tmp_path)
    _alone_goes_first(here, there)


def test_a_folder_that_is_gone_holds_nobody_up(tmp_path: Path) -> None:
    turns = Turns()
    turns.share_with(tmp_path / "gone")
    for alone in (False, True):
        with turns.taken(alone=alone):
            assert not (tmp_path / "gone").exists()
