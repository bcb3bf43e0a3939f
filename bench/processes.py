"""What the kernel says of a process: its CPU-seconds, its memory, its children."""

from __future__ import annotations

import os
from pathlib import Path

from bench.figures import PartMissing


def cpu_s(pid: int) -> float:
    """User and system CPU-seconds so far. Raises PartMissing where there is no /proc."""
    # After the name in parentheses, which may itself hold spaces: fields 14 and 15 of proc(5).
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident memory in megabytes (VmRSS). Raises PartMissing where there is no /proc."""
    for line in _read(pid, "status").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise PartMissing(f"the kernel does not tell the memory of process {pid}")


def children(pid: int, module: str) -> list[int]:
    """The processes that run a module (`python -m`) and were begun by any thread of this one."""
    found = [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    return [one for one in found if module in _read(one, "cmdline").split("\0")]


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text("utf-8", "replace")
    except OSError as error:
        raise PartMissing(f"the kernel tells nothing of processes here (/proc): {error.strerror}") from error
