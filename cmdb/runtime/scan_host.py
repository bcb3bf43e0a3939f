"""One host of a scan: look at it with the sealed credential and the approved host keys, and keep what was seen in the intake."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from cmdb.errors import GraphUnavailable, StoreUnavailable
from cmdb.intake import submit_observation
from cmdb.model.observation import Observation
from cmdb.runtime.ageing import note_failed_look
from cmdb.runtime.house import House
from cmdb.store import Ledger
from discovery.local import local_observe
from discovery.result import HostResult, failure, success
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.scan import snmp_observe
from discovery.ssh.credential import SshCredential
from discovery.ssh.hostkeys import HostKeyRefused
from discovery.ssh.observe import ssh_observe
from discovery.targets import Target
from reconciliation import preview

_CHANGES_KEPT = 200


def scan_host(house: House, args: Mapping[str, Any]) -> dict[str, Any]:
    """Look at one host and keep its observation. Whatever the host does is a result: outcome, reason, seconds, and the entry's id.

    A dry run keeps nothing and gives the Changes. Raises GraphUnavailable and StoreUnavailable, which are not the host's doing.
    """
    found = look_at(house.ledger, args)
    said: dict[str, Any] = {
        "host": args["host"],
        "port": args["port"],
        "outcome": found.outcome,
        "reason": found.reason,
        "seconds": round(found.seconds, 2),
    }
    if found.observation is None:
        if not args.get("dry_run"):
            note_failed_look(house, str(args["method"]), str(args["host"]), found.outcome, found.reason)
        return said
    if args.get("dry_run"):
        told = preview(house.graph, house.catalogue, found.observation).to_json()
        return {**said, "counts": told["counts"], "changes": told["changes"][:_CHANGES_KEPT]}
    actor = str(args.get("by") or "scan")
    return {**said, "entry": submit_observation(house.ledger, found.observation, actor=actor)}


def look_at(ledger: Ledger, args: Mapping[str, Any]) -> HostResult:
    """The look alone. A host key nobody approved is recorded as pending."""
    target, started = Target(str(args["host"]), int(args["port"]) or None), time.monotonic()
    try:
        return success(target, _observe(ledger, args), time.monotonic() - started)
    except (GraphUnavailable, StoreUnavailable):
        raise
    except HostKeyRefused as error:
        ledger.host_keys.seen(error.host, error.port, error.key_type, error.key_b64, error.fingerprint)
        return failure(target, error, time.monotonic() - started)
    except Exception as error:  # noqa: BLE001 - whatever happens to one host is that host's result
        return failure(target, error, time.monotonic() - started)


def _observe(ledger: Ledger, args: Mapping[str, Any]) -> Observation:
    method, host, port, deadline_s = args["method"], str(args["host"]), int(args["port"]), float(args["deadline_s"])
    if method == "local":
        return local_observe(deadline_s=deadline_s)
    sealed = ledger.credentials.get(str(args["credential"]))
    if method == "ssh":
        opened = SshCredential.from_secret(sealed.kind, sealed.secret)
        return ssh_observe(host, port, opened, ledger.host_keys.approved(host, port), deadline_s=deadline_s)
    return snmp_observe(host, port, SnmpCredential.from_secret(sealed.kind, sealed.secret), deadline_s=deadline_s)
