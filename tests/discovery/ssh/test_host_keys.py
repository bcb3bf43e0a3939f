"""No key is trusted that nobody approved; what is refused carries all that is needed to approve it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from discovery.ssh.hostkeys import HostKey, HostKeyRefused, preferred_types
from discovery.ssh.observe import ssh_observe
from tests.discovery.ssh.sshd import QUICK, Sshd, make_key, public


def test_an_unknown_key_is_refused_with_all_it_takes_to_approve_it(sshd: Sshd) -> None:
    with pytest.raises(HostKeyRefused) as caught:
        ssh_observe(sshd.address, sshd.port, sshd.credential, [])
    error = caught.value
    assert (error.host, error.port, error.changed) == (sshd.address, sshd.port, False)
    assert HostKey(error.key_type, error.key_b64) == sshd.host_key
    listed = subprocess.run(["ssh-keygen", "-lf", str(sshd.folder / "host_key.pub")], capture_output=True, text=True, check=True).stdout
    assert error.fingerprint == listed.split()[1]
    assert error.fingerprint in error.message
    assert "Accepted" not in (sshd.folder / "log").read_text(), "nobody signed in"
    approved = HostKey(error.key_type, error.key_b64)
    assert ssh_observe(sshd.address, sshd.port, sshd.credential, [approved], without=QUICK).items


def test_a_changed_key_is_refused_loudly_before_anything_is_sent(sshd: Sshd) -> None:
    other = public(make_key(sshd.folder / "other"))
    with pytest.raises(HostKeyRefused, match="HAS CHANGED") as caught:
        ssh_observe(sshd.address, sshd.port, sshd.credential, [other])
    assert caught.value.changed
    assert "Accepted" not in (sshd.folder / "log").read_text()
    assert "publickey" not in (sshd.folder / "log").read_text()


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_the_host_is_asked_for_the_key_we_know(start_sshd: Callable[..., Sshd], kind: str) -> None:
    server = start_sshd()
    keys = {"ed25519": server.folder / "host_key"}
    for more in ("rsa", "ecdsa"):
        keys[more] = make_key(server.folder / more, more)
    server.stop()
    server.options = tuple(f"HostKey {keys[more]}" for more in ("rsa", "ecdsa"))
    server.start()
    assert ssh_observe(server.address, server.port, server.credential, [public(keys[kind])], without=QUICK).items


def test_an_rsa_key_is_known_under_three_signatures() -> None:
    offered = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
    assert preferred_types(offered, [HostKey("ssh-rsa", "x")])[:3] == ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")
    assert preferred_types(offered, []) == offered
