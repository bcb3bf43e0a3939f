"""Credentials: sealed, bound to their row, rotated without loss, and never in any text."""

from __future__ import annotations

import base64
import copy
import dataclasses
import json
import logging
import pickle
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from cmdb.errors import Conflict, Invalid, NotFound, SecretUnreadable, StoreUnavailable
from cmdb.store import CREDENTIAL_KINDS, Ledger
from cmdb.store.sealing import KeyFile
from tests.store.fixtures import FakeClock

COMMUNITY = "n0t-for-eyes"


def private_key(passphrase: str = "", form: PrivateFormat = PrivateFormat.OpenSSH) -> str:
    sealing = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, form, sealing).decode()


def edit(ledger: Ledger, sql: str, *values: object) -> None:
    """Changes the file behind the ledger's back."""
    raw = sqlite3.connect(ledger.path)
    with raw:
        assert raw.execute(sql, values).rowcount >= 1
    raw.close()


def key_file_of(ledger: Ledger) -> Path:
    return ledger.path.with_name("secret.key")


def test_every_kind_comes_back_as_it_was_given(ledger: Ledger) -> None:
    plain, sealed = private_key(), private_key("open sesame")
    given: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "snmp-v1": ({"community": "public"}, {"community": "public"}),
        "snmp-v2c": ({"community": " ünï "}, {"community": " ünï "}),
        "snmp-v3": (
            {
                "user": "netops ",
                "auth_protocol": "SHA-256",
                "auth_password": "12345678",
                "priv_protocol": "AES128",
                "priv_password": "87654321",
            },
            {"user": "netops", "auth_protocol": "sha256", "auth_password": "12345678", "priv_protocol": "aes", "priv_password": "87654321"},
        ),
        "ssh-password": ({"user": "root", "password": "pass word "}, {"user": "root", "password": "pass word "}),
        "ssh-key": (
            {"user": "root", "private_key": plain.replace("\n", "\r\n").strip(), "passphrase": ""},
            {"user": "root", "private_key": plain},
        ),
        "ssh-agent": (
            {"user": "root", "allow_legacy": "On", "sudo": " FALSE "},
            {"user": "root", "allow_legacy": "yes", "sudo": "no"},
        ),
    }
    assert set(given) == set(CREDENTIAL_KINDS)
    for kind, (fields, kept) in given.items():
        ledger.credentials.add(f"my {kind}", kind, fields)
        credential = ledger.credentials.get(f"my {kind}")
        assert (credential.name, credential.kind, dict(credential.secret)) == (f"my {kind}", kind, kept)
    ledger.credentials.add("sealed", "ssh-key", {"user": "root", "private_key": sealed, "passphrase": "open sesame"})
    assert ledger.credentials.get("sealed").secret["passphrase"] == "open sesame"
    ledger.credentials.add("bare", "snmp-v3", {"user": "netops", "auth_protocol": "none"})
    assert dict(ledger.credentials.get("bare").secret) == {"user": "netops"}
    assert [info.name for info in ledger.credentials.list()] == sorted([*(f"my {kind}" for kind in given), "sealed", "bare"])


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("snmp", {"community": "x"}, "kind"),
        ("snmp-v2c", {}, "community"),
        ("snmp-v2c", {"community": "a\nb"}, "community"),
        ("snmp-v2c", {"community": "\ud800"}, "community"),
        ("snmp-v2c", {"community": "x" * 70_000}, "community"),
        ("snmp-v2c", {"community": "x", "user": "y"}, "secret"),
        ("snmp-v3", {"user": "x" * 33}, "user"),
        ("snmp-v3", {"user": "x", "auth_protocol": "rot13", "auth_password": "12345678"}, "auth_protocol"),
        ("snmp-v3", {"user": "x", "auth_protocol": "sha"}, "auth_password"),
        ("snmp-v3", {"user": "x", "auth_protocol": "sha", "auth_password": "1234567"}, "auth_password"),
        ("snmp-v3", {"user": "x", "auth_password": "12345678"}, "auth_password"),
        ("snmp-v3", {"user": "x", "priv_protocol": "aes", "priv_password": "12345678"}, "auth_protocol"),
        ("ssh-password", {"user": "root"}, "password"),
        ("ssh-agent", {"user": " "}, "user"),
        ("ssh-agent", {"user": "root", "sudo": "maybe"}, "sudo"),
        ("ssh-password", {"user": "root", "password": "x", "allow_legacy": "2"}, "allow_legacy"),
        ("snmp-v2c", {"community": "x", "sudo": "no"}, "secret"),
        ("ssh-key", {"user": "root", "private_key": "ssh-ed25519 AAAAC3 root@x"}, "private_key"),
        ("ssh-key", {"user": "root", "private_key": "PuTTY-User-Key-File-3: ssh-ed25519"}, "private_key"),
        ("ssh-key", {"user": "root", "private_key": "hello"}, "private_key"),
        ("ssh-key", {"user": "root", "private_key": private_key()[:150] + "\n-----END OPENSSH PRIVATE KEY-----"}, "private_key"),
        ("ssh-key", {"user": "root", "private_key": private_key("secret one")}, "passphrase"),
        ("ssh-key", {"user": "root", "private_key": private_key("secret one"), "passphrase": "secret two"}, "passphrase"),
        ("ssh-key", {"user": "root", "private_key": private_key("secret one", PrivateFormat.PKCS8)}, "passphrase"),
        ("ssh-key", {"user": "root", "private_key": private_key("", PrivateFormat.PKCS8), "passphrase": "secret two"}, "passphrase"),
    ],
)
def test_what_is_wrong_is_named_and_never_repeated(ledger: Ledger, kind: str, fields: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ledger.credentials.add("core", kind, fields)
    assert caught.value.field == field
    told = "".join(traceback.format_exception(caught.value))
    for value in fields.values():
        assert len(value) < 6 or value not in told
    assert ledger.credentials.list() == []
    assert not key_file_of(ledger).exists()


def test_a_secret_is_in_no_text(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    ledger.credentials.add("core", "snmp-v2c", {"community": COMMUNITY})
    credential = ledger.credentials.get("core")
    logging.getLogger("test").warning("using %s %r", credential, credential.secret)
    shown = f"{credential} {credential!r} {credential.secret} {[credential.secret]} {ledger.credentials.list()} {caplog.text}"
    assert COMMUNITY not in shown
    assert "Secret(…)" in shown
    leaks: list[Callable[[], object]] = [
        lambda: pickle.dumps(credential),
        lambda: copy.deepcopy(credential),
        lambda: dataclasses.asdict(credential),
        lambda: json.dumps(credential.secret),
    ]
    for leak in leaks:
        with pytest.raises(TypeError) as caught:
            leak()
        assert COMMUNITY not in str(caught.value)
    with pytest.raises(KeyError):
        credential.secret["password"]


def test_names_are_unique_and_replaceable(ledger: Ledger, clock: FakeClock) -> None:
    made = ledger.credentials.add("core", "snmp-v2c", {"community": "old"})
    with pytest.raises(Conflict, match="already a credential named core"):
        ledger.credentials.add("core", "ssh-agent", {"user": "x"})
    clock.forward(days=1)
    ledger.credentials.replace("core", "ssh-password", {"user": "root", "password": "new"})
    replaced = ledger.credentials.get("core")
    assert (replaced.kind, dict(replaced.secret)) == ("ssh-password", {"user": "root", "password": "new"})
    assert [(info.created_at, info.updated_at) for info in ledger.credentials.list()] == [(made.created_at, clock.moment)]
    ledger.credentials.remove("core")
    for call in (ledger.credentials.get, ledger.credentials.remove):
        with pytest.raises(NotFound):
            call("core")
    with pytest.raises(NotFound):
        ledger.credentials.replace("core", "ssh-agent", {"user": "x"})
    with pytest.raises(Invalid) as caught:
        ledger.credentials.add(" ", "ssh-agent", {"user": "x"})
    assert caught.value.field == "name"


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE credential SET name = ? WHERE name = 'core'", "edge2"),
        ("UPDATE credential SET kind = ? WHERE name = 'core'", "snmp-v1"),
        ("UPDATE credential SET sealed = (SELECT sealed FROM credential WHERE name = ?) WHERE name = 'core'", "edge"),
        ("UPDATE credential SET sealed = ? WHERE name = 'core'", b"short"),
        ("UPDATE credential SET sealed = zeroblob(length(sealed) + ?) WHERE name = 'core'", 0),
    ],
)
def test_an_edited_row_does_not_open(ledger: Ledger, sql: str, value: object) -> None:
    ledger.credentials.add("core", "snmp-v2c", {"community": COMMUNITY})
    ledger.credentials.add("edge", "snmp-v2c", {"community": "other"})
    edit(ledger, sql, value)
    name = "edge2" if value == "edge2" else "core"
    with pytest.raises(SecretUnreadable, match=f"The credential {name} was changed inside the ledger file"):
        ledger.credentials.get(name)
    assert ledger.credentials.unreadable() == [name]
    with pytest.raises(SecretUnreadable):
        ledger.credentials.rotate()
    assert ledger.credentials.get("edge").secret["community"] == "other"
    assert len(KeyFile(key_file_of(ledger)).read()) == 1, "a rotation that cannot be finished is not begun"


