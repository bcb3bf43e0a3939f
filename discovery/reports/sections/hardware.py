"""Processors and memory."""

from __future__ import annotations

from discovery.reports.report import Row
from discovery.reports.sight import Sight
from discovery.reports.values import MEBI, count, size, text

MAX_CPUS = 65_536


def read(sight: Sight) -> None:
    """Processor model, logical processors, main memory."""
    report = sight.report
    cpus = report.rows("cpus")
    hardware = report.one("hardware")
    sight.say(cpu_model=text(cpus[0].get("name")) if cpus else text(hardware.get("processort")))
    logical = sum(_logical(cpu, report.product) for cpu in cpus)
    sight.say(cpu_count=count(logical, MAX_CPUS))
    memory = size(hardware.get("memory"), MEBI)
    if memory is None:
        memory = sum(size(row.get("capacity"), MEBI) or 0 for row in report.rows("memories")) or None
    sight.say(memory_bytes=memory if memory and memory < 2**60 else None)
    sight.look_by("hardware", "cpus", "memories")


def _logical(cpu: Row, product: str) -> int:
    """Logical processors of one socket. `thread` counts them all for FusionInventory, and those of one core for GLPI (read in its source;
    a number over 2 is still the sum of older versions)."""
    known = count(cpu.get("logical_cpus"), MAX_CPUS)
    if known:
        return known
    cores = count(cpu.get("core"), MAX_CPUS) or 1
    threads = count(cpu.get("thread"), MAX_CPUS) or 1
    if product == "glpi" and threads <= 2:
        return cores * threads
    return max(cores, threads)
