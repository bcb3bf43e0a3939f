"""The server: plain and by TLS, with slow, silent and broken clients, and when it is stopped."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cmdb.errors import Busy, Invalid
from web.serving import Server, serve
from web.tls import Tls

BIG = 5_000_000


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Says the scheme; `/echo` gives the body back, `/big` 5 MB, `/slow` waits half a second."""
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read()
    if path == "/slow":
        time.sleep(0.5)
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    if path == "/echo":
        return [body]
    return [b"x" * 100_000] * (BIG // 100_000) if path == "/big" else [environ["wsgi.url_scheme"].encode()]


@contextmanager
def running(tls: Tls | None = None, **words: Any) -> Iterator[Server]:
    server = Server.bind(application, "127.0.0.1", 0, tls=tls, **words)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "key.pem").write_bytes(key.private_bytes(*form, serialization.NoEncryption()))
    (folder / "locked.pem").write_bytes(key.private_bytes(*form, serialization.BestAvailableEncryption(b"secret")))
    return Tls(folder / "cert.pem", folder / "key.pem")


def trusting(certificate: Tls, **words: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate.certificate))
    for name, value in words.items():
        setattr(context, name, value)
    return context


def get(server: Server, path: str, context: ssl.SSLContext | None = None, body: bytes | None = None) -> bytes:
    kind = (
        HTTPSConnection("localhost", server.port, timeout=10, context=context)
        if context
        else HTTPConnection("127.0.0.1", server.port, timeout=10)
    )
    try:
        kind.request("POST" if body is not None else "GET", path, body=body)
        answer = kind.getresponse()
        assert "Server" not in answer.headers
        return answer.read()
    finally:
        kind.close()


def test_plain_http_is_answered() -> None:
    with running() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert get(server, "/") == b"http"
        assert len(get(server, "/big")) == BIG


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_carries_small_and_big_both_ways(certificate: Tls, version: ssl.TLSVersion) -> None:
    context = trusting(certificate, minimum_version=version, maximum_version=version)
    with running(certificate) as server:
        assert server.url.startswith("https://")
        assert certificate.context().minimum_version == ssl.TLSVersion.TLSv1_2
        assert get(server, "/", context) == b"https"
        assert get(server, "/big", context) == b"x" * BIG
        sent = bytes(range(256)) * 8000
        assert get(server, "/echo", context, sent) == sent


def test_many_tls_clients_at_once_each_get_their_own(certificate: Tls) -> None:
    context, wrong = trusting(certificate), []
    with running(certificate, threads=4) as server:

        def client(number: int) -> None:
            for turn in range(5):
                sent = f"{number}-{turn} ".encode() * 5000
                if get(server, "/echo", context, sent) != sent:
                    wrong.append((number, turn))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert wrong == []


def test_one_connection_carries_many_requests(certificate: Tls) -> None:
    with running(certificate) as server:
        connection = HTTPSConnection("localhost", server.port, timeout=10, context=trusting(certificate))
        for number in range(20):
            connection.request("POST", "/echo", body=str(number))
            assert connection.getresponse().read() == str(number).encode()
        connection.close()


@pytest.mark.parametrize("secure", [False, True])
def test_silent_and_slow_clients_hold_nobody_up(certificate: Tls, secure: bool) -> None:
    context = trusting(certificate) if secure else None
    with running(certificate if secure else None, threads=2) as server:
        silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(30)]
        for one in silent[:10]:
            one.sendall(b"GET / HTT" if not secure else b"\x16\x03\x01\x02\x00")
        began = time.perf_counter()
        assert get(server, "/", context) in {b"http", b"https"}
        assert time.perf_counter() - began < 5
        for one in silent:
            one.close()


def test_broken_clients_leave_the_server_well(certificate: Tls) -> None:
    context = trusting(certificate)
    with running(certificate) as server:
        for rubbish in (b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 1000, b"\x16\x03\x01\xff\xff" + b"x" * 100):
            with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain:
                plain.sendall(rubbish)
                plain.settimeout(5)
                try:
                    plain.recv(1000)
                except ConnectionResetError:
                    continue
        # gone in the middle of a big answer
        raw = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost")
        raw.sendall(b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n")
        raw.recv(1000)
        raw.close()
        assert get(server, "/", context) == b"https"


def test_a_taken_port_is_one_clear_sentence() -> None:
    with running() as server, pytest.raises(Busy, match=f"Port {server.port} on 127.0.0.1 is taken by another program"):
        Server.bind(application, "127.0.0.1", server.port)


@pytest.mark.parametrize(
    ("host", "port", "field"), [("no.such.host.invalid", 0, "host"), ("127.0.0.1", 70_000, "port"), ("203.0.113.7", 0, "host")]
)
def test_an_address_that_cannot_be_used_is_named(host: str, port: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Server.bind(application, host, port)
    assert refused.value.field == field


def test_a_certificate_that_cannot_be_used_is_named(certificate: Tls, tmp_path: Path) -> None:
    folder = certificate.certificate.parent
    (tmp_path / "text.pem").write_text("not a certificate")
    for tls, words in (
        (Tls(folder / "missing.pem"), "missing.pem is not there"),
        (Tls(tmp_path / "text.pem"), "cannot be used for TLS"),
        (Tls(folder / "cert.pem", folder / "cert.pem"), "cannot be used for TLS"),
        (Tls(folder / "cert.pem", folder / "locked.pem"), "key without a password"),
    ):
        with pytest.raises(Invalid, match=words):
            Server.bind(application, "127.0.0.1", 0, tls=tls)


def test_stopping_lets_requests_under_way_end_and_frees_the_port() -> None:
    answers: list[bytes] = []
    with running() as server:
        asking = threading.Thread(target=lambda: answers.append(get(server, "/slow")))
        asking.start()
        time.sleep(0.2)
        port = server.port
    server.stop()
    asking.join(5)
    again = Server.bind(application, "127.0.0.1", port)
    again.stop()
    again.run()
    assert answers == [b"http"]


def test_serve_tells_when_it_is_ready_and_returns_when_stopped() -> None:
    seen: list[bytes] = []

    def ready(server: Server) -> None:
        def visit() -> None:
            seen.append(get(server, "/"))
            server.stop()

        threading.Thread(target=visit).start()

    serve(application, "127.0.0.1", 0, ready=ready)
    assert seen == [b"http"]


def test_a_body_over_the_limit_is_refused() -> None:
    with running(max_body_bytes=1000) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/echo", body=b"x" * 5000)
        assert connection.getresponse().status == 413
        connection.close()
