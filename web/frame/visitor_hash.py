"""How a visitor that was registered as personal is known again: by a keyed hash, since the address of a personal device is not kept."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from cmdb.model.observation import Identifier
from cmdb.store import Ledger
from discovery.reports.pseudonym import pseudonym
from web.agent.desk import pseudonym_key

SCOPE = "visitor-hash"


def visitor_hash(ledger: Ledger) -> Callable[[str], str]:
    """Address → its keyed hash; "" for what is none. The key never leaves the ledger."""
    key = pseudonym_key(ledger, "personal")

    def hashed(address: str) -> str:
        try:
            packed = ip_address(address).packed.hex()
        except ValueError:
            return ""
        return pseudonym("visitor.ip", f"ip{packed}", key)

    return hashed


def visitor_mark(ledger: Ledger, address: str) -> Identifier:
    """What a personal device that was registered from this address is recognised by."""
    return Identifier("external_id", visitor_hash(ledger)(address), SCOPE)
