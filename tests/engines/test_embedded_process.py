"""The embedded engine as a process: it starts, is found, is kept, and is never left behind. Real processes, real kills."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.config import Settings
from cmdb.errors import Busy, CmdbError
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine, folder, process
from cmdb.graph.engine.folder import Folder
from cmdb.graph.opening import open_graph

HEAP_MB = 256
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine.start(tmp_path, heap_mb=HEAP_MB, light=True) as engine:
        yield engine


def connect(engine: Engine) -> Graph:
    return Graph.connect(engine.url, engine.user, engine.password, engine="embedded")


def gone(pid: int, within_s: float = 20) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def listening(pid: int) -> set[str]:
    """The addresses on which a process listens, as the kernel tells."""
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
            links.append(str(link.readlink()))
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and cells[9] in inodes:
                found.add(cells[1])
    return found


def test_a_life_start_write_stop_start_read(tmp_path: Path) -> None:
    with Engine.start(tmp_path, heap_mb=HEAP_MB) as first, connect(first) as graph:
        graph.write("CREATE (:Probe {text: 'kept'})")
        assert first.ours
        assert first.alive()
    assert gone(first.pid)
    assert Engine.find(tmp_path) is None
    with Engine.start(tmp_path, heap_mb=HEAP_MB) as second, connect(second) as graph:
        assert second.password == first.password
        assert graph.read("MATCH (p:Probe) RETURN p.text AS text") == [{"text": "kept"}]


@pytest.mark.timeout(300)
def test_only_a_small_graph_is_searched_for_the_room_of_what_was_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the graph does not fit the engine's memory, looking for room would read whole files: a new record goes to the end."""

    def taken_after(times: int) -> int:
        with Engine.start(tmp_path, heap_mb=HEAP_MB, light=True) as engine, connect(engine) as graph:
            for _ in range(times):
                graph.write("MATCH (p:Probe) DELETE p")
                graph.write("UNWIND range(1, 400) AS n CREATE (p:Probe {n: n, text: $text})", text="x" * 4000)
        return sum(file.stat().st_size for file in Folder.inside(tmp_path).path.rglob("Probe_0.*.bucket"))

    once = 400 * 4000
    assert once < taken_after(3) < 2 * once
    assert Folder.inside(tmp_path).data_mb() > once / 2**20
    monkeypatch.setattr(process, "_PAGES_OF_HEAP", 10**9)
    assert taken_after(3) > 3 * once


def test_nothing_but_bolt_on_loopback_and_no_secret_in_sight(engine: Engine, tmp_path: Path) -> None:
    addresses = listening(engine.pid)
    assert len(addresses) == 1  # ArcadeDB's own HTTP is closed
    assert addresses.pop().partition(":")[0] in {"0100007F", "0000000000000000FFFF00000100007F"}
    shown = Path(f"/proc/{engine.pid}/cmdline").read_bytes() + Path(f"/proc/{engine.pid}/environ").read_bytes() + repr(engine).encode()
    assert engine.password.encode() not in shown
    inside = Folder.inside(tmp_path)
    assert stat.S_IMODE((inside.path / "engine.password").stat().st_mode) == 0o600
    assert stat.S_IMODE(inside.path.stat().st_mode) == 0o700
    logs = b"".join(file.read_bytes() for file in inside.log_file.parent.iterdir())
    assert b"BOLT connections" in logs
    assert engine.password.encode() not in logs
    with pytest.raises(CmdbError, match="user name and password"):
        Graph.connect(engine.url, engine.user, "wrong", engine="embedded").read("RETURN 1 AS one")


