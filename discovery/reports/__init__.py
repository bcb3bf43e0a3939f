"""Reports of inventory agents (FusionInventory, OCS Inventory, GLPI, GLPI for Android): bytes in, Observation out.

Pure: no network, no ledger.

The way of a report: `wire.unwrap` (bounded) → `message.read_message` (what is it) → `privacy.clean` (what may come in) → `report.Report`
(one vocabulary, stored as canonical JSON) → `observe.observe` (the Observation). `reply` says what the agent is answered.
"""

from __future__ import annotations
