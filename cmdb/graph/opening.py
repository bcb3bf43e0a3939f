"""Open the graph that the settings name: a Neo4j by its address, else the embedded engine that runs on the data folder, else a new one."""

from __future__ import annotations

import time

from cmdb.config import Settings
from cmdb.errors import Busy, GraphUnavailable
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.graph.engine.folder import Folder

# Somebody else may be starting the engine at this moment: that takes 1-4 s, on a busy machine more.
_OTHERS_START_S = 30.0
_LOOK_EVERY_S = 0.1


def open_graph(settings: Settings, *, wait_s: float = 0.0, join: bool = True, start: bool = True) -> tuple[Graph, Engine | None]:
    """The graph, reachable, and the embedded engine it is held by (None for a Neo4j).

    An engine that this call started is started again when it dies by itself; the caller stops it with `engine.stop()` after
    `graph.close()`. `wait_s` is how long a Neo4j may take to come up. With `join=False` an engine that already runs on the data folder
    is not used but refused (`Busy`, naming its process): for a server that must be the only one there. With `start=False` none is started,
    but the running one waited for: for a process that works for the one that keeps the engine.
    Raises `GraphUnavailable`, `Busy` or another `CmdbError`, each with one sentence that says what to do.
    """
    if settings.graph_url:
        return _named(settings, wait_s), None
    engine = _join_or_start(settings, start=start) if join else _start(settings)
    graph = Graph.connect(
        engine.url,
        engine.user,
        engine.password,
        engine="embedded",
        pool_size=settings.graph_connections,
        query_timeout_s=settings.query_timeout_s,
    )
    try:
        _first_answer(graph)
    except BaseException:
        graph.close()
        engine.stop()
        raise
    engine.keep()
    return graph, engine


def _first_answer(graph: Graph) -> None:
    """The embedded engine listens before it is warm: on a busy machine its first answer may take longer than any later one."""
    until = time.monotonic() + _OTHERS_START_S
    while True:
        try:
            graph.ping()
        except GraphUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_EVERY_S)
        else:
            return


def _named(settings: Settings, wait_s: float) -> Graph:
    graph = Graph.connect(
        settings.graph_url,
        settings.graph_user,
        settings.graph_password.reveal(),
        engine="neo4j",
        pool_size=settings.graph_connections,
        query_timeout_s=settings.query_timeout_s,
        database=settings.graph_database or None,
    )
    until = time.monotonic() + wait_s
    while True:
        try:
            graph.ping()
        except GraphUnavailable as error:
            if time.monotonic() < until:
                time.sleep(1.0)
                continue
            graph.close()
            raise GraphUnavailable(f"No graph at {settings.graph_url} (MOORINGS_GRAPH): {error.message}") from error
        return graph


def _join_or_start(settings: Settings, *, start: bool = True) -> Engine:
    """Use the engine that runs on the folder, or that somebody else is starting on it at this moment; else start one, if that is wanted."""
    until = time.monotonic() + _OTHERS_START_S
    while True:
        found = Engine.find(settings.data)
        if found is not None:
            return found
        try:
            if start:
                return _start(settings)
            if time.monotonic() > until:
                raise GraphUnavailable(f"No graph engine runs on {settings.data}.")
        except Busy:
            if time.monotonic() > until or not Folder.inside(settings.data).locked():
                raise
        time.sleep(_LOOK_EVERY_S)


def _start(settings: Settings) -> Engine:
    return Engine.start(
        settings.data,
        port=settings.engine_port or None,
        heap_mb=settings.engine_heap_mb,
        query_timeout_s=settings.query_timeout_s,
        light=settings.engine_compile == "light",
    )
