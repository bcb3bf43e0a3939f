"""`/api/v1/compliance/audit-bundle`: the signed archive, and the key that signs it."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.pages.audit_bundle import send_bundle, signing_key
from web.services import services

api = api_blueprint("audit", "Signed evidence for auditors.")


class BundleQuery(BaseModel):
    """What the bundle is about."""

    model_config = ConfigDict(extra="forbid")

    as_of: str = Field(default="", max_length=40, description="The moment: a time with zone, or a day (its end); now unless given.")
    ownership: str = Field(default="", max_length=20, description="Only endpoints of this ownership.")
    site: str = Field(default="", max_length=200, description="Only endpoints of this site.")
    team: str = Field(default="", max_length=200, description="Only endpoints of this team.")
    cls: str = Field(default="", alias="class", max_length=60, description="Only endpoints of this class.")
    ci: str = Field(default="", max_length=64, description="Only this endpoint.")
    policy: list[str] = Field(default_factory=list, max_length=100, description="Only these policies; none: all.")


class AuditKey(BaseModel):
    """Whose signature to expect."""

    fingerprint: str = Field(description="Short name of the key, as `moorings audit verify` shows it.")
    pem: str = Field(description="The public key.")
    chain_whole: bool = Field(description="Whether the chain of accepted reports holds.")
    chain_links: int = Field(description="How many reports it holds.")
    chain_head: str = Field(description="Hash of its last link.")


@api.get("/compliance/audit-bundle", responses={200: {"content": {"application/zip": {}}}})
@needs(Permission.AUDIT)
def audit_bundle(query: BundleQuery) -> Response:
    """The signed archive (ZIP): results with evidence, policies, exceptions, report hashes, coverage."""
    words = {key: value for key, value in query.model_dump().items() if isinstance(value, str)}
    return send_bundle(words, tuple(query.policy))


@api.get("/compliance/audit-key", responses={200: AuditKey})
@needs(Permission.READ)
def audit_key() -> Response:
    """The public key that signs bundles, and the state of the chain of accepted reports."""
    key, chain = signing_key(), services().ledger.chain.verify()
    told = AuditKey(
        fingerprint=key.fingerprint(), pem=key.public_pem(), chain_whole=chain.whole, chain_links=chain.links, chain_head=chain.head
    )
    return jsonify(told.model_dump(mode="json"))
