"""Backup while everything goes on, and restore: what was there is there again; what is not empty, not whole or in use is refused."""

from __future__ import annotations

import tarfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.errors import Busy, CmdbError, Conflict, GraphUnavailable, Invalid, StoreUnavailable
from cmdb.graph.engine.folder import Folder
from cmdb.graph.engine.snapshots import Maker, take, unpack
from cmdb.intake import submit_observation
from cmdb.model.ids import uuid7
from cmdb.model.observation import Identifier, Item, Observation, Source
from cmdb.runtime.backup import GRAPH, KEY, backup, restore
from cmdb.runtime.house import House, open_house, open_ledger
from cmdb.runtime.intake_work import work_off

pytestmark = pytest.mark.timeout(300)


def settings(folder: Path) -> Settings:
    return Settings(data=folder, engine_heap_mb=512, engine_compile="light")


def take_in(house: House, first: int, last: int) -> None:
    for number in range(first, last):
        item = Item("s", "server", (Identifier("serial", f"MX-{number:05}", "Acme"),), {"name": f"srv{number}"})
        submit_observation(house.ledger, Observation(uuid7(), Source("csv", "b"), datetime.now(UTC), items=(item,)), actor="ada")


def servers(house: House) -> list[str]:
    return [row["name"] for row in house.graph.read("MATCH (c:CI {class: 'server'}) RETURN c.name AS name ORDER BY name")]


def test_there_and_back_while_everything_goes_on(tmp_path: Path) -> None:
    """Writers go on during the backup. After the restore: all from before it, nothing twice, and what was accepted is still applied."""
    file, ended = tmp_path / "all.tar", threading.Event()
    with open_house(settings(tmp_path / "one")) as house:
        house.ledger.accounts.add("ada", None, "administrator")
        house.ledger.credentials.add("lab", "snmp-v2c", {"community": "s3cret-word"})
        take_in(house, 0, 20)
        work_off(house)
        take_in(house, 20, 60)

        def go_on() -> None:
            while not ended.is_set() and work_off(house, 1):
                pass

        thread = threading.Thread(target=go_on)
        thread.start()
        manifest = backup(house, file)
        ended.set()
        thread.join()
        assert 20 <= len(servers(house)) <= 60
        with pytest.raises(Conflict, match="already a file"):
            backup(house, file)
        with pytest.raises(Busy, match="stop it first"):
            restore(house.settings, file, replace=True)
    assert set(manifest["parts"]) == {"ledger.db", GRAPH}
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"s3cret-word" not in file.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    two = settings(tmp_path / "two")
    two.data.mkdir()
    (two.data / KEY).write_bytes((tmp_path / "one" / KEY).read_bytes())
    assert restore(two, file)["kept"] == ""
    with open_house(two) as house:
        work_off(house)
        assert servers(house) == sorted(f"srv{number}" for number in range(60))
        assert [account.login for account in house.ledger.accounts.list()] == ["ada"]
        assert house.ledger.credentials.get("lab").secret["community"] == "s3cret-word"
        assert set(backup(house, tmp_path / "two.tar", with_key=True)["parts"]) == {"ledger.db", GRAPH, KEY}
        house.ledger.accounts.add("bob", None, "viewer")
    put_aside_and_never_deleted(two, tmp_path / "two.tar")


def put_aside_and_never_deleted(two: Settings, file: Path) -> None:
    with pytest.raises(Conflict, match="--replace"):
        restore(two, file)
    kept = Path(restore(two, file, replace=True)["kept"])
    assert {"graph", "ledger.db", KEY} <= {path.name for path in kept.iterdir()}
    with open_ledger(two) as ledger:
        assert [account.login for account in ledger.accounts.list()] == ["ada"]
        assert ledger.credentials.unreadable() == []
    assert (two.data / "graph" / "databases" / "moorings" / "schema.json").exists()
    three = file.parent / "three"
    with pytest.raises(Invalid, match="MOORINGS_GRAPH"):
        restore(Settings(data=three, graph_url="bolt://127.0.0.1:9"), file)
    damaged = bytearray(file.read_bytes())
    damaged[damaged.index(b"SQLite format 3") + 5000] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(Invalid, match="damaged"):
        restore(settings(three), file)
    assert list(three.iterdir()) == []


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no archive")
    (tmp_path / "stranger").mkdir()
    with tarfile.open(tmp_path / "stranger.tar", "w") as tar:
        tar.add(tmp_path / "text", "../ledger.db")
    for name, words in (
        ("text", "no whole backup"),
        ("stranger.tar", "no whole backup"),
        ("nothing", "no file"),
        ("stranger", "cannot be used"),
    ):
        with pytest.raises(CmdbError, match=words):
            restore(settings(tmp_path / "data"), tmp_path / name)
    with open_ledger(settings(tmp_path / "lone")):
        pass
    with pytest.raises(Conflict, match="not empty"):
        restore(settings(tmp_path / "lone"), tmp_path / "text")


def test_a_snapshot_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """No engine; an engine whose disk is full; a name that would leave the folder."""
    folder = Folder.inside(tmp_path)
    folder.path.mkdir()

    def full(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("No space left on device")

    maker, lock, done = Maker(folder, full), folder.lock(), threading.Event()

    def turns() -> None:
        while not done.wait(0.02):
            maker.turn()

    thread = threading.Thread(target=turns)
    thread.start()
    with pytest.raises(CmdbError, match="No space left"):
        take(tmp_path)
    done.set()
    thread.join()
    lock.release()
    assert list((folder.path / "backups").iterdir()) == []
    (tmp_path / "text").write_text("no zip")
    with pytest.raises(CmdbError, match="damaged"):
        unpack(tmp_path / "text", folder.path)


def test_no_engine_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmdb.graph.engine.snapshots._NOBODY_S", 0.2)
    Folder.inside(tmp_path).path.mkdir()
    with pytest.raises(GraphUnavailable, match="ended while"):
        take(tmp_path)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """/dev/full stands in for a file that cannot grow."""
    with open_ledger(settings(tmp_path / "one")):
        pass
    with pytest.raises(StoreUnavailable, match="full"):
        _full()


def _full() -> None:
    from cmdb.runtime.backup import _said

    with _said(Path("/dev")), Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
