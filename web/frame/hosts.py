"""Which names this server answers to. A page of somebody else's that resolves to this address (DNS rebinding) is not answered.

Werkzeug's own list (`TRUSTED_HOSTS`) cannot hold an IPv6 address, and loopback has one.
"""

from __future__ import annotations

import re

from flask import Flask, abort, request

from web.services import services

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::\d{1,5})?", re.IGNORECASE)


def is_trusted(host: str, names: tuple[str, ...]) -> bool:
    """Whether a Host header's value, with or without a port, is one of the names. No names: every host is."""
    if not names:
        return True
    found = _HOST.fullmatch(host)
    return found is not None and found[1].lower().rstrip(".") in names


def check() -> None:
    """400 for a request to another name."""
    if not is_trusted(request.host, services().settings.trusted_hosts):
        abort(400, "This server does not answer to that name. Its operator sets it by MOORINGS_BASE_URL.")


def install(app: Flask) -> None:
    """Check every request of the application, before anything else looks at it."""
    app.before_request(check)