def test_a_wrong_or_missing_or_loose_key_file_is_told(ledger: Ledger) -> None:
    ledger.credentials.add("core", "snmp-v2c", {"community": COMMUNITY})
    file = key_file_of(ledger)
    kept = file.read_text()
    for content, words in [
        (base64.b64encode(bytes(32)).decode(), "sealed with another key"),
        ("not a key", "is damaged"),
        ("# only a comment\n", "holds no key"),
        ("ключ", "cannot be read"),
    ]:
        file.write_text(content)
        with pytest.raises(SecretUnreadable, match=words) as caught:
            ledger.credentials.get("core")
        assert content not in caught.value.message
    file.unlink()
    with pytest.raises(SecretUnreadable, match="is missing"):
        ledger.credentials.get("core")
    with pytest.raises(SecretUnreadable, match="is missing"):
        ledger.credentials.add("edge", "snmp-v2c", {"community": "x"})
    assert not file.exists(), "a new key beside old seals would only hide the loss"
    file.write_text(kept)
    file.chmod(0o666)
    with pytest.raises(SecretUnreadable, match="chmod 600"):
        ledger.credentials.get("core")
    file.chmod(0o600)
    assert ledger.credentials.get("core").secret["community"] == COMMUNITY


def test_a_key_file_of_ones_own(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted.key"
    mounted.write_text("# from the vault\n" + bytes(range(32)).hex() + "\n")
    mounted.chmod(0o440)
    with Ledger(tmp_path / "a" / "ledger.db", secret_key_file=mounted) as ledger:
        ledger.credentials.add("core", "snmp-v2c", {"community": COMMUNITY})
        assert not key_file_of(ledger).exists()
    mounted.chmod(0o600)
    mounted.write_text(base64.b64encode(bytes(range(32))).decode())
    with Ledger(tmp_path / "a" / "ledger.db", secret_key_file=mounted) as ledger:
        assert ledger.credentials.get("core").secret["community"] == COMMUNITY


def test_rotation_forgets_the_old_key(ledger: Ledger) -> None:
    for n in range(5):
        ledger.credentials.add(f"c{n}", "snmp-v2c", {"community": f"{COMMUNITY}{n}"})
    old = key_file_of(ledger).read_text()
    assert ledger.credentials.rotate() == 5
    assert len(KeyFile(key_file_of(ledger)).read()) == 1
    assert key_file_of(ledger).read_text() != old
    assert key_file_of(ledger).stat().st_mode & 0o777 == 0o600
    assert [ledger.credentials.get(f"c{n}").secret["community"] for n in range(5)] == [f"{COMMUNITY}{n}" for n in range(5)]
    assert ledger.credentials.rotate(bytes(range(32))) == 5
    assert KeyFile(key_file_of(ledger)).read() == [bytes(range(32))]
    assert ledger.credentials.rotate(bytes(range(32))) == 0
    with pytest.raises(Invalid):
        ledger.credentials.rotate(b"short")
    key_file_of(ledger).write_text(old)
    assert ledger.credentials.unreadable() == [f"c{n}" for n in range(5)], "the old key opens nothing any more"


def test_rotation_before_the_first_credential(ledger: Ledger) -> None:
    assert ledger.credentials.rotate(bytes(range(32))) == 0
    ledger.credentials.add("core", "snmp-v2c", {"community": COMMUNITY})
    assert KeyFile(key_file_of(ledger)).read() == [bytes(range(32))]


@pytest.mark.parametrize("breaks_at", [1, 2])
def test_a_rotation_that_breaks_off_loses_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, breaks_at: int) -> None:
    """Breaks where the key file is written: before the rows are sealed anew, and after."""
    ledger.credentials.add("core", "snmp-v2c", {"community": COMMUNITY})
    real, calls = KeyFile.write, [0]

    def breaking(self: KeyFile, keys: list[bytes]) -> None:
        calls[0] += 1
        if calls[0] == breaks_at:
            raise StoreUnavailable("The disk is full.")
        real(self, keys)

    monkeypatch.setattr(KeyFile, "write", breaking)
    with pytest.raises(StoreUnavailable):
        ledger.credentials.rotate()
    assert ledger.credentials.get("core").secret["community"] == COMMUNITY
    monkeypatch.undo()
    ledger.credentials.add("edge", "snmp-v2c", {"community": "other"})
    assert ledger.credentials.rotate() == 2
    assert len(KeyFile(key_file_of(ledger)).read()) == 1
    assert [ledger.credentials.get(name).secret["community"] for name in ("core", "edge")] == [COMMUNITY, "other"]
