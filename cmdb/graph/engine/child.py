"""The child process that is the engine: `python -m cmdb.graph.engine.child`, told by one JSON line on standard input what to do.

It answers with one JSON line on standard output (`ready` or `failed`) and runs until standard input ends, a signal asks it to stop,
or its parent is gone. The password comes by that line too, so that no process list ever shows it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from cmdb.errors import Busy, CmdbError
from cmdb.graph.engine.folder import Folder, Whereabouts

DATABASE: Final = "moorings"
USER: Final = "root"
_PARENT_DEATH_SIGNAL = signal.SIGHUP
_PR_SET_PDEATHSIG = 1
_WATCH_EVERY_S = 1.0
# How long the engine may take to write its pages when it is asked to stop; its log makes good what was not written.
_STOP_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the parent wants."""

    folder: Path
    port: int
    heap_mb: int
    password: str
    parent: int

    def __repr__(self) -> str:
        return f"Order(folder={self.folder!s}, port={self.port})"


class Watch:
    """Sees that the parent lives: its end of standard input, and its process id where the system tells."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self.over = threading.Event()
        self.serving = False
        threading.Thread(target=self._look, name="parent-watch", daemon=True).start()

    def asked(self, _number: int, _frame: FrameType | None) -> None:
        """A signal asks for the end."""
        self.over.set()

    def orphaned(self, _number: int, _frame: FrameType | None) -> None:
        """The system says that the parent's thread ended; that of itself means nothing while the parent lives."""
        if os.getppid() != self._parent:
            self.over.set()

    def _look(self) -> None:
        while not self.over.is_set():
            ready, _, _ = select.select([0], [], [], _WATCH_EVERY_S)
            if (ready and not os.read(0, 4096)) or os.getppid() != self._parent:
                self.over.set()
        if not self.serving:
            os._exit(1)  # still inside the start of the Java machine, which cannot be interrupted


def main() -> int:
    """Run the engine until it is no longer wanted. Returns the exit status."""
    answer = os.dup(1)
    order = _read_order()
    _silence(Folder(order.folder))
    try:
        _serve(order, answer)
    except CmdbError as error:
        _tell(answer, {"state": "failed", "busy": isinstance(error, Busy), "reason": error.message})
        return 1
    return 0


def _read_order() -> Order:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            sys.exit(1)
        line += piece
    told = json.loads(line)
    return Order(Path(told["folder"]), int(told["port"]), int(told["heap_mb"]), str(told["password"]), int(told["parent"]))


def _silence(folder: Folder) -> None:
    """All that Java or Python print goes to the log: the terminal belongs to the parent."""
    log = os.open(folder.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    os.umask(0o077)
    os.chdir(folder.path)  # ArcadeDB writes ./log


def _serve(order: Order, answer: int) -> None:
    watch = Watch(order.parent)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(_PARENT_DEATH_SIGNAL))
    folder = Folder(order.folder)
    lock = folder.lock()
    folder.withdraw()
    server = _start(order)
    signal.signal(signal.SIGTERM, watch.asked)
    signal.signal(signal.SIGINT, watch.asked)
    signal.signal(_PARENT_DEATH_SIGNAL, watch.orphaned)
    watch.serving = True
    whereabouts = Whereabouts(port=_port_of(server), pid=os.getpid())
    folder.announce(whereabouts)
    _tell(answer, {"state": "ready", "port": whereabouts.port, "pid": whereabouts.pid})
    while not watch.over.wait(_WATCH_EVERY_S):
        pass
    folder.withdraw()
    threading.Timer(_STOP_PATIENCE_S, os._exit, (1,)).start()
    with contextlib.suppress(Exception):
        server.stop()
    lock.release()
    sys.stderr.flush()
    os._exit(0)  # the Java machine's own farewell adds nothing once the databases are closed


def _start(order: Order) -> Any:
    try:
        from arcadedb_embedded.server import ArcadeDBServer
    except ImportError as error:
        raise CmdbError(
            "The embedded graph engine is not installed (package arcadedb-embedded); install it, or name a Neo4j with MOORINGS_GRAPH."
        ) from error
    config = {
        "host": "127.0.0.1",
        "http_port": "0",
        "mode": "production",
        "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "bolt_port": order.port,
        "bolt_defaultDatabase": DATABASE,
        "server_defaultDatabases": f"{DATABASE}[]",
        "opencypher_loadCsv_allowFileUrls": False,
        "opencypher_loadCsv_allowRemoteUrls": False,
    }
    try:
        _refuse_taken(order.port)
        server = ArcadeDBServer(str(order.folder), order.password, config=config, jvm_kwargs=_java(order.heap_mb))
        server.start()
        # Nothing here speaks ArcadeDB's own HTTP: a door that is not there needs no guard.
        server._java_server.getHttpServer().stopService()  # noqa: SLF001
    except CmdbError:
        raise
    except Exception as error:
        raise CmdbError(f"The graph engine did not start: {_first_line(error)} (more in {Folder(order.folder).log_file}).") from error
    return server


def _java(heap_mb: int) -> dict[str, Any]:
    # -Xrs leaves the signals to Python, so that the engine is closed in order.
    return {"heap_size": f"{heap_mb}m", "jvm_args": ["-Xrs", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"]}


def _refuse_taken(port: int) -> None:
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Busy(f"Port {port} on 127.0.0.1 cannot be used for the graph engine: {error.strerror}; choose another one.") from error


def _port_of(server: Any) -> int:
    for plugin in server._java_server.getPlugins():  # noqa: SLF001
        if plugin.getClass().getSimpleName() == "BoltProtocolPlugin":
            return int(plugin.getPort())
    raise CmdbError("The graph engine started without its Bolt door.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _tell(descriptor: int, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, json.dumps(message).encode() + b"\n")
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
