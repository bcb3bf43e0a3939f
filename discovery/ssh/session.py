"""One conversation over SSH: connect, check the host key, sign in, run one script. Every step has what is left of one deadline."""

from __future__ import annotations

import logging
import random
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import paramiko

from cmdb.errors import AuthFailed, DiscoveryError, Refused, TimedOut, Unreachable, Unreadable
from discovery.linux.untrusted import clean
from discovery.posix import Ending
from discovery.ssh.algorithms import RememberingTransport, restrict, used_legacy
from discovery.ssh.credential import SshCredential
from discovery.ssh.hostkeys import HostKey, KnownKey, check_host_key, preferred_types
from discovery.ssh.wire import Wire

MAX_OUTPUT = 64 * 1024 * 1024
_CONNECT_S = 10.0
_GREETING_S = 15.0
_AGENT_KEYS = 5
_TRIES = 4

# paramiko logs what the other side says, and errors with tracebacks; both may hold what nobody should read in a log.
_WIRE = logging.getLogger("discovery.ssh.wire")
_WIRE.addHandler(logging.NullHandler())
_WIRE.propagate = False


class Deadline:
    """The time all steps of one host share."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.seconds = seconds

    def left(self, at_most: float = 1e9) -> float:
        """Seconds left, at most `at_most`. Raises TimedOut when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimedOut(f"The host took longer than the {self.seconds:g} seconds it has.")
        return min(left, at_most)

    @property
    def passed(self) -> bool:
        """No time is left."""
        return time.monotonic() >= self._end


@dataclass(frozen=True, slots=True)
class Output:
    """What a script printed, and how the conversation ended."""

    data: bytes
    ending: Ending


