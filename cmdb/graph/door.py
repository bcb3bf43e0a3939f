"""The only door to the driver: managed transactions, a bounded pool, a time limit, and errors in the house's words."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, LiteralString, Self, TypeVar
from urllib.parse import urlsplit

import neo4j
import neo4j.exceptions as driver_errors

from cmdb.errors import CmdbError, GraphUnavailable, Invalid
from cmdb.graph import faults

Row = dict[str, Any]
EngineName = Literal["embedded", "neo4j"]
T = TypeVar("T")

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
# A collision is tried again for this long (seconds), first after a few milliseconds: both engines resolve one in that time.
_CONFLICT_PATIENCE_S = 15.0
_CONFLICT_DELAY_S = (0.005, 0.5)
_OVERTAKEN_TRIES = 4
# An engine that is gone is asked again this often: enough for connections that went stale when it was restarted, short enough for a page.
_UNAVAILABLE_DELAYS_S = (0.0, 0.1, 0.4)
_UNAVAILABLE_PATIENCE_S = 10.0
_CONNECT_TIMEOUT_S = 10.0
_ACQUIRE_TIMEOUT_S = 10.0
_PING_PATIENCE_S = 5.0


class Counter:
    """How many statements ran inside `Graph.counting()`, and which."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def queries(self) -> int:
        """The number of statements that were sent, retries included."""
        return len(self.statements)


_counters: ContextVar[tuple[Counter, ...]] = ContextVar("moorings_graph_counters", default=())


class Tx:
    """One open transaction. It lives only inside the `work` it is given to."""

    def __init__(self, inner: neo4j.ManagedTransaction | neo4j.Session, timeout_s: float | None = None) -> None:
        self._inner = inner
        self._timeout = timeout_s

    def run(self, query: LiteralString, /, **parameters: Any) -> list[Row]:
        """Run one statement and return all its rows. Values go in as parameters only.

        Raises `Invalid` for a value no engine can hold (half a surrogate pair, an integer beyond 64 bits).
        """
        for counter in _counters.get():
            counter.statements.append(query)
        try:
            if isinstance(self._inner, neo4j.Session):
                result = self._inner.run(neo4j.Query(query, timeout=self._timeout), parameters)
            else:
                result = self._inner.run(query, parameters)
        except (UnicodeEncodeError, OverflowError, TypeError, ValueError) as error:
            raise Invalid(f"A value cannot be stored in the graph: {error}.") from error
        keys = result.keys()
        return [dict(zip(keys, map(_plain, record), strict=True)) for record in result]


