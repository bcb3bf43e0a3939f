"""Limits on guessing: tries to sign in per address and per login. Counted in memory, per process."""

from __future__ import annotations

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from web.services import services

limiter = Limiter(key_func=get_remote_address, storage_uri="memory://", strategy="moving-window")


def sign_in_limit() -> str:
    """The configured limit, e.g. `10 per minute`."""
    return services().settings.sign_in_limit


def login_key() -> str:
    """Counts tries by the login that is tried, so that many addresses cannot share the guessing of one password."""
    return "login:" + request.form.get("login", "").strip().lower()[:100]
