"""Permissions, the roles that hold them, and the marks by which a view says which one it needs.

A view without a mark is refused to everybody (`web.auth.guard`), so a forgotten mark is a closed door and not an open one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

MARK = "moorings_permission"
PUBLIC = "public"


class Permission(Enum):
    """What a person or token may do. The value is the sentence people read when they lack it."""

    OWN = "see and use their own account, devices and loans"
    READ = "read the inventory, impact, loans, compliance and discovery results"
    EDIT = "change configuration items, import, and answer reviews"
    LOAN = "hand out and take back loans"
    SCAN = "start and cancel scans, and keep credentials and host keys"
    REPORT = "send observations"
    AUDIT = "read the audit log"
    ADMIN = "manage users, tokens, sources and settings"


_READS = frozenset({Permission.OWN, Permission.READ})
_EDITS = _READS | {Permission.EDIT, Permission.LOAN, Permission.SCAN, Permission.REPORT}

ROLES: Mapping[str, frozenset[Permission]] = {
    "requester": frozenset({Permission.OWN}),
    "viewer": _READS,
    "auditor": _READS | {Permission.AUDIT},
    "operator": _EDITS,
    "administrator": frozenset(Permission),
}
"""Which role holds which permissions."""

ROLE_WORDS: Mapping[str, str] = {
    "requester": "Requester: sees own devices and loans",
    "viewer": "Viewer: reads everything but the audit log",
    "auditor": "Auditor: reads everything, with the audit log",
    "operator": "Operator: edits, scans, lends",
    "administrator": "Administrator: everything, with users and settings",
}
"""What each role is called on pages."""


def may(role: str, permission: Permission) -> bool:
    """Whether the role holds the permission. An unknown role holds none."""
    return permission in ROLES.get(role, frozenset())


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view: it is answered only to who holds `permission`.

    Others get 403, people who are not signed in are sent to sign in, and an API call without a token gets 401.
    Put it *below* the route decorator: `@blueprint.get("/cis")` then `@needs(Permission.READ)`.
    """

    def mark(view: View) -> View:
        setattr(view, MARK, permission)
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as answered to everybody, signed in or not (sign-in, health, agent doors that check a token of their own)."""
    setattr(view, MARK, PUBLIC)
    return view
