"""Signed webhooks: a POST whose receiver can tell that it is ours, and not an old one sent again."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from cmdb.errors import CmdbError, Invalid

PATIENCE_S = 15.0
LEAST_SECRET = 16


class WebhookUnavailable(CmdbError):
    """The receiver cannot be reached now, or did not accept it."""


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """`v1=` and the HMAC-SHA256 of timestamp, a full stop and the body, in hex digits."""
    return "v1=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def secret_of(path: Path | None) -> bytes:
    """The first line of the secret's file. Raises Invalid where there is none, or one too short to protect anything."""
    key = "MOORINGS_WEBHOOK_SECRET_FILE"
    try:
        first = path.read_bytes().partition(b"\n")[0].strip() if path is not None else b""
    except OSError:
        first = b""
    if len(first) < LEAST_SECRET:
        raise Invalid(f"{key} must name a file whose first line has at least {LEAST_SECRET} characters.", field=key)
    return first


def post(url: str, secret: bytes, timestamp: str, body: bytes) -> None:
    """Send it. Redirects are not followed. Raises WebhookUnavailable in one sentence that holds nothing of the answer."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE_S, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=PATIENCE_S)
    )
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Moorings",
        "X-Moorings-Timestamp": timestamp,
        "X-Moorings-Signature": signature(secret, timestamp, body),
    }
    try:
        connection.request("POST", parts.path or "/", body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise WebhookUnavailable(f"The webhook at {host} cannot be reached ({type(error).__name__}).") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise WebhookUnavailable(f"The webhook at {host} answered {status}.")
