"""Deciding what an Observation means for the graph: identify, merge, write."""

from reconciliation.reconcile import preview, reconcile

__all__ = ["preview", "reconcile"]
