"""What the web room needs to know of its surroundings. `cmdb.runtime` fills it from the settings; nothing here reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One line of the settings page: the setting's name, its value as text (never a secret), and what it does."""

    name: str
    value: str
    description: str
    source: str = "default"


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How this server is reached.

    `public_url` is what people type, e.g. `https://cmdb.example.org`: agent commands and links in reports are made from it.
    `trusted_hosts` are the Host headers that are answered (empty: any; the loopback default names the loopback names, against DNS
    rebinding). `trusted_proxies` are networks whose `X-Forwarded-*` headers are believed (empty: nobody's). `secure_cookies` is set
    when people reach the server by TLS. `open_metrics` lets anybody who reaches the port read /metrics (sensible on loopback only).
    `secret_key` signs form tokens and cursors; empty: one is made and kept in the ledger.
    """

    public_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    secure_cookies: bool = False
    open_metrics: bool = False
    secret_key: str = field(default="", repr=False)
    max_body_bytes: int = 64 * 1024 * 1024
    sign_in_limit: str = "10 per minute"
    listing: tuple[SettingLine, ...] = ()
