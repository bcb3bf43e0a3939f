# ruff: noqa: E501
"""Keys, passwords and agents; what is wrong is said, and no secret is in any message, repr or log."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cmdb.errors import AuthFailed, DiscoveryError, Invalid
from discovery.ssh.credential import SshCredential
from discovery.ssh.observe import ssh_observe
from tests.discovery.ssh.password_server import PasswordServer
from tests.discovery.ssh.sshd import QUICK, Sshd, make_key, public

PASSWORD = "canary-P4ss word"


def authorize(sshd: Sshd, key: Path) -> SshCredential:
    """Let this key in, too."""
    with (sshd.folder / "authorized_keys").open("a") as stream:
        stream.write(key.with_suffix(".pub").read_text())
    return replace(sshd.credential, private_key=key.read_text())


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_kinds_of_keys(sshd: Sshd, kind: str) -> None:
    credential = authorize(sshd, make_key(sshd.folder / kind, kind))
    assert ssh_observe(sshd.address, sshd.port, credential, [sshd.host_key], without=QUICK).items


def test_a_key_with_a_passphrase(sshd: Sshd) -> None:
    credential = authorize(sshd, make_key(sshd.folder / "sealed", passphrase=PASSWORD))
    with pytest.raises(Invalid) as missing:
        ssh_observe(sshd.address, sshd.port, credential, [sshd.host_key])
    assert missing.value.field == "passphrase"
    with pytest.raises(Invalid) as wrong:
        ssh_observe(sshd.address, sshd.port, replace(credential, passphrase="no"), [sshd.host_key])
    assert wrong.value.message != "no"
    assert ssh_observe(sshd.address, sshd.port, replace(credential, passphrase=PASSWORD), [sshd.host_key], without=QUICK).items


def test_a_wrong_key_and_a_wrong_kind_of_credential(sshd: Sshd) -> None:
    stranger = replace(sshd.credential, private_key=make_key(sshd.folder / "stranger").read_text())
    with pytest.raises(AuthFailed, match="does not accept the credential"):
        ssh_observe(sshd.address, sshd.port, stranger, [sshd.host_key])
    with pytest.raises(AuthFailed, match="it takes publickey"):
        ssh_observe(sshd.address, sshd.port, SshCredential("ssh-password", "root", password=PASSWORD), [sshd.host_key])


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_passwords(method: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with PasswordServer(PASSWORD, method) as server:
        credential = SshCredential("ssh-password", "ada", password=PASSWORD)
        assert ssh_observe(server.address, server.port, credential, [server.host_key], without=QUICK).items
        with pytest.raises(AuthFailed) as caught:
            ssh_observe(server.address, server.port, replace(credential, password=PASSWORD + "x"), [server.host_key])
    assert PASSWORD not in str(caught.value) + caught.value.message + repr(credential) + caplog.text + "".join(capfd.readouterr())
    assert caught.value.__cause__ is None, "the library's exception may hold what was sent"


def test_a_second_factor_is_said_so() -> None:
    with PasswordServer(PASSWORD, more=True) as server, pytest.raises(AuthFailed, match="asks for more than this credential"):
        ssh_observe(server.address, server.port, SshCredential("ssh-password", "ada", password=PASSWORD), [server.host_key])


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An ssh-agent of our own."""
    socket = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    while not Path(socket).exists():
        assert process.poll() is None
    monkeypatch.setenv("SSH_AUTH_SOCK", socket)
    yield
    process.terminate()
    process.wait(10)


@pytest.mark.usefixtures("agent")
def test_the_keys_of_the_agent(sshd: Sshd) -> None:
    credential = SshCredential("ssh-agent", sshd.credential.user)
    with pytest.raises(AuthFailed, match="holds no key"):
        ssh_observe(sshd.address, sshd.port, credential, [sshd.host_key])
    for key in (make_key(sshd.folder / "unknown"), sshd.folder / "user_key"):
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env=os.environ)
    assert ssh_observe(sshd.address, sshd.port, credential, [sshd.host_key], without=QUICK).items


def test_every_ecdsa_key_opens(tmp_path: Path) -> None:
    """paramiko's own reader refuses about every second one."""
    for number in range(12):
        key = make_key(tmp_path / f"key{number}", "ecdsa")
        opened = SshCredential("ssh-key", "ada", private_key=key.read_text()).load_key()
        assert opened.get_base64() == public(key).key_b64


@pytest.mark.parametrize("form", ["PEM", "PKCS8"])
@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_older_forms_of_keys(tmp_path: Path, kind: str, form: str) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-m", form, "-N", PASSWORD, "-f", str(key)], check=True)
    opened = SshCredential("ssh-key", "ada", private_key=key.read_text(), passphrase=PASSWORD).load_key()
    assert opened.get_base64() == public(key).key_b64


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"user": "a", "private_key": "not a key"}, "private_key"), ({"user": "", "private_key": "x"}, "user"), ({"user": "a"}, "private_key"),
        ({"user": "a", "pass": "x"}, "secret"), ({"user": "a", "private_key": "x", "sudo": "perhaps"}, "sudo"),
    ],
)  # fmt: skip
def test_credentials_that_cannot_be_used(fields: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        SshCredential.from_secret("ssh-key", fields).load_key()
    assert caught.value.field == field


def test_secrets_show_nowhere() -> None:
    credential = SshCredential.from_secret(
        "ssh-key", {"user": "a", "private_key": "canary1", "passphrase": "canary2", "allow_legacy": "yes"}
    )
    assert credential.allow_legacy
    assert "canary" not in repr(credential) + str(credential)
    with pytest.raises(Invalid) as caught:
        credential.load_key()
    assert "canary" not in repr(caught.value) + str(caught.value.__context__)
    assert not isinstance(caught.value, DiscoveryError)
