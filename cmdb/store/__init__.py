"""The ledger beside the graph: one SQLite file for accounts, secrets, jobs and accepted reports."""

from __future__ import annotations

from cmdb.store.accounts import ROLES, THEMES, Account
from cmdb.store.audit import AuditEntry
from cmdb.store.credential_kinds import KINDS as CREDENTIAL_KINDS
from cmdb.store.credential_kinds import KindOfCredential
from cmdb.store.credentials import Credential, CredentialInfo, Secret
from cmdb.store.entry import Entry
from cmdb.store.host_keys import HostKey
from cmdb.store.incoming import Incoming, Outdated
from cmdb.store.job import Job
from cmdb.store.ledger import Ledger
from cmdb.store.nodes import AgentNode
from cmdb.store.refusals import Refusal
from cmdb.store.sessions import Session
from cmdb.store.tokens import AgentToken, ApiToken

__all__ = [
    "CREDENTIAL_KINDS",
    "ROLES",
    "THEMES",
    "Account",
    "AgentNode",
    "AgentToken",
    "ApiToken",
    "AuditEntry",
    "Credential",
    "CredentialInfo",
    "Entry",
    "HostKey",
    "Incoming",
    "Job",
    "KindOfCredential",
    "Ledger",
    "Outdated",
    "Refusal",
    "Secret",
    "Session",
]
