"""Host keys: none is trusted before a person said so, and a change is shown as one."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from cmdb.errors import Invalid, NotFound
from cmdb.store import Ledger
from cmdb.store.host_keys import fingerprint_of
from tests.store.fixtures import FakeClock


def key(n: int) -> str:
    return base64.b64encode(b"key %d" % n).decode()


def test_an_unknown_key_waits_for_a_person(ledger: Ledger, clock: FakeClock) -> None:
    first = ledger.host_keys.seen("SW1.example.org", 22, "ssh-ed25519", key(1))
    assert (first.host, first.port, first.state, first.changed) == ("sw1.example.org", 22, "pending", False)
    seen_at = clock.moment
    clock.forward(hours=1)
    again = ledger.host_keys.seen("sw1.example.org", 22, "ssh-ed25519", key(1), fingerprint_of(key(1)))
    assert (again.id, again.first_seen_at, again.last_seen_at) == (first.id, seen_at, clock.moment)
    assert ledger.host_keys.approved("sw1.example.org", 22) == []
    approved = ledger.host_keys.approve(first.id, "ada")
    assert (approved.state, approved.decided_by, approved.decided_at) == ("approved", "ada", clock.moment)
    assert [each.key_b64 for each in ledger.host_keys.approved("SW1.example.org", 22)] == [key(1)]
    assert ledger.host_keys.approved("sw1.example.org", 2222) == []
    assert ledger.host_keys.pending() == []
    assert ledger.host_keys.seen("sw1.example.org", 22, "ssh-ed25519", key(1)).state == "approved"


def test_another_key_of_an_approved_host_is_marked(ledger: Ledger, clock: FakeClock) -> None:
    ledger.host_keys.approve(ledger.host_keys.seen("a", 22, "ssh-rsa", key(1)).id, "ada")
    other = ledger.host_keys.seen("a", 22, "ssh-rsa", key(2))
    clock.forward(minutes=1)
    new_host = ledger.host_keys.seen("b", 22, "ssh-rsa", key(2))
    assert (other.state, other.changed, new_host.changed) == ("pending", True, False)
    assert [each.id for each in ledger.host_keys.pending()] == [other.id, new_host.id], "changed ones first"
    rejected = ledger.host_keys.reject(other.id, "ada")
    assert (rejected.state, rejected.changed) == ("rejected", False)
    assert ledger.host_keys.seen("a", 22, "ssh-rsa", key(2)).state == "rejected", "what was decided stays"
    ledger.host_keys.remove(other.id)
    assert ledger.host_keys.seen("a", 22, "ssh-rsa", key(2)).changed is True
    assert len(ledger.host_keys.list()) == 3


def test_a_host_with_ever_new_keys_does_not_fill_the_list(ledger: Ledger, clock: FakeClock) -> None:
    kept = ledger.host_keys.approve(ledger.host_keys.seen("a", 22, "ssh-rsa", key(0)).id, "ada")
    for n in range(1, 40):
        clock.forward(seconds=1)
        ledger.host_keys.seen("a", 22, "ssh-rsa", key(n))
    assert [each.key_b64 for each in ledger.host_keys.pending()] == [key(n) for n in range(39, 29, -1)]
    assert ledger.host_keys.approved("a", 22) == [kept]


def test_the_fingerprint_is_the_one_ssh_keygen_shows(tmp_path: Path) -> None:
    made = subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "k")], check=False)
    if made.returncode:
        pytest.skip("ssh-keygen does not work here")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(tmp_path / "k.pub")], capture_output=True, text=True, check=True).stdout
    assert fingerprint_of((tmp_path / "k.pub").read_text().split()[1]) == shown.split()[1]


@pytest.mark.parametrize(
    ("host", "port", "key_type", "key_b64", "fingerprint", "field"),
    [
        ("", 22, "ssh-rsa", key(1), "", "host"),
        ("a", 0, "ssh-rsa", key(1), "", "port"),
        ("a", 70000, "ssh-rsa", key(1), "", "port"),
        ("a", 22, "", key(1), "", "key_type"),
        ("a", 22, "ssh-rsa", "", "", "key_b64"),
        ("a", 22, "ssh-rsa", "not base64!", "", "key_b64"),
        ("a", 22, "ssh-rsa", "A" * 20_000, "", "key_b64"),
        ("a", 22, "ssh-rsa", key(1), fingerprint_of(key(2)), "fingerprint"),
    ],
)
def test_what_is_wrong_is_named(ledger: Ledger, host: str, port: int, key_type: str, key_b64: str, fingerprint: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ledger.host_keys.seen(host, port, key_type, key_b64, fingerprint)
    assert caught.value.field == field
    assert ledger.host_keys.list() == []


def test_an_unknown_id_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        ledger.host_keys.approve("none", "ada")
    with pytest.raises(NotFound):
        ledger.host_keys.reject("none", "ada")
    for call in (ledger.host_keys.get, ledger.host_keys.remove):
        with pytest.raises(NotFound):
            call("none")
