"""What the web room needs to know of its surroundings. `WebSettings.of` takes it from the settings; nothing here reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from cmdb.config import SettingInfo, Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
INSIDE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
"""Where a reverse proxy may stand: this machine and private networks."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How this server is reached.

    `public_url` is what people type, e.g. `https://cmdb.example.org`: agent commands and sign-in links are made from it.
    `trusted_hosts` are the Host headers that are answered (empty: any). `trusted_proxies` is how many reverse proxies stand in front; their
    `X-Forwarded-*` headers are believed from `proxy_networks` only. `secure_cookies`: people reach the server by TLS.
    `open_metrics` lets anybody who reaches the port read /metrics (sensible on loopback only). `secret_key` signs form tokens and
    cursors; empty: one is made and kept in the ledger. `session_idle_s` is when the ledger ends a session nobody uses: pages warn before.
    `listing` is what the settings page shows (never a secret).
    """

    public_url: str = "http://127.0.0.1:8765"
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    proxy_networks: tuple[str, ...] = INSIDE
    secure_cookies: bool = False
    open_metrics: bool = False
    secret_key: str = field(default="", repr=False)
    max_body_bytes: int = 32 * 1024 * 1024
    agent_rate_token: int = 30_000
    agent_rate_address: int = 6_000
    sign_in_limit: str = "10 per minute"
    session_idle_s: int = 8 * 3600
    listing: tuple[SettingInfo, ...] = ()

    @classmethod
    def of(cls, settings: Settings, *, public_url: str = "") -> Self:
        """From the settings. `public_url` is given where the port was found at the start (port 0).

        On loopback only the loopback names are answered: another name that leads here is a page of somebody else's (DNS rebinding).
        """
        url = public_url or settings.address
        own = urlsplit(url).hostname or ""
        alone = settings.loopback_only and not settings.base_url
        return cls(
            public_url=url,
            trusted_hosts=tuple(dict.fromkeys((*LOOPBACK_NAMES, own))) if alone or settings.base_url else (),
            trusted_proxies=settings.trusted_proxies,
            secure_cookies=url.startswith("https://"),
            open_metrics=alone,
            session_idle_s=settings.session_idle_hours * 3600,
            max_body_bytes=settings.max_body_mb * 1024 * 1024,
            agent_rate_token=settings.agent_rate_token,
            agent_rate_address=settings.agent_rate_address,
            listing=tuple(settings.describe()),
        )