class Graph:
    """The graph, whichever engine holds it. Safe for many threads; one per process is enough."""

    def __init__(self, driver: neo4j.Driver, *, engine: EngineName, query_timeout_s: float, database: str | None = None) -> None:
        self._driver = driver
        self.engine: EngineName = engine
        self._timeout = query_timeout_s
        self._database = database

    @classmethod
    def connect(
        cls,
        url: str,
        user: str,
        password: str,
        *,
        engine: EngineName,
        pool_size: int = 32,
        query_timeout_s: float = 30,
        database: str | None = None,
    ) -> Self:
        """Prepare connections to `url`. Nothing is sent yet: `ping()` asks the engine.

        Raises `Invalid` for an address the driver cannot use.
        """
        _check_address(url)
        try:
            driver = neo4j.GraphDatabase.driver(
                url,
                auth=(user, password),
                max_connection_pool_size=pool_size,
                connection_timeout=_CONNECT_TIMEOUT_S,
                connection_acquisition_timeout=_ACQUIRE_TIMEOUT_S,
                # The retries are ours (below): the driver's would hold a page for as long as the engine is away.
                max_transaction_retry_time=0.0,
                initial_retry_delay=_CONFLICT_DELAY_S[0],
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="moorings",
            )
        except (driver_errors.DriverError, driver_errors.Neo4jError, ValueError) as error:
            raise Invalid(f"The graph address cannot be used: {error}", field="graph_url") from error
        return cls(driver, engine=engine, query_timeout_s=query_timeout_s, database=database)

    def read(self, query: LiteralString, /, **parameters: Any) -> list[Row]:
        """One statement that reads, in a transaction that the engine opens and ends by itself.

        That is one message there and back; a transaction of ours takes three, and twice the CPU on both sides.
        """
        return self._patiently(lambda limit: self._alone(query, parameters, limit), None)

    def write(self, query: LiteralString, /, **parameters: Any) -> list[Row]:
        """One statement in a write transaction of its own."""
        return self.writing(lambda tx: tx.run(query, **parameters))

    def reading(self, work: Callable[[Tx], T], *, timeout_s: float | None = None) -> T:
        """Run `work` in one read transaction. `work` may run more than once, so it must not keep anything from a former run.

        Raises `GraphUnavailable`, `GraphTimeout`, `GraphError`.
        """
        return self._managed(work, neo4j.READ_ACCESS, timeout_s)

    def writing(self, work: Callable[[Tx], T], *, timeout_s: float | None = None) -> T:
        """Run `work` in one write transaction that is committed when it returns and rolled back when it raises.

        `work` may run more than once. Raises as `reading`, and `GraphConstraint`, `GraphConflict`.
        """
        return self._managed(work, neo4j.WRITE_ACCESS, timeout_s)

    @contextmanager
    def counting(self) -> Iterator[Counter]:
        """Count the statements that this thread (or task) sends while the block runs."""
        counter = Counter()
        token = _counters.set((*_counters.get(), counter))
        try:
            yield counter
        finally:
            _counters.reset(token)

    def ping(self) -> None:
        """Return when the engine answers a query; raises `GraphUnavailable` where it does not within five seconds."""
        failure: list[CmdbError] = []

        def ask() -> None:
            try:
                self.read("RETURN 1 AS one")
            except CmdbError as error:
                failure.append(error)

        # A thread, because an engine that hangs keeps its connection open and says nothing: the driver would wait for ever.
        asking = threading.Thread(target=ask, name="graph-ping", daemon=True)
        asking.start()
        asking.join(_PING_PATIENCE_S)
        if asking.is_alive():
            raise GraphUnavailable("The graph engine does not answer; if it stays so, start it again.")
        if failure:
            raise GraphUnavailable(failure[0].message) from failure[0]

    def close(self) -> None:
        """End all connections. The graph cannot be used afterwards."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _managed(self, work: Callable[[Tx], T], access: str, timeout_s: float | None) -> T:
        return self._patiently(lambda limit: self._once(work, access, limit), timeout_s)

    def _patiently(self, once: Callable[[float], T], timeout_s: float | None) -> T:
        limit = timeout_s if timeout_s is not None else self._timeout
        started = time.monotonic()
        away = iter(_UNAVAILABLE_DELAYS_S)
        attempt = 0
        while True:
            attempt += 1
            try:
                return once(limit)
            except (driver_errors.DriverError, driver_errors.Neo4jError, OSError) as error:
                delay = _delay(error, attempt, time.monotonic() - started, away)
                if delay is None:
                    raise faults.translate(error) from error
            time.sleep(delay)

    def _alone(self, query: LiteralString, parameters: dict[str, Any], limit: float) -> list[Row]:
        with self._driver.session(database=self._database, default_access_mode=neo4j.READ_ACCESS) as session:
            return Tx(session, limit).run(query, **parameters)

    def _once(self, work: Callable[[Tx], T], access: str, limit: float) -> T:
        @neo4j.unit_of_work(timeout=limit)
        def unit(inner: neo4j.ManagedTransaction) -> T:
            return work(Tx(inner))

        with self._driver.session(database=self._database, default_access_mode=access) as session:
            run = session.execute_write if access == neo4j.WRITE_ACCESS else session.execute_read
            return run(unit)


def _check_address(url: str) -> None:
    """The driver takes any text for an address and fails at the first query."""
    if url.partition("://")[0] not in SCHEMES:
        raise Invalid(f"The graph address must begin with one of {', '.join(s + '://' for s in SCHEMES)}.", field="graph_url")
    try:
        parts = urlsplit(url)
        named = parts.hostname is not None and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise Invalid("The graph address needs a host, and a port from 1 to 65535 if it has one: bolt://host:7687.", field="graph_url")


def _delay(error: Exception, attempt: int, elapsed: float, away: Iterator[float]) -> float | None:
    """Seconds to wait before the same work is done again, or None where that would not help."""
    if isinstance(error, CmdbError):
        return None
    if isinstance(error, driver_errors.DriverError) and not error.is_retryable():
        return None  # a lost connection during COMMIT: nobody knows whether it was done, so the caller has to look
    if faults.unavailable(error):
        return next(away, None) if elapsed < _UNAVAILABLE_PATIENCE_S else None
    if (faults.conflict(error) and elapsed < _CONFLICT_PATIENCE_S) or (faults.overtaken(error) and attempt <= _OVERTAKEN_TRIES):
        shortest, longest = _CONFLICT_DELAY_S
        return random.uniform(0, min(longest, shortest * 2.0**attempt))  # noqa: S311 - spreads writers, guards nothing
    return None


_PLAIN = (str, int, float, bool, type(None))
_PLAIN_TYPES = frozenset(_PLAIN)


def _plain(value: Any) -> Any:
    """Nodes and relations as maps of their properties, so that no driver type leaves this room."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list):
        # Long lists are columns of plain values as a rule: asked of all at once, not of each.
        return value if _PLAIN_TYPES.issuperset(map(type, value)) else [_plain(item) for item in value]
    if isinstance(value, neo4j.graph.Entity):
        return dict(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
