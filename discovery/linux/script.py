"""The one POSIX script that looks at a host: sections of shell text put together, sent over one channel to `sh -s`.

It writes nothing on the host, asks `sudo -n` only for the commands that stand behind `priv` in the section files,
and limits every section in time. What each section prints is described in `discovery.linux.transcript`.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from cmdb.errors import Invalid


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section file and the seconds it may take on the host."""

    name: str
    limit_s: int


SECTIONS = (
    SectionPlan("identity", 15),
    SectionPlan("os", 10),
    SectionPlan("hardware", 10),
    SectionPlan("interfaces", 10),
    SectionPlan("network", 15),
    SectionPlan("sockets", 15),
    SectionPlan("processes", 10),
    SectionPlan("disks", 15),
    SectionPlan("mounts", 5),
    SectionPlan("users", 15),
    SectionPlan("services", 20),
    SectionPlan("containers", 20),
    SectionPlan("guests", 25),
    SectionPlan("software", 40),
    SectionPlan("security", 20),
    SectionPlan("updates", 30),
    SectionPlan("sockets_again", 15),
)
"""In the order they run: what a host is comes first, so that a short deadline still tells which host it was."""

_FILE_OF = {"sockets_again": "sockets"}


def new_marker() -> str:
    """A line start that no output can contain by chance or guess (64 random bits)."""
    return f"mrg-{secrets.token_hex(8)}"


def build_script(marker: str, *, sudo: bool = False, without: Collection[str] = ()) -> str:
    """The whole script for one look. `without` names sections the operator does not want to run.

    Raises Invalid when `without` names a section that does not exist.
    """
    known = {plan.name for plan in SECTIONS}
    unknown = sorted(set(without) - known)
    if unknown:
        raise Invalid(f"There is no section called {unknown[0]!r}; the sections are {', '.join(sorted(known))}.", field="without")
    lines = [f"M={shlex.quote(marker)}", f"SUDO_WANTED={int(sudo)}", _text("main"), f"P={shlex.quote(_text('prelude'))}"]
    lines.append(_call(SectionPlan("platform", 10)))
    lines.append("case $(uname -s) in\nLinux)")
    lines.extend(_call(plan) for plan in SECTIONS if plan.name not in without)
    lines.append(f";;\nDarwin|FreeBSD)\n{_call(SectionPlan('foreign', 20))}\n;;\nesac")
    lines.append("printf '%s done\\n' \"$M\"\n")
    return "\n".join(lines)


@lru_cache(maxsize=64)
def _text(name: str) -> str:
    """A section file without its comment lines."""
    text = files("discovery.linux").joinpath("sections", f"{name}.sh").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


@lru_cache(maxsize=64)
def _call(plan: SectionPlan) -> str:
    return f"section {plan.name} {plan.limit_s} {shlex.quote(_text(_FILE_OF.get(plan.name, plan.name)))}"
