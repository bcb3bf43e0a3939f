"""Every blueprint of the product, in one list each. A new room adds its import and its line."""

from __future__ import annotations

from flask import Blueprint
from flask_openapi.blueprint import APIBlueprint

from web.agent import blueprint as agent_door
from web.api.agents import api as agents_api
from web.api.audit_bundle import api as audit_bundle_api
from web.api.ci_details import api as ci_details_api
from web.api.cis import api as cis_api
from web.api.compliance import api as compliance_api
from web.api.difference import api as difference_api
from web.api.identity import api as identity_api
from web.api.impact import api as impact_api
from web.api.jobs import api as jobs_api
from web.api.kinds import api as kinds_api
from web.api.loans import api as loans_api
from web.api.me import api as me_api
from web.api.notes import api as notes_api
from web.api.observations import api as observations_api
from web.api.reference import api as reference_api
from web.api.relations import api as relations_api
from web.api.review_groups import api as review_groups_api
from web.api.reviews import api as reviews_api
from web.api.rules import api as rules_api
from web.api.shadow import api as shadow_api
from web.api.software import api as software_api
from web.api.waiting import api as waiting_api
from web.api.waivers import api as waivers_api
from web.pages.account import blueprint as account
from web.pages.admin.agents import blueprint as admin_agents
from web.pages.admin.house import blueprint as admin_house
from web.pages.admin.intake_now import blueprint as intake_now
from web.pages.admin.rules import blueprint as admin_rules
from web.pages.admin.tokens import blueprint as admin_tokens
from web.pages.admin.users import blueprint as admin_users
from web.pages.admin.work import blueprint as admin_work
from web.pages.audit_bundle import blueprint as audit_bundle
from web.pages.audit_sample import blueprint as audit_sample
from web.pages.auth import blueprint as auth
from web.pages.ci import blueprint as ci
from web.pages.ci_answers import blueprint as ci_answers
from web.pages.cis import blueprint as cis
from web.pages.compliance import blueprint as compliance
from web.pages.coverage import blueprint as coverage
from web.pages.credentials import blueprint as credentials
from web.pages.dashboard import blueprint as dashboard
from web.pages.devices import blueprint as devices
from web.pages.edit import blueprint as edit
from web.pages.help import blueprint as help_pages
from web.pages.hostkeys import blueprint as hostkeys
from web.pages.identity_acts import blueprint as identity_acts
from web.pages.impact import blueprint as impact
from web.pages.imports import blueprint as imports
from web.pages.loans.desk import blueprint as loans_desk
from web.pages.loans.loan import blueprint as loans_one
from web.pages.loans.overdue import blueprint as loans_overdue
from web.pages.loans.pool import blueprint as loans_pool
from web.pages.notes import blueprint as notes
from web.pages.operations import blueprint as operations
from web.pages.past import blueprint as past
from web.pages.people import blueprint as people
from web.pages.policies import blueprint as policies
from web.pages.reference import blueprint as reference
from web.pages.relate import blueprint as relate
from web.pages.results import blueprint as results
from web.pages.review_groups import blueprint as review_groups
from web.pages.reviews import blueprint as reviews
from web.pages.scans import blueprint as scans
from web.pages.shadow import blueprint as shadow
from web.pages.software import blueprint as software
from web.pages.sources import blueprint as sources
from web.pages.waiting import blueprint as waiting
from web.pages.waivers import blueprint as waivers

PAGES: tuple[Blueprint, ...] = (
    auth,
    cis,
    ci,
    past,
    notes,
    ci_answers,
    identity_acts,
    edit,
    relate,
    dashboard,
    review_groups,
    reviews,
    imports,
    scans,
    coverage,
    credentials,
    hostkeys,
    people,
    devices,
    sources,
    account,
    admin_users,
    admin_tokens,
    admin_agents,
    admin_house,
    admin_rules,
    intake_now,
    admin_work,
    help_pages,
    compliance,
    results,
    waivers,
    waiting,
    shadow,
    policies,
    reference,
    audit_bundle,
    audit_sample,
    impact,
    loans_desk,
    loans_overdue,
    loans_pool,
    loans_one,
    operations,
    software,
)
"""Pages for people: forms carry a token (CSRF), errors are pages."""

API: tuple[APIBlueprint, ...] = (
    me_api,
    jobs_api,
    agents_api,
    cis_api,
    ci_details_api,
    identity_api,
    difference_api,
    relations_api,
    notes_api,
    observations_api,
    reviews_api,
    review_groups_api,
    kinds_api,
    compliance_api,
    waivers_api,
    waiting_api,
    rules_api,
    shadow_api,
    reference_api,
    software_api,
    audit_bundle_api,
    impact_api,
    loans_api,
)
"""Routes under /api/v1: bearer tokens, problem+json, described by OpenAPI."""

AGENTS: tuple[Blueprint, ...] = (agent_door,)
"""Doors for agents: their own token in the address, their own answers, no form tokens."""
