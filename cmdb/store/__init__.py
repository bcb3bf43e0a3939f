"""The ledger beside the graph: one SQLite file for accounts, secrets, jobs and accepted reports."""

from __future__ import annotations

from cmdb.store.accounts import ROLES, THEMES, Account
from cmdb.store.audit import AuditEntry
from cmdb.store.intake import Entry
from cmdb.store.ledger import Ledger
from cmdb.store.refusals import Refusal
from cmdb.store.sessions import Session
from cmdb.store.tokens import AgentToken, ApiToken

__all__ = ["ROLES", "THEMES", "Account", "AgentToken", "ApiToken", "AuditEntry", "Entry", "Ledger", "Refusal", "Session"]
