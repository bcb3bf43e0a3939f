"""What people noted about a device: its owner sees it, an erasure takes it away with its files, a change of ownership does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cmdb.graph import cis, history, kin
from cmdb.inventory import notes
from cmdb.inventory.notes import Note, Upload
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.model.times import now
from cmdb.privacy.orders import order
from cmdb.privacy.owner import tell
from cmdb.runtime import notes_work
from cmdb.runtime.house import House
from reconciliation import reconcile
from tests.privacy.devices import carry_out, found_in, graph_text, ledger_bytes, report, say

CANARIES = ("cannote", "canfile", "canbytes")
RANDOM = bytes(range(256)) * 4
"""Does not get smaller by packing much, and holds no canary."""


def _note(house: House, ci: str, text: str = "cannote: his sister uses it", body: bytes = b"canbytes" + RANDOM) -> Note:
    return notes.add(house.graph, house.ledger, cis.get(house.graph, ci), text, Upload("canfile.png", body), by="otto")


def _kept(house: House) -> bytes:
    """The ledger's bytes, with the files of notes as they are given out."""
    rows = house.ledger._database.rows("SELECT note FROM attachment")
    return ledger_bytes(house) + b"".join(house.ledger.attachments.read(str(row[0])) for row in rows)


def test_an_erasure_takes_notes_and_files(house: House) -> None:
    """Also those on parts that go with it; the same file on another device stays there."""
    ci = report(house, "personal")
    _note(house, ci)
    other = notes.add(house.graph, house.ledger, cis.get(house.graph, _inner(house, ci)), "cannote inside", None, by="ada")
    removed = _note(house, ci, "cannote, taken back")
    notes.remove(house.graph, house.ledger, cis.get(house.graph, ci), removed, by="otto", rules=False)
    assert set(found_in(graph_text(house.graph), CANARIES)) == {"cannote", "canfile"}
    assert found_in(_kept(house), ("canbytes",))
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    result = carry_out(house)[-1]
    assert result["notes"] >= 1
    assert not found_in(graph_text(house.graph), CANARIES)
    assert not found_in(_kept(house), CANARIES)
    assert house.ledger.attachments.count() == (0, 0)
    assert not [e for e in history.of_ci(house.graph, ci) if str(e["kind"]).startswith("note_")]
    assert notes.listed(house.graph, ci) == []
    assert house.graph.read("MATCH (n:Note {id: $id}) RETURN n", id=other.id) == []


def _inner(house: House, ci: str) -> str:
    return str(kin.whole(house.graph, ci)[0]["child"])


def test_the_same_file_stays_with_another_device(house: House) -> None:
    ci = report(house, "corporate")
    stays = _note(house, _elsewhere(house))
    _note(house, ci)
    assert house.ledger.attachments.count()[0] == 1
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)
    carry_out(house)
    assert house.ledger.attachments.read(stays.id) == b"canbytes" + RANDOM


def _elsewhere(house: House) -> str:
    item = Item("s", "server", (Identifier("serial", "OTHER00001", "hp"),), {"name": "other"})
    return reconcile(house.graph, house.catalogue, Observation(uuid7(), Source("import", "x"), now(), (item,))).resolved[0].ci


def test_a_change_of_ownership_keeps_notes_and_drops_those_of_what_goes(house: House) -> None:
    """The device becomes personal: what was plugged into it is not kept, nor what was noted of that; the owner is told of the rest."""
    ci = report(house, "corporate")
    kept = _note(house, ci, "stays with the device")
    rows = house.graph.read("MATCH (c:CI) WHERE c.display_name CONTAINS 'canguest' RETURN c.id AS id")
    gone = _note(house, str(rows[0]["id"]), "cannote: of the guest", b"canguest bytes")
    say(house, ci, ownership="personal")
    carry_out(house)
    assert cis.many(house.graph, [str(rows[0]["id"])]) == {}, "else this test shows nothing"
    assert house.graph.read("MATCH (n:Note) RETURN n.id AS id") == [{"id": kept.id}]
    assert house.ledger.attachments.read(kept.id) == b"canbytes" + RANDOM
    assert house.ledger._database.rows("SELECT note, settled FROM attachment") == [(kept.id, 1)]
    assert gone.id != kept.id
    told = tell(house.graph, house.catalogue, house.ledger, ci).notes
    assert [(one.text, one.file_name, one.by) for one in told] == [("stays with the device", "canfile.png", "otto")]


def test_an_erasure_that_dies_half_way_leaves_no_file_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ci = report(house, "corporate")
    _note(house, ci)
    order(house.ledger, ci, by="ada", reason="asked for", erase=True)

    def die(*_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(notes, "settle", die)
        with pytest.raises(KeyboardInterrupt):
            carry_out(house)
    assert notes.listed(house.graph, ci) == []
    assert house.ledger.attachments.count()[0] == 1
    assert notes_work.settle_files(house) == {"dropped": 0}, "not a day old"
    assert notes.settle_doubts(house.graph, house.ledger, now() + timedelta(days=2)) == 1
    assert house.ledger.attachments.count() == (0, 0)
