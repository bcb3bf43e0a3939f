"""Deciding what an Observation means for the graph: identify, merge, write."""

from reconciliation.answer_preview import preview_answer
from reconciliation.answers import answer
from reconciliation.reconcile import preview, reconcile
from reconciliation.taking_back import take_back
from reconciliation.why import records_of, why

__all__ = ["answer", "preview", "preview_answer", "reconcile", "records_of", "take_back", "why"]
