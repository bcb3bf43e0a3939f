"""The socket as paramiko gets it: nothing is lost or mixed up, and who closes it wakes who reads it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence

import paramiko
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.ssh.algorithms import restrict
from discovery.ssh.session import Deadline, open_session
from discovery.ssh.wire import TICK_S, Wire
from tests.discovery.ssh.sshd import Sshd


@settings(max_examples=50, deadline=None)
@given(data=st.binary(min_size=1, max_size=5000), sizes=st.lists(st.integers(1, 700), min_size=1, max_size=20))
def test_pieces_of_any_size_are_the_bytes_in_order(data: bytes, sizes: Sequence[int]) -> None:
    near, far = socket.socketpair()
    with far:
        wire = Wire(near)
        far.sendall(data)
        far.shutdown(socket.SHUT_WR)
        read, turn = b"", 0
        while part := wire.recv(sizes[turn % len(sizes)]):
            assert len(part) <= sizes[turn % len(sizes)]
            read, turn = read + part, turn + 1
        assert read == data
        assert wire.recv(10) == b"", "the end stays the end"
        wire.close()


def test_what_was_read_ahead_costs_no_second_look_at_the_socket() -> None:
    near, far = socket.socketpair()
    wire = Wire(near)
    far.sendall(b"header and body")
    assert wire.recv(6) == b"header"
    far.close()
    near.close()
    assert wire.recv(100) == b" and body"


def test_closing_wakes_a_reader_that_would_sleep_long() -> None:
    near, far = socket.socketpair()
    wire = Wire(near)
    wire.settimeout(0.001)  # what paramiko asks for; ignored
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(wire.recv(100)))
    with far:
        reader.start()
        time.sleep(0.2)
        assert reader.is_alive(), "it does not wake without need"
        started = time.monotonic()
        wire.close()
        reader.join(5)
    assert got == [b""]
    assert time.monotonic() - started < 2 < TICK_S
    assert wire._closed
    wire.close()


def test_hanging_up_ends_paramikos_thread_at_once(sshd: Sshd) -> None:
    session = open_session(sshd.address, sshd.port, sshd.credential, [sshd.host_key], Deadline(60))
    thread = session._transport
    assert thread.is_alive()
    session.close()
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("cipher", ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"])
def test_new_keys_in_the_middle_of_a_long_output_lose_nothing(start_sshd: Callable[..., Sshd], cipher: str) -> None:
    server = start_sshd(options=(f"Ciphers {cipher}", "RekeyLimit 200K"))
    with open_session(server.address, server.port, server.credential, [server.host_key], Deadline(60)) as session:
        output = session.run("sh", b"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo 'a line of output that is numbered' $i; done")
        assert vars(session._transport)["remote_cipher"] == cipher
    lines = output.data.decode().splitlines()
    assert (output.ending, len(lines)) == ("complete", 20_000)
    assert lines == [f"a line of output that is numbered {number}" for number in range(1, 20_001)]


def test_authenticated_ciphers_are_asked_for_first() -> None:
    near, far = socket.socketpair()
    with near, far:
        transport = paramiko.Transport(near)
        restrict(transport, allow_legacy=True)
        ciphers = transport.get_security_options().ciphers
    assert ciphers[:3] == ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr")
    assert ciphers[-1].endswith("-cbc"), "legacy ones come last"
