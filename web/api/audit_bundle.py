"""`/api/v1/compliance/audit-bundle` and `/sample`: the signed archive, the key that signs it, and samples as of a day."""

from __future__ import annotations

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from cmdb.compliance import sampling
from cmdb.compliance.hindsight import known_from
from cmdb.compliance.sampling import Sampled
from cmdb.errors import Invalid
from cmdb.inventory.moment import time_of
from cmdb.model import times
from web.api.compliance import KNOWN, LATER, Later, later
from web.api.security import api_blueprint
from web.auth.permissions import Permission, needs
from web.pages.audit_bundle import send_bundle, signing_key
from web.services import services

api = api_blueprint("audit", "Signed evidence for auditors.")


class BundleQuery(BaseModel):
    """What the bundle is about."""

    model_config = ConfigDict(extra="forbid")

    as_of: str = Field(default="", max_length=40, description="The moment: a time with zone, or a day (its end); now unless given.")
    known_at: str = Field(default="", max_length=40, description=f"{KNOWN} Each result and the counts tell it beside what was known then.")
    ownership: str = Field(default="", max_length=20, description="Only endpoints of this ownership.")
    site: str = Field(default="", max_length=200, description="Only endpoints of this site.")
    team: str = Field(default="", max_length=200, description="Only endpoints of this team.")
    cls: str = Field(default="", alias="class", max_length=60, description="Only endpoints of this class.")
    ci: str = Field(default="", max_length=64, description="Only this endpoint.")
    cis: str = Field(default="", max_length=8000, description="Only these endpoints: ids, by commas, at most 200.")
    policy: list[str] = Field(default_factory=list, max_length=100, description="Only these policies; none: all.")


class SampleOrder(BaseModel):
    """A sample, and the moment."""

    model_config = ConfigDict(extra="forbid")

    endpoints: list[str] = Field(default_factory=list, max_length=200, description="Asset tags, serial numbers, host names or ids.")
    draw: int = Field(default=0, ge=0, le=200, description="Draw that many of all that were known then instead.")
    seed: str = Field(default="", max_length=80, description="The same seed draws the same endpoints again.")
    site: str = Field(default="", max_length=200, description="Draw only of this site.")
    ownership: str = Field(default="", max_length=20, description="Draw only of this ownership.")
    as_of: str = Field(default="", max_length=40, description="The moment: a time with zone, or a day (its end); now unless given.")
    known_at: str = Field(default="", max_length=40, description=KNOWN)


class SampledResult(BaseModel):
    """One policy on one endpoint, then."""

    policy: str = Field(description="Id of the policy.")
    edition: str = Field(description="Version and digest of the policy's text.")
    state: str = Field(description="pass, fail, unknown, not_applicable or error.")
    reason: str = Field(description="Why it was unknown.")
    since: str = Field(description="Since when it was so.")
    until: str = Field(description="Until when it stayed so; empty: it still is.")
    excepted_until: str | None = Field(description="Until when a failure was accepted, or an unknown attested; null: nobody did.")
    hindsight: Later | None = Field(default=None, description=LATER)


class SampledOut(BaseModel):
    """One endpoint of the sample."""

    given: str = Field(description="As it was asked for, or its id where it was drawn.")
    ci: str = Field(description="Its id; empty where there is none.")
    name: str = Field(description="Its name.")
    why: str = Field(description="Why nothing is told of it; empty: it is.")
    results: list[SampledResult] = Field(description="What was proven then, by policy.")


class SampleOut(BaseModel):
    """The sample."""

    as_of: str = Field(description="The moment.")
    items: list[SampledOut] = Field(description="In the order given or drawn.")


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


@api.post("/audit-samples", responses={200: SampleOut})
@needs(Permission.AUDIT)
def sample(body: SampleOrder) -> Response:
    """What was proven of these endpoints, or of some that are drawn, at that moment."""
    now, graph = times.now(), services().graph
    when = times.from_text(time_of(body.as_of, "as_of", now)) if body.as_of else now
    if when > now:
        raise Invalid("The moment lies in the future.", field="as_of")
    if bool(body.endpoints) == bool(body.draw):
        raise Invalid("Give endpoints, or how many to draw.", field="endpoints")
    where = {name: value for name, value in (("site", body.site), ("ownership", body.ownership)) if value}
    names = [one.strip()[:200] for one in body.endpoints if one.strip()] or sampling.drawn(graph, body.draw or 1, body.seed, when, where)
    known = known_from(body.known_at, when if body.as_of else None)
    items = [_sampled(one) for one in sampling.sample(graph, names, when, known)]
    return jsonify(SampleOut(as_of=times.to_text(when), items=items).model_dump(mode="json"))


def _sampled(one: Sampled) -> SampledOut:
    results = [
        SampledResult(
            **{name: str(row[name] or "") for name in ("policy", "edition", "state", "reason", "since", "until")},
            excepted_until=row["waiver"].until if row["waiver"] else None,
            hindsight=later(row),
        )
        for row in one.rows
    ]
    return SampledOut(given=one.given, ci=one.ci, name=one.name, why=one.why, results=results)


@api.get("/compliance/audit-key", responses={200: AuditKey})
@needs(Permission.READ)
def audit_key() -> Response:
    """The public key that signs bundles, and the state of the chain of accepted reports."""
    key, chain = signing_key(), services().ledger.chain.verify()
    told = AuditKey(
        fingerprint=key.fingerprint(), pem=key.public_pem(), chain_whole=chain.whole, chain_links=chain.links, chain_head=chain.head
    )
    return jsonify(told.model_dump(mode="json"))
