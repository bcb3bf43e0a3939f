"""`ssh_observe`: everything about one host over one SSH channel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from cmdb.model.observation import Observation, Source
from discovery.linux.observe import Look
from discovery.linux.script import build_script, new_marker
from discovery.posix import observe_output
from discovery.ssh.credential import SshCredential
from discovery.ssh.gate import HOSTS
from discovery.ssh.hostkeys import KnownKey
from discovery.ssh.session import Deadline, open_session

SOURCE = Source("ssh", "scan")


def ssh_observe(
    host: str,
    port: int,
    credential: SshCredential,
    known_keys: Sequence[KnownKey],
    *,
    deadline_s: float = 120,
    without: Collection[str] = (),
) -> Observation:
    """Look at one host. `known_keys` are the keys approved for this host and port; `without` names sections not to run.

    One deadline covers everything. When it passes, or the connection breaks, after the host said who it is, what arrived until then is
    the observation, and the rest is `failed` in its coverage.
    Raises Unreachable, Refused (HostKeyRefused where a key waits for approval or changed), AuthFailed, TimedOut, Unreadable; Invalid for a
    credential that cannot be used at all.
    """
    deadline = Deadline(deadline_s)
    marker = new_marker()
    script = build_script(marker, sudo=credential.sudo, without=without).encode()
    with HOSTS.enter((host, port), deadline.left()), open_session(host, port, credential, known_keys, deadline) as session:
        observed_at = datetime.now(UTC)
        output = session.run("sh -s", script)
        remark = f"legacy SSH algorithms in use: {', '.join(session.legacy)}" if session.legacy else ""
    look = Look(SOURCE, observed_at, host, remark)
    return observe_output(output.data, marker, look, ending=output.ending, without=without)
