"""Start ArcadeDB inside this process: what it may listen to, how durable it is, where it logs. Only the child process imports Java."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cmdb.errors import Busy, CmdbError
from cmdb.graph.engine.folder import Folder

DATABASE: Final = "moorings"
USER: Final = "root"
MISSING: Final = "The embedded graph engine is not installed (package arcadedb-embedded); install it, or name a Neo4j with MOORINGS_GRAPH."
_LARGEST_MESSAGE = 128 * 2**20
_LOGGING = """handlers = java.util.logging.FileHandler
.level = INFO
io.undertow.level = WARNING
org.xnio.level = WARNING
org.jboss.level = WARNING
java.util.logging.FileHandler.pattern = {pattern}
java.util.logging.FileHandler.formatter = com.arcadedb.log.LogFormatter
java.util.logging.FileHandler.limit = 10000000
java.util.logging.FileHandler.count = 3
java.util.logging.FileHandler.append = true
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What the parent wants."""

    folder: Path
    port: int
    heap_mb: int
    query_timeout_s: float
    parent: int
    password: str = field(repr=False)
    light: bool = False
    """Whether Java compiles its code once and quickly (its first tier only) instead of a second time and well."""
    large: bool = False
    """Whether a new record goes to the end of its file, without a look for the room that deleted ones left"""


class Server:
    """A running ArcadeDB with nothing but its Bolt door open, on loopback."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def port(self) -> int:
        """Where it speaks Bolt."""
        for plugin in self._inner._java_server.getPlugins():
            if plugin.getClass().getSimpleName() == "BoltProtocolPlugin":
                return int(plugin.getPort())
        raise CmdbError("The graph engine started without its Bolt door.")

    def snapshot(self, target: Path) -> None:
        """Write the database as it is now into a new zip file, while it is written to. Raises what Java raises."""
        from jpype import JClass

        database = self._inner._java_server.getDatabase(DATABASE).getWrappedDatabaseInstance()
        JClass("com.arcadedb.integration.backup.Backup")(database, target.name).setDirectory(str(target.parent)).backupDatabase()

    def stop(self) -> None:
        """Write all pages and close the database."""
        self._inner.stop()


def start(order: Order) -> Server:
    """Start the engine and return when it listens. Raises `Busy` (port taken) or `CmdbError`, each a whole sentence."""
    try:
        from arcadedb_embedded.server import ArcadeDBServer
    except ImportError as error:
        raise CmdbError(MISSING) from error
    folder = Folder(order.folder)
    folder.logging_file.write_text(_LOGGING.format(pattern=str(folder.log_file).replace("%", "%%")), "utf-8")
    _refuse_taken(order.port)
    try:
        inner: Any = ArcadeDBServer(str(order.folder), order.password, config=_doors(order.port), jvm_kwargs=_java(order, folder))
        inner.start()
        # Nothing here speaks ArcadeDB's own HTTP: a door that is not there needs no guard.
        inner._java_server.getHttpServer().stopService()
    except Exception as error:
        raise CmdbError(f"The graph engine did not start: {_first_line(error)} (more in {folder.log_file}).") from error
    return Server(inner)


def _doors(port: int) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "http_port": "0",
        # Production mode hides from the sender why a statement failed; what else it would set is set in `_java`.
        "mode": "development",
        "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "bolt_port": port,
        "bolt_defaultDatabase": DATABASE,
        "server_defaultDatabases": f"{DATABASE}[]",
    }


def _java(order: Order, folder: Folder) -> dict[str, Any]:
    """Settings of a *database* are heard only as Java properties, not in the server's configuration (measured: the time limit)."""
    properties = {
        "java.util.logging.config.file": folder.logging_file,
        "arcadedb.command.timeout": int(order.query_timeout_s * 1000),
        "arcadedb.txWalFlush": 1,  # a commit is on the disk before it is acknowledged
        # That look reads the whole file, again every five seconds while something is created and no room was found.
        "arcadedb.bucketReuseSpaceMode": "low" if order.large else "high",
        "arcadedb.opencypher.loadCsv.allowFileUrls": "false",
        "arcadedb.opencypher.loadCsv.allowRemoteUrls": "false",
        "arcadedb.bolt.maxMessageSize": _LARGEST_MESSAGE,
        "arcadedb.bolt.packstream.maxValueLength": _LARGEST_MESSAGE,
        "arcadedb.server.logsDirectory": folder.log_file.parent,
    }
    # -Xrs leaves the signals to Python, so that the engine is closed in order. An engine out of memory ends, and is started again.
    options = ["-Xrs", "-XX:+UseSerialGC" if order.heap_mb < 2048 else "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"]
    if order.light:
        options.append("-XX:TieredStopAtLevel=1")
    options += [f"-D{key}={value}" for key, value in properties.items()]
    return {"heap_size": f"{order.heap_mb}m", "jvm_args": options}


def _refuse_taken(port: int) -> None:
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            raise Busy(f"Port {port} on 127.0.0.1 cannot be used for the graph engine: {error.strerror}; choose another one.") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
