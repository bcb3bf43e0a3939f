"""Which backend for which target, and a session on it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Literal

from cmdb.errors import Invalid
from discovery.snmp.backend import Endpoint, SnmpBackend, Timing
from discovery.snmp.credential import SnmpCredential
from discovery.snmp.session import MAX_ROWS, REPETITIONS, Session

BackendName = Literal["auto", "gufo", "pysnmp"]


def gufo_is_here() -> bool:
    """Whether gufo-snmp can be imported (it has no wheels for Windows)."""
    try:
        return importlib.util.find_spec("gufo.snmp") is not None
    except ModuleNotFoundError:
        return False


def make_backend(name: BackendName, endpoint: Endpoint, credential: SnmpCredential, timing: Timing) -> SnmpBackend:
    """`auto` takes gufo for v2c and v3 where it is installed, pysnmp for SNMPv3 contexts and for v1.

    v1 has no GETBULK, so there the side-by-side columns of pysnmp save a factor of ten in requests, which is what an old device feels.
    Raises Invalid when gufo is asked for and absent, or asked for a context.
    """
    able = gufo_is_here() and not credential.context
    if name == "gufo" and not able:
        raise Invalid("gufo-snmp is not installed, or cannot do SNMPv3 contexts; use pysnmp.", field="backend")
    if name == "gufo" or (name == "auto" and able and credential.version != "1"):
        module = importlib.import_module("discovery.snmp.gufo_backend")
        gufo: SnmpBackend = module.GufoBackend(endpoint, credential, timing)
        return gufo
    module = importlib.import_module("discovery.snmp.pysnmp_backend")
    pysnmp: SnmpBackend = module.PysnmpBackend(endpoint, credential, timing)
    return pysnmp


def make_session(
    endpoint: Endpoint, credential: SnmpCredential, timing: Timing, *, backend: BackendName = "auto", max_rows: int = MAX_ROWS
) -> Session:
    """A session with pysnmp to fall back on, where it is not the first choice already."""
    first = make_backend(backend, endpoint, credential, timing)
    spare: Callable[[], SnmpBackend] | None = None
    if first.name != "pysnmp":

        def spare() -> SnmpBackend:
            return make_backend("pysnmp", endpoint, credential, timing)

    repetitions = 1 if credential.version == "1" else REPETITIONS
    return Session(first, timing, spare, repetitions=repetitions, max_rows=max_rows)
