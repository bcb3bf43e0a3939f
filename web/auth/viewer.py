"""The viewer: who makes this request, by session or by token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import g

from cmdb.errors import NotAllowed
from web.auth.permissions import Permission, may


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person (by session) or a token (by `Authorization`). `name` is what pages show, `actor` what history and the audit log record."""

    actor: str
    name: str
    role: str
    account_id: str = ""
    email: str = ""
    login: str = ""
    theme: str = "auto"
    by_token: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether the viewer's role holds the permission."""
        return may(self.role, permission)

    @property
    def sees_all(self) -> bool:
        """False for requesters: they see only what is theirs (compare by `email` and `login`)."""
        return self.may(Permission.READ)


def viewer_or_none() -> Viewer | None:
    """The viewer of this request, or None when nobody is signed in."""
    return cast("Viewer | None", g.get("viewer"))


def viewer() -> Viewer:
    """The viewer of this request; raises NotAllowed when nobody is signed in."""
    found = viewer_or_none()
    if found is None:
        raise NotAllowed("Sign in first.")
    return found
