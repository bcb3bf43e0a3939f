"""The compliance overview reads sums of the kept counts, and what can be chosen, from nodes of their own."""

from __future__ import annotations

from cmdb.graph.compliance_counts import rebuild
from cmdb.graph.migrations.steps import Running
from cmdb.graph.schema import Unique, make


def run(step: Running) -> None:
    """Make them from the counts that are kept. Doing it again gives the same."""
    make(step.graph, Unique("EvaluationSum", "key"))
    make(step.graph, Unique("EvaluationChoice", "key"))
    rebuild(step.graph)
