"""The HTTP server: waitress in this process, with TLS by `web.tls` where asked (docs/decisions/2026-11-22-waitress-with-tls.md)."""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from cmdb.errors import Busy, Invalid
from web.tls import Tls, TlsServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)
_BACKLOG = 1024
_CONNECTIONS = 2000
_IDLE_S = 60  # a client that sends nothing for so long is cut off, also one that is slow on purpose
_HEADER_BYTES = 64 * 1024
_STOP_S = 5.0
_READ_BYTES = 128 * 1024  # a packed report is 10 to 100 KB: one reading of it, not a dozen


class Server:
    """One bound server. `run` answers requests until `stop` is called (by any thread) or Ctrl-C; requests under way get 5 s to end."""

    def __init__(self, server: TcpWSGIServer, *, secure: bool) -> None:
        self._server = server
        self._secure = secure
        self._stopping = threading.Event()
        self.host: str = str(server.effective_host)
        self.port: int = int(server.effective_port)

    @classmethod
    def bind(
        cls, app: WSGIApplication, host: str, port: int, *, tls: Tls | None = None, threads: int = 16, max_body_bytes: int = 1 << 26
    ) -> Server:
        """Bind the address (port 0: a free one) and be ready to run.

        Raises Busy when the port is taken, Invalid when host, port or certificate cannot be used.
        """
        context = tls.context() if tls is not None else None
        listening = _listen(host, port)
        settings = Adjustments(
            sockets=[listening],
            threads=threads,
            ident=None,
            url_scheme="https" if tls is not None else "http",
            max_request_body_size=max_body_bytes,
            max_request_header_size=_HEADER_BYTES,
            channel_timeout=_IDLE_S,
            connection_limit=_CONNECTIONS,
            backlog=_BACKLOG,
            recv_bytes=_READ_BYTES,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # web.frame.proxy decides by address whom to believe
        )
        sockinfo = (listening.family, listening.type, listening.proto, listening.getsockname())
        kind = TcpWSGIServer if context is None else TlsServer.of(context)
        return cls(kind(app, _sock=listening, adj=settings, bind_socket=False, sockinfo=sockinfo), secure=tls is not None)

    @property
    def url(self) -> str:
        """The address to type into a browser on this machine."""
        host = "localhost" if self.host in {"0.0.0.0", "::"} else f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._secure else 'http'}://{host}:{self.port}"

    def run(self) -> None:
        """Answer requests until `stop`, SystemExit or KeyboardInterrupt; then close everything."""
        sockets = self._server._map
        try:
            while not self._stopping.is_set():
                wasyncore.loop(timeout=1, map=sockets, use_poll=True, count=1)
        finally:
            self._finish(sockets)

    def _finish(self, sockets: dict[int, object]) -> None:
        """Take nobody new, let requests under way end and their answers leave, then close."""
        self._server.accepting = False
        self._server.socket.close()
        self._server.del_channel()
        until = time.monotonic() + _STOP_S
        while time.monotonic() < until and any(one.requests or one.total_outbufs_len for one in self._server.active_channels.values()):
            wasyncore.loop(timeout=0.1, map=sockets, use_poll=True, count=1)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets, ignore_all=True)

    def stop(self) -> None:
        """Let `run` return. Safe from any thread and from a signal handler; calling it again is harmless."""
        self._stopping.set()
        try:
            self._server.pull_trigger()
        except (OSError, ValueError):
            log.debug("server was closed already")


def serve(
    app: WSGIApplication, host: str, port: int, *, tls: Tls | None = None, threads: int = 16, ready: Callable[[Server], None] | None = None
) -> None:
    """Bind, call `ready` with the bound server, and answer requests until it is stopped. Raises what `Server.bind` raises."""
    server = Server.bind(app, host, port, tls=tls, threads=threads)
    log.info("listening url=%s threads=%d", server.url, threads)
    if ready is not None:
        ready(server)
    server.run()


def check_free(host: str, port: int) -> None:
    """Return when the address can be listened on: asked before a start that takes seconds. Raises as `Server.bind`."""
    _listen(host, port).close()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. The address is tried here, before anything is started, so that the message can name it."""
    if not 0 <= port <= 65535:
        raise Invalid(f"The port is {port}; give one from 1 to 65535, or 0 for a free one.", field="port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as reason:
        raise Invalid(f"The host {host!r} is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all.", field="host") from reason
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(_BACKLOG)
        made.setblocking(False)
    except OSError as reason:
        made.close()
        if reason.errno == errno.EADDRINUSE:
            raise Busy(f"Port {port} on {host} is taken by another program. Choose another with --port, or stop that program.") from reason
        if reason.errno == errno.EACCES:
            raise Invalid(
                f"Port {port} needs more rights than this process has. Choose one above 1023 with --port.", field="port"
            ) from reason
        raise Invalid(f"{host}:{port} cannot be used: {reason.strerror}.", field="host") from reason
    return made
