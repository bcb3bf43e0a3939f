"""Deciding what an Observation means for the graph: identify, merge, write."""

from reconciliation.answers import answer
from reconciliation.reconcile import preview, reconcile
from reconciliation.why import records_of, why

__all__ = ["answer", "preview", "reconcile", "records_of", "why"]
