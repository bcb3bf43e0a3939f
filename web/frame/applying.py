"""What a person says on a page or by the API is applied at once, and kept in the ledger like every observation."""

from __future__ import annotations

from cmdb.intake.acts import apply_now
from cmdb.model.change import Changes
from cmdb.model.observation import Observation
from reconciliation import reconcile
from web.services import services


def applied(seen: Observation) -> Changes:
    """Apply it now. Raises as `reconciliation.reconcile`."""
    here = services()
    return apply_now(here.ledger, here.graph, seen, lambda said: reconcile(here.graph, here.catalogue, said))