class SshSession:
    """An open, authenticated conversation. Use as a context manager."""

    def __init__(self, transport: RememberingTransport, deadline: Deadline) -> None:
        self._transport = transport
        self._deadline = deadline
        self.legacy = used_legacy(transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def run(self, command: str, text: bytes, limit: int = MAX_OUTPUT) -> Output:
        """Run `command`, give it `text` on standard input, and read what it prints, at most `limit` bytes, while there is time."""
        try:
            channel = self._transport.open_session(timeout=self._deadline.left(30))
            channel.settimeout(self._deadline.left(30))
            channel.exec_command(command)
            channel.sendall(text)
            channel.shutdown_write()
        except (paramiko.SSHException, OSError, EOFError):
            raise Refused("The host lets this account in, but not run a command.") from None
        try:
            return self._read(channel, limit)
        finally:
            with suppress(paramiko.SSHException, OSError, EOFError):
                channel.close()

    def _read(self, channel: paramiko.Channel, limit: int) -> Output:
        parts: list[bytes] = []
        size = 0
        while True:
            if self._deadline.passed:
                return Output(b"".join(parts), "deadline")
            try:
                channel.settimeout(self._deadline.left(5))
                part = channel.recv(65536)
            except (TimeoutError, TimedOut):
                continue
            except (OSError, EOFError, paramiko.SSHException):
                return Output(b"".join(parts), "lost")
            if not part:
                break
            parts.append(part)
            size += len(part)
            if size > limit:
                return Output(b"".join(parts), "too_long")
        if not parts and channel.recv_stderr_ready():
            parts.append(channel.recv_stderr(2000))
        # A channel that ended without an exit status was torn, not closed.
        whole = channel.eof_received and self._transport.is_active()
        return Output(b"".join(parts), "complete" if whole else "lost")


def open_session(host: str, port: int, credential: SshCredential, known: Sequence[KnownKey], deadline: Deadline) -> SshSession:
    """A session with an approved host.

    Raises Unreachable, Refused (HostKeyRefused for an unknown or changed key), AuthFailed, TimedOut, Unreadable.
    """
    sock = _greeted(host, port, deadline)
    transport: RememberingTransport | None = None
    try:
        transport = _shake_hands(sock, credential, known, deadline)
        shown = transport.get_remote_server_key()
        check_host_key(host, port, HostKey(shown.get_name(), shown.get_base64()), known)
        _sign_in(transport, credential, deadline)
        return SshSession(transport, deadline)
    except BaseException:
        if transport is not None:
            transport.close()
        sock.close()
        raise


def _greeted(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A socket on which an SSH server has begun to speak. One that hangs up first is asked again: it may just have too many callers."""
    for tries in range(1, _TRIES + 1):
        sock = _connect(host, port, deadline)
        try:
            _check_greeting(sock, deadline)
        except _HungUp as error:
            sock.close()
            if tries == _TRIES:
                raise Refused(error.message) from None
            # Not all at once again: MaxStartups drops at random, and so do we come back.
            time.sleep(deadline.left(tries * random.uniform(0.2, 0.8)))  # noqa: S311
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise AssertionError("unreachable")


class _HungUp(Refused):
    """Closed before the greeting."""


def _connect(host: str, port: int, deadline: Deadline) -> socket.socket:
    try:
        sock = socket.create_connection((host, port), timeout=deadline.left(_CONNECT_S))
        # Short messages follow each other; none should wait for the other side to acknowledge the one before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except socket.gaierror:
        raise Unreachable(f"The name {clean(host, 255)} does not resolve to an address.") from None
    except ConnectionRefusedError:
        raise Refused(f"Port {port} is closed.") from None
    except TimeoutError:
        raise Unreachable(f"No answer on port {port}.") from None
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"Cannot be reached ({clean(getattr(error, 'strerror', '') or type(error).__name__, 100)}).") from None


def _check_greeting(sock: socket.socket, deadline: Deadline) -> None:
    """Look at the first bytes without taking them: RFC 4253 4.2 has the server say `SSH-2.0-…`, perhaps after other lines."""
    sock.settimeout(deadline.left(_GREETING_S))
    try:
        said = sock.recv(2000, socket.MSG_PEEK)
    except TimeoutError:
        raise TimedOut("The port is open, and nothing is said on it; is this SSH?") from None
    except OSError:
        said = b""
    if said.startswith(b"SSH-") or b"\nSSH-" in said:
        return
    words = clean(said.decode("utf-8", "replace"), 100)
    if not said or words.startswith(("Exceeded MaxStartups", "Not allowed at this time")):
        raise _HungUp("The host hung up before it said anything; it may have too many callers, or bar this address.")
    raise Unreadable(f"The port speaks something other than SSH: {words!r}.")


def _shake_hands(sock: socket.socket, credential: SshCredential, known: Sequence[KnownKey], deadline: Deadline) -> RememberingTransport:
    disabled = None if credential.allow_legacy else {"pubkeys": ["ssh-rsa"]}
    wire: Any = Wire(sock)  # paramiko's documentation asks for a few methods of a socket; its stubs ask for a socket
    transport = RememberingTransport(wire, disabled_algorithms=disabled)
    transport.set_log_channel(_WIRE.name)
    transport.daemon = True
    restrict(transport, allow_legacy=credential.allow_legacy)
    options = transport.get_security_options()
    options.key_types = preferred_types(options.key_types, known)
    transport.banner_timeout = transport.handshake_timeout = deadline.left()
    try:
        transport.start_client(timeout=deadline.left())
        if not transport.initial_kex_done:
            raise TimedOut("The handshake did not end in time.")
    except paramiko.ssh_exception.IncompatiblePeer:
        transport.close()
        hint = "" if credential.allow_legacy else " If it has to be, allow legacy algorithms on the credential."
        raise Refused(f"The host offers no algorithm that is safe and known to us.{hint}") from None
    except (paramiko.SSHException, EOFError, OSError):
        transport.close()
        raise (TimedOut("The handshake did not end in time.") if deadline.passed else Unreadable("The SSH handshake failed.")) from None
    except DiscoveryError:
        transport.close()
        raise
    return transport


def _sign_in(transport: paramiko.Transport, credential: SshCredential, deadline: Deadline) -> None:
    transport.auth_timeout = deadline.left(60)
    try:
        if credential.kind == "ssh-password":
            wanted = transport.auth_password(credential.user, credential.password)
        elif credential.kind == "ssh-key":
            wanted = transport.auth_publickey(credential.user, credential.load_key())
        else:
            wanted = _with_agent(transport, credential.user)
    except paramiko.BadAuthenticationType as error:
        allowed = clean(", ".join(map(str, error.allowed_types)), 100)
        raise AuthFailed(f"The host does not take this kind of credential; it takes {allowed}.") from None
    except paramiko.AuthenticationException as error:
        if deadline.passed or "timeout" in str(error).lower():
            raise TimedOut("Signing in did not end in time.") from None
        raise AuthFailed(f"The host does not accept the credential of {credential.user}.") from None
    except (paramiko.SSHException, EOFError, OSError):
        raise AuthFailed("The host hung up while signing in.") from None
    if wanted:
        raise AuthFailed(f"The host asks for more than this credential: {clean(', '.join(wanted), 100)}.")


def _with_agent(transport: paramiko.Transport, user: str) -> list[str]:
    agent = paramiko.Agent()
    try:
        keys = agent.get_keys()[:_AGENT_KEYS]
        if not keys:
            raise AuthFailed("No ssh-agent is running, or it holds no key.")
        for number, key in enumerate(keys, start=1):
            try:
                return transport.auth_publickey(user, key)
            except paramiko.AuthenticationException:
                if number == len(keys) or not transport.is_active():
                    raise
        raise AssertionError("unreachable")
    finally:
        agent.close()