def test_the_engine_reads_no_files_for_a_query(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\nb\n")
    with connect(engine) as graph, pytest.raises(CmdbError, match="refused"):
        graph.read("LOAD CSV FROM $url AS line RETURN line", url=(tmp_path / "secret.csv").as_uri())


def test_a_running_engine_is_found_and_used_by_others(engine: Engine, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cmdb.config import Settings; from cmdb.graph.opening import open_graph\n"
        "graph, engine = open_graph(Settings(data=Path(sys.argv[1])))\n"
        "graph.write('CREATE (:Probe {from: $who})', who='other'); print(engine.ours, engine.pid); graph.close(); engine.stop()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False", str(engine.pid)]
    assert engine.alive()
    with connect(engine) as graph:
        assert graph.read("MATCH (p:Probe) RETURN p.from AS who") == [{"who": "other"}]


def test_a_second_start_on_the_same_data_names_the_first(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(Busy, match=rf"in use by another graph engine \(process {engine.pid}\)"):
        Engine.start(tmp_path, heap_mb=HEAP_MB, light=True)
    with pytest.raises(Busy, match=f"process {engine.pid}"):
        open_graph(Settings(data=tmp_path), join=False)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(Busy, match=f"Port {port} on 127.0.0.1 cannot be used"):
            Engine.start(tmp_path, port=port, heap_mb=HEAP_MB, light=True)
    assert not Folder.inside(tmp_path).locked()
    with Engine.start(tmp_path, port=port, heap_mb=HEAP_MB, light=True) as engine:
        assert engine.url == f"bolt://127.0.0.1:{port}"


def test_a_full_disk_a_missing_package_and_a_bad_folder_are_one_sentence_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(folder, "_LEAST_FREE_MB", 10**9)
        with pytest.raises(CmdbError, match=r"is full \(\d+ MB free"):
            Engine.start(tmp_path)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "arcadedb_embedded", None)
        with pytest.raises(CmdbError, match="is not installed"):
            Engine.start(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(CmdbError, match="cannot be used: Not a directory"):
        Engine.start(tmp_path / "file" / "data")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_no_engine(tmp_path: Path, how: signal.Signals) -> None:
    code = (
        "import sys,time; from pathlib import Path; from cmdb.graph.engine import Engine\n"
        "engine = Engine.start(Path(sys.argv[1]), heap_mb=256, light=True); print(engine.pid, flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(how)
    parent.wait(10)
    parent.stdout.close()
    assert gone(pid)
    with Engine.start(tmp_path, heap_mb=HEAP_MB, light=True) as engine:
        assert engine.alive()


def test_a_parent_killed_during_the_start_leaves_no_engine(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from cmdb.graph.engine import Engine\nEngine.start(Path(sys.argv[1]), light=True)\n"
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    inside = Folder.inside(tmp_path)
    pid = parent.pid  # the parent itself holds the lock for a moment, to see that it is free
    until = time.monotonic() + 60
    while pid == parent.pid and time.monotonic() < until:
        text = (inside.path / "engine.lock").read_text().strip() if inside.locked() else ""
        pid = int(text or parent.pid)
        time.sleep(0.005)
    parent.kill()
    parent.wait(10)
    assert pid != parent.pid
    assert gone(pid)
    while inside.locked() and time.monotonic() < until:  # the last of its threads may end a moment after the first
        time.sleep(0.05)
    assert not inside.locked()


def test_a_parent_thread_that_ends_does_not_end_the_engine(tmp_path: Path) -> None:
    code = (
        "import sys,threading,time; from pathlib import Path; from cmdb.graph.engine import Engine\n"
        "box = []\n"
        "start = lambda: box.append(Engine.start(Path(sys.argv[1]), heap_mb=256, light=True))\n"
        "thread = threading.Thread(target=start); thread.start(); thread.join()\n"
        "time.sleep(2.5); print(box[0].alive()); box[0].stop()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "True"


def test_a_killed_engine_is_started_again_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Kills the engine three times in the middle of writes: each acknowledged commit is there, and the same `Graph` goes on."""
    graph, engine = open_graph(Settings(data=tmp_path, engine_heap_mb=HEAP_MB, engine_compile="light"))
    assert engine is not None
    acknowledged: list[int] = []
    numbers = itertools.count()
    try:
        for _ in range(3):
            victim, before = engine.pid, len(acknowledged)
            killer = threading.Timer(0.7, os.kill, (victim, signal.SIGKILL))
            killer.start()
            while engine.pid == victim or len(acknowledged) < before + 20:
                number = next(numbers)
                try:
                    graph.write("CREATE (:Probe {n: $n})", n=number)
                    acknowledged.append(number)
                except CmdbError:
                    time.sleep(0.1)
        found = {row["n"] for row in graph.read("MATCH (p:Probe) RETURN p.n AS n")}
        assert set(acknowledged) <= found
        assert len(acknowledged) >= 60
    finally:
        graph.close()
        engine.stop()
    assert gone(engine.pid)


def test_a_lost_password_is_made_anew(tmp_path: Path) -> None:
    with Engine.start(tmp_path, heap_mb=HEAP_MB, light=True) as first, connect(first) as graph:
        graph.write("CREATE (:Probe)")
    (Folder.inside(tmp_path).path / "engine.password").unlink()
    with Engine.start(tmp_path, heap_mb=HEAP_MB, light=True) as second, connect(second) as graph:
        assert second.password != first.password
        assert graph.read("MATCH (p:Probe) RETURN count(p) AS n") == [{"n": 1}]


def test_what_a_dead_engine_left_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    inside = Folder.inside(tmp_path)
    inside.prepare()
    inside.make_password()
    (inside.path / "engine.json").write_text(json.dumps({"port": 1, "pid": os.getpid()}))
    (inside.path / "engine.lock").write_text("1\n")
    assert Engine.find(tmp_path) is None


def test_asking_whether_an_engine_runs_does_not_keep_one_from_starting(tmp_path: Path) -> None:
    inside = Folder.inside(tmp_path)
    inside.prepare()
    asking = threading.Event()

    def ask() -> None:
        while not asking.is_set():
            inside.locked()
            time.sleep(0.001)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(50):
            inside.lock().release()
    finally:
        asking.set()
        for thread in threads:
            thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the names of threads from /proc")
@pytest.mark.parametrize("light", [True, False])
def test_a_light_engine_does_not_compile_twice(tmp_path: Path, light: bool) -> None:
    with Engine.start(tmp_path, heap_mb=HEAP_MB, light=light) as engine:
        names = {task.joinpath("comm").read_text().strip() for task in Path(f"/proc/{engine.pid}/task").iterdir()}
    assert any(name.startswith("C1 Compiler") for name in names)
    assert any(name.startswith("C2 Compiler") for name in names) is not light
