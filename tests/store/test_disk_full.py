"""A full disk, a folder that is not writable, a damaged file: one clear sentence, and nothing half-written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cmdb.errors import CmdbError, StoreUnavailable
from cmdb.store import Ledger
from tests.store.fixtures import FakeClock


def fill(ledger: Ledger) -> tuple[list[str], StoreUnavailable]:
    """Accepts until the disk is full; what was acknowledged, and what was said then."""
    ids: list[str] = []
    for _ in range(5000):
        try:
            ids.append(ledger.intake.accept("x", os.urandom(10_000), meta={"subject": "pc"}))
        except StoreUnavailable as error:
            return ids, error
    raise AssertionError("the disk never got full")


def check_kept(ledger: Ledger, ids: list[str]) -> None:
    """Exactly what was acknowledged is there, whole."""
    assert ledger.intake.counts()["waiting"] == len(ids)
    for number in ids:
        body = ledger.intake.get(number).body
        assert body is not None
        assert len(body) == 10_000
    assert ledger._database.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_ledger_that_may_not_grow_says_so_and_goes_on_later(ledger: Ledger) -> None:
    ledger._database.write(lambda tx: tx.rows("PRAGMA max_page_count = 300"))
    ids, error = fill(ledger)
    assert error.message.startswith("The disk with ")
    assert "full" in error.message
    assert len(ids) > 20
    check_kept(ledger, ids)
    with ThreadPoolExecutor(8) as pool:  # in a shared commit too, each gets its own answer
        answers = list(pool.map(lambda _: _outcome(ledger), range(16)))
    assert all("full" in answer for answer in answers if answer)
    ledger._database._forget_writer()  # a new connection has no such limit: space was freed
    ids += [ledger.intake.accept("x", os.urandom(10_000), meta={}) for _ in range(30)]
    assert ledger.intake.counts()["waiting"] == len(ids) + answers.count("")


def _outcome(ledger: Ledger) -> str:
    try:
        ledger.intake.accept("x", os.urandom(10_000), meta={})
    except CmdbError as error:
        return error.message
    return ""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk; the page limit above tests the same path")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_really_full_disk(small_disk: Path, clock: FakeClock) -> None:
    (small_disk / "ballast").write_bytes(bytes(300_000))
    with Ledger(small_disk / "ledger.db", clock=clock) as ledger:
        ada = ledger.accounts.add("ada", None, "administrator")
        token = ledger.sessions.start(ada.id, address="", agent="")
        ids, error = fill(ledger)
        assert error.message == f"The disk with {small_disk} is full; nothing was stored. Free some space and try again."
        assert len(ids) > 10
        check_kept(ledger, ids)
        with pytest.raises(StoreUnavailable, match="full"):
            ledger.backup(small_disk / "copy.db")
        assert not (small_disk / "copy.db").exists()
        clock.forward(minutes=5)
        assert ledger.sessions.find(token) is not None, "reading goes on, although it cannot be noted"
    _fill_rest(small_disk / "rest")
    with pytest.raises(StoreUnavailable, match="full"):
        Ledger(small_disk / "other" / "ledger.db")
    (small_disk / "rest").unlink()
    (small_disk / "ballast").unlink()
    with Ledger(small_disk / "ledger.db", clock=clock) as ledger:
        check_kept(ledger, ids)


def _fill_rest(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def test_what_cannot_be_opened_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "text.db").write_text("this is no database, " * 200)
    for path, words in [
        (tmp_path / "file" / "ledger.db", "cannot be opened"),
        (tmp_path, "cannot be opened"),
        (tmp_path / "text.db", "damaged or is not a ledger"),
    ]:
        with pytest.raises(StoreUnavailable, match=words):
            Ledger(path)


def test_after_close_every_call_is_refused(ledger: Ledger) -> None:
    ledger.close()
    ledger.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        ledger.settings.get("a")
    with pytest.raises(StoreUnavailable, match="closed"):
        ledger.settings.put("a", 1)
