"""A real Neo4j without containers: its jars by Maven, once per machine, and a process of our own on loopback.

Neo4j Community is GPL-3.0: the tests start it as a program of its own; nothing of it is shipped.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import neo4j
import neo4j.exceptions as driver_errors

LTS = "5.26.30"
_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent", "java.lang")
_ENTRY = "META-INF/services/org.neo4j.server.startup.EntryPoint"
_LISTENS_AFTER_S = 120.0
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>moorings</groupId><artifactId>test-engine</artifactId><version>1</version>
<dependencies><dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency></dependencies>
</project>
"""


class Neo4jMissing(Exception):
    """Neo4j cannot be had on this machine; the text says why."""


def wanted_version() -> str:
    """The version under test: the LTS, or what MOORINGS_TEST_NEO4J_VERSION names."""
    return os.environ.get("MOORINGS_TEST_NEO4J_VERSION", "") or LTS


def fetch(version: str) -> Path:
    """The folder with the jars of that version, fetched by Maven on first use. Raises `Neo4jMissing`."""
    if not re.fullmatch(r"[0-9][0-9.]{2,20}", version):
        raise Neo4jMissing(f"{version!r} is no Neo4j version")
    home = Path(os.environ.get("MOORINGS_TEST_CACHE") or Path.home() / ".cache" / "moorings-tests") / f"neo4j-{version}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "fetch.lock").open("w") as guard:  # two workers at once: one fetches, the other waits
        fcntl.flock(guard, fcntl.LOCK_EX)
        library = home / "lib"
        if not (home / "complete").exists():
            _download(version, home, library)
            (home / "complete").touch()
    return library


def _download(version: str, home: Path, library: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jMissing("Maven (mvn) is not installed")
    shutil.rmtree(library, ignore_errors=True)
    (home / "pom.xml").write_text(_POM.format(version=version), "utf-8")
    command = [maven, "-B", "-q", "-f", str(home / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={library}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise Neo4jMissing(f"Maven could not fetch Neo4j {version}: {done.stdout.strip()[-300:]}")


@dataclass(slots=True)
class Neo4jServer:
    """A running Neo4j of the tests."""

    home: Path
    port: int
    version: str
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)
    user: str = "neo4j"

    @property
    def url(self) -> str:
        """Its Bolt address."""
        return f"bolt://127.0.0.1:{self.port}"

    @classmethod
    def start(cls, home: Path, version: str | None = None) -> Neo4jServer:
        """Start a Neo4j in the empty folder `home` and return when it answers. Raises `Neo4jMissing`."""
        version = version or wanted_version()
        library = fetch(version)
        ports = _free_ports(2)
        _configure(home, *ports)
        server = cls(home, ports[0], version, secrets.token_urlsafe(16), _spawn(home, library, version))
        try:
            server._first_login()
        except BaseException:
            server.kill()
            raise
        return server

    def restart(self) -> None:
        """Start the same data on the same port again after `stop` or `kill`."""
        self.process = _spawn(self.home, fetch(self.version), self.version)
        self._wait(self.password)

    def stop(self) -> None:
        """End it in order."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def _first_login(self) -> None:
        self._wait("neo4j")
        with neo4j.GraphDatabase.driver(self.url, auth=("neo4j", "neo4j")) as driver, driver.session(database="system") as session:
            session.run("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=self.password).consume()
        self._wait(self.password)

    def _wait(self, password: str) -> None:
        until = time.monotonic() + _LISTENS_AFTER_S
        while True:
            if self.process.poll() is not None:
                raise Neo4jMissing(f"Neo4j {self.version} ended at its start: {_tail(self.home)}")
            try:
                with neo4j.GraphDatabase.driver(self.url, auth=("neo4j", password), connection_timeout=2) as driver:
                    driver.verify_connectivity()
            except driver_errors.ClientError as error:
                if "CredentialsExpired" in str(error.code):
                    return
                raise
            except driver_errors.ServiceUnavailable as error:
                if time.monotonic() > until:
                    raise Neo4jMissing(f"Neo4j {self.version} does not answer: {_tail(self.home)}") from error
                time.sleep(0.2)
            else:
                return


def _configure(home: Path, bolt: int, http: int) -> None:
    (home / "conf").mkdir(parents=True, exist_ok=True)
    lines = [
        f"server.bolt.listen_address=127.0.0.1:{bolt}",
        f"server.bolt.advertised_address=127.0.0.1:{bolt}",
        f"server.http.listen_address=127.0.0.1:{http}",
        f"server.http.advertised_address=127.0.0.1:{http}",
        "server.default_listen_address=127.0.0.1",
        "server.memory.pagecache.size=128m",
        "dbms.usage_report.enabled=false",
        "server.directories.data=data",
        "db.tx_log.rotation.retention_policy=false",
        "db.tx_log.preallocate=false",
        "db.tx_log.rotation.size=32m",
        # Graphs of tests grow from nothing to a few things and back all the time: planning anew for each took a third of the CPU.
        "dbms.cypher.min_replan_interval=5m",
    ]
    (home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n", "utf-8")


def _spawn(home: Path, library: Path, version: str) -> subprocess.Popen[bytes]:
    java = _java(version)
    with zipfile.ZipFile(library / f"neo4j-{version}.jar") as jar:
        entry = jar.read(_ENTRY).decode().strip().splitlines()[0]
    # Level 1: a start and many small statements took nearly twice the CPU with the thorough compiler, which pays after hours only.
    options = ["-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8"]
    options += [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS]
    if not version.startswith("5."):
        options.append("--add-modules=jdk.incubator.vector")
    command = [java, *options, "-cp", f"{library}/*", entry, f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
    with (home / "console.log").open("ab") as log:
        # It dies with its worker: the tests' own process must not leave engines behind when it is killed.
        return subprocess.Popen(_leashed(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def _java(version: str) -> str:
    """The Java to run it with: 17 or 21 for 5.26, 21 or newer for 2026 (the embedded engine's package brings a 25)."""
    named = os.environ.get("MOORINGS_TEST_JAVA", "")
    package = importlib.util.find_spec("arcadedb_embedded")
    if not named and not version.startswith("5.") and package is not None and package.origin:
        named = str(Path(package.origin).parent / "jre" / "bin" / "java")
    java = shutil.which(named or "java")
    if java is None:
        raise Neo4jMissing("Java is not installed")
    return java


def _leashed(command: list[str]) -> list[str]:
    """The command under a small watcher-free leash: the kernel ends it when the process that started it is gone."""
    leash = (
        "import ctypes,os,sys;ctypes.CDLL(None).prctl(1,9);os.getppid()==int(sys.argv[1]) or os._exit(1);os.execv(sys.argv[2],sys.argv[2:])"
    )
    return [sys.executable, "-S", "-c", leash, str(os.getpid()), *command]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _tail(home: Path) -> str:
    try:
        return (home / "console.log").read_text("utf-8", "replace")[-400:]
    except OSError:
        return "no log"
