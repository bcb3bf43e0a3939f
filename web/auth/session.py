"""Sign-in state: an opaque token in a cookie for people, `Authorization: Bearer` for programs; records live in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, request, session
from werkzeug.wrappers import Response

from cmdb.errors import NotAllowed
from web.auth.viewer import Viewer
from web.services import services

if TYPE_CHECKING:
    from cmdb.store import Account

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_AGENT_LENGTH = 200


def cookie_name() -> str:
    """The cookie's name; under TLS with the `__Host-` prefix, which browsers bind to this very host."""
    return "__Host-moorings" if services().settings.secure_cookies else "moorings"


def begin(response: Response, account: Account) -> None:
    """Start a session for the account and put its token into the response's cookie. A session that was there ends."""
    ledger = services().ledger
    old = request.cookies.get(cookie_name())
    if old:
        ledger.sessions.end(old)
    session.clear()  # a form token from before the sign-in must not be good after it
    token = ledger.sessions.start(account.id, address=request.remote_addr or "", agent=request.user_agent.string[:_AGENT_LENGTH])
    secure = services().settings.secure_cookies
    response.set_cookie(cookie_name(), token, httponly=True, samesite="Lax", secure=secure, path="/")


def end(response: Response) -> None:
    """End the session of this request and take its cookie away."""
    token = request.cookies.get(cookie_name())
    if token:
        services().ledger.sessions.end(token)
    session.clear()
    response.delete_cookie(cookie_name(), path="/", secure=services().settings.secure_cookies, httponly=True, samesite="Lax")


def load_viewer() -> None:
    """Find out who asks and keep it in `g.viewer`. Raises NotAllowed for a token that is not, or no longer, good."""
    g.viewer = None
    header = request.headers.get("Authorization", "")
    if header:
        g.viewer = _by_token(header)
        return
    # A cookie rides along with every request a browser sends; only a form token (pages) may make it write. The API has none.
    if request.path.startswith("/api/") and request.method not in _SAFE:
        return
    token = request.cookies.get(cookie_name())
    found = services().ledger.sessions.find(token) if token else None
    if found is not None:
        g.session_id = found.id
        g.viewer = viewer_of(found.account)


def viewer_of(account: Account) -> Viewer:
    """The viewer that this account is."""
    return Viewer(account.login, account.name or account.login, account.role, account.id, account.email, account.login, account.theme)


def _by_token(header: str) -> Viewer:
    scheme, _, plain = header.partition(" ")
    found = services().ledger.api_tokens.find(plain.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise NotAllowed("The token is not valid: unknown, revoked or expired. Send `Authorization: Bearer mrg_…`.")
    return Viewer(f"token:{found.name}", found.name, found.role, by_token=True)
