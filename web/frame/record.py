"""The audit log as pages write it: who, from where, did what to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from web.auth.viewer import viewer
from web.services import services


def record(action: str, target: str = "", detail: Mapping[str, Any] | None = None, *, actor: str | None = None) -> None:
    """Append a line to the audit log. `action` is `noun.verb`; never put a secret into `detail`.

    `actor` is the viewer of this request unless given (sign-in has none yet).
    """
    who = viewer().actor if actor is None else actor
    services().ledger.audit.write(who, action, target, dict(detail or {}), request.remote_addr or "")
