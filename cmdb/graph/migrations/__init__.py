"""Bring a graph's data and schema to what this release expects: numbered steps, checked, locked, resumable."""

from cmdb.graph.migrations.runner import Status, migrate, status
from cmdb.graph.migrations.steps import Running, Step, read_steps

__all__ = ["Running", "Status", "Step", "migrate", "read_steps", "status"]
