"""Files of notes: kept once by what they hold, as long as a note needs them, never half; the ledger's backup has them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.store import Ledger
from cmdb.store.attachments import MAX_FILE
from tests.store.fixtures import FakeClock, memory_folder


def test_equal_files_are_kept_once_and_each_is_given_out_whole(ledger: Ledger) -> None:
    noise, words = os.urandom(70_000), b"the same again " * 5000
    hashes = {ledger.attachments.keep(f"n{n}", body) for n, body in enumerate((noise, words, noise, b"x"))}
    assert len(hashes) == 3
    assert ledger.attachments.count() == (3, len(noise) + len(words) + 1)
    assert [ledger.attachments.read(f"n{n}") for n in range(4)] == [noise, words, noise, b"x"]
    stored = ledger._database.rows("SELECT coding, length(body) FROM attachment_body ORDER BY size")
    assert stored[0] == ("raw", 1)
    assert stored[2] == ("zlib", stored[2][1])
    assert stored[2][1] < 2000, "packed where that saves anything"


def test_a_file_stays_while_a_note_has_it(ledger: Ledger) -> None:
    for note in ("a", "b"):
        ledger.attachments.keep(note, b"same")
    assert ledger.attachments.drop(["a"]) == 0
    assert ledger.attachments.read("b") == b"same"
    with pytest.raises(NotFound):
        ledger.attachments.read("a")
    assert ledger.attachments.drop(["b", "a", "never"]) == 1
    assert ledger.attachments.count() == (0, 0)


def test_without_notes_there_are_no_files(ledger: Ledger) -> None:
    for note in ("a", "b", "c"):
        ledger.attachments.keep(note, b"same" if note < "c" else b"other")
    ledger.attachments.settle(["a"])
    assert ledger.attachments.drop_all() == 2
    assert ledger.attachments.count() == (0, 0)
    ledger.attachments.keep("a", b"again")
    assert ledger.attachments.read("a") == b"again"


@pytest.mark.parametrize(("size", "said"), [(0, "empty"), (MAX_FILE + 1, "larger than 20 MB")])
def test_what_cannot_be_a_file_is_refused(ledger: Ledger, size: int, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        ledger.attachments.keep("n", bytes(size))
    assert refused.value.field == "file"
    assert ledger.attachments.count() == (0, 0)


def test_the_largest_is_kept(ledger: Ledger) -> None:
    body = os.urandom(MAX_FILE)
    ledger.attachments.keep("n", body)
    assert ledger.attachments.read("n") == body


def test_a_note_has_one_file(ledger: Ledger) -> None:
    ledger.attachments.keep("n", b"one")
    with pytest.raises(Conflict):
        ledger.attachments.keep("n", b"two")
    assert ledger.attachments.read("n") == b"one"
    assert ledger.attachments.count() == (1, 3), "what was refused left nothing behind"


def test_references_are_open_until_the_note_is_there_and_again_before_it_goes(ledger: Ledger, clock: FakeClock) -> None:
    for note in ("came", "never", "goes"):
        ledger.attachments.keep(note, note.encode())
    ledger.attachments.settle(["came", "goes"])
    clock.forward(hours=30)
    ledger.attachments.doubt(["goes"])
    assert ledger.attachments.doubted(clock.moment, 10) == ["never"], "opened just now is not old"
    clock.forward(seconds=1)
    assert ledger.attachments.doubted(clock.moment, 10) == ["never", "goes"]
    assert ledger.attachments.doubted(clock.moment, 1) == ["never"]
    ledger.attachments.settle(["never"])
    assert ledger.attachments.doubted(clock.moment, 10) == ["goes"]


def test_the_backup_has_them_and_what_was_dropped_left_no_trace(ledger: Ledger, tmp_path: Path) -> None:
    secret = b"canary-in-a-file" + os.urandom(5000)
    ledger.attachments.keep("n", secret)
    ledger.backup(tmp_path / "copy.db")
    with Ledger(tmp_path / "copy.db") as copy:
        assert copy.attachments.read("n") == secret
    assert b"canary-in-a-file" in _bytes(ledger)
    ledger.attachments.drop(["n"])
    ledger.erasing.finish()
    assert b"canary-in-a-file" not in _bytes(ledger)


def _bytes(ledger: Ledger) -> bytes:
    return b"".join(path.read_bytes() for path in ledger.path.parent.glob(ledger.path.name + "*"))


class Files(RuleBasedStateMachine):
    """Whatever order notes come and go in: each has its own file, and no body is kept that no note has."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder()
        self.ledger = Ledger(self.folder / "ledger.db")
        self.model: dict[str, bytes] = {}

    @rule(note=st.sampled_from("abcde"), body=st.sampled_from([b"x", b"y" * 500, b"z"]))
    def keep(self, note: str, body: bytes) -> None:
        if note in self.model:
            with pytest.raises(Conflict):
                self.ledger.attachments.keep(note, body)
        else:
            self.ledger.attachments.keep(note, body)
            self.model[note] = body

    @rule(notes=st.sets(st.sampled_from("abcde"), max_size=3))
    def drop(self, notes: set[str]) -> None:
        before = Counter(self.model.values())
        for note in notes:
            self.model.pop(note, None)
        assert self.ledger.attachments.drop(notes) == len(before) - len(Counter(self.model.values()))

    @invariant()
    def each_has_its_own(self) -> None:
        assert {note: self.ledger.attachments.read(note) for note in self.model} == self.model
        assert self.ledger.attachments.count()[0] == len(set(self.model.values()))

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)


Files.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
test_any_order = Files.TestCase
