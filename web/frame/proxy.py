"""Behind a reverse proxy: believe `X-Forwarded-*` only where the connection comes from a proxy that the settings name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from cmdb.errors import Invalid

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TrustedProxy:
    """A WSGI layer: what `hops` proxies forward (address, scheme, host) counts for requests from `networks`, and not for others."""

    def __init__(self, app: WSGIApplication, hops: int, networks: Sequence[str]) -> None:
        self._plain = app
        self._fixed = ProxyFix(app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=0)
        try:
            self._networks = tuple(ip_network(network, strict=False) for network in networks)
        except ValueError as reason:
            raise Invalid(
                f"trusted proxies: {reason}. Give addresses or networks, e.g. 10.0.0.5 or 10.0.0.0/24.", field="trusted_proxies"
            ) from reason

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return (self._fixed if self._trusts(environ.get("REMOTE_ADDR", "")) else self._plain)(environ, start_response)

    def _trusts(self, address: str) -> bool:
        try:
            seen = ip_address(address)
        except ValueError:
            return False
        return any(seen in network for network in self._networks)
