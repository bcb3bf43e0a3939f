"""The embedded graph engine: ArcadeDB in a child process, on loopback only."""

from cmdb.graph.engine.process import Engine

__all__ = ["Engine"]
