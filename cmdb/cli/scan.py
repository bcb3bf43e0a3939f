"""`moorings scan`: look at this machine, at hosts by SSH, at devices by SNMP."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cmdb.cli.applying import applied, changes_text, workers_if_none
from cmdb.cli.shell import ACTOR, house, json_option, note, say, say_rows
from cmdb.errors import CmdbError
from cmdb.graph import cis
from cmdb.runtime.house import House
from cmdb.runtime.scan_order import Method, ScanOrder
from cmdb.runtime.scans import hosts, start_scan
from cmdb.store import Job
from discovery.targets import parse_targets


@click.group()
def scan() -> None:
    """Look at machines and devices, and keep what was seen."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--exclude", multiple=True, metavar="TARGETS", help="Targets to leave out; may be repeated."),
        click.option("--credential", required=True, metavar="NAME", help="What to sign in with (`moorings credential add`)."),
        click.option("--port", type=int, default=0, help="Port, where the target names none (22, 161)."),
        click.option("--concurrency", type=click.IntRange(1, 64), default=16, show_default=True, help="Hosts looked at at once."),
        click.option("--pace", type=float, default=0.0, metavar="N", help="Begin with at most N hosts a second (0: no limit)."),
        click.option("--deadline", type=click.FloatRange(1, 3600), default=120.0, show_default=True, help="Seconds for one host."),
        click.option("--dry-run", is_flag=True, help="Show what would change; keep nothing."),
        json_option,
        click.pass_context,
    ):
        command = option(command)
    return command


@scan.command("local")
@click.option("--deadline", type=click.FloatRange(1, 3600), default=120.0, show_default=True, help="Seconds it may take.")
@click.option("--dry-run", is_flag=True, help="Show what would change; keep nothing.")
@json_option
@click.pass_context
def scan_local(context: click.Context, deadline: float, dry_run: bool, as_json: bool) -> None:
    """Look at this machine, as the user you are.

    \b
    Examples:
      moorings scan local
      moorings scan local --dry-run
    """
    order = ScanOrder("local", deadline_s=deadline, concurrency=1, dry_run=dry_run, by=ACTOR)
    _run(context, order, as_json=as_json)


@scan.command("ssh")
@click.argument("targets", nargs=-1, required=True)
@_options
def scan_ssh(context: click.Context, targets: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Look at hosts over SSH. TARGETS are addresses, networks, ranges, names, host:port, or @FILE with such.

    A host key nobody approved ends the look at that host; `moorings hostkey list` shows what waits.

    \b
    Examples:
      moorings scan ssh 10.1.0.0/24,db1.example.org --credential linux
      moorings scan ssh @hosts.txt --exclude 10.1.0.1 --credential linux --port 2222
    """
    _run(context, _order("ssh", targets, **options), as_json=as_json)


@scan.command("snmp")
@click.argument("targets", nargs=-1, required=True)
@_options
def scan_snmp(context: click.Context, targets: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Look at network devices over SNMP. TARGETS are addresses, networks, ranges, names, host:port, or @FILE with such.

    \b
    Examples:
      moorings scan snmp 10.1.0.1-10.1.3.254 --credential core --port 161
      moorings scan snmp sw1.example.org --credential lab --dry-run
    """
    _run(context, _order("snmp", targets, **options), as_json=as_json)


def _order(method: Method, targets: tuple[str, ...], **options: Any) -> ScanOrder:
    """The order; @FILE is read here, where the person may read files, so that workers get plain targets."""
    words = tuple(targets)
    exclude = tuple(options["exclude"])
    if any("@" in word for word in (*words, *exclude)):
        words = tuple(str(target) for target in parse_targets(words, exclude=exclude, files=True))
        exclude = ()
    return ScanOrder.of(
        {
            "method": method,
            "targets": list(words),
            "exclude": list(exclude),
            "credential": options["credential"],
            "port": options["port"],
            "concurrency": options["concurrency"],
            "pacing_per_s": options["pace"],
            "deadline_s": options["deadline"],
            "dry_run": options["dry_run"],
            "by": ACTOR,
        }
    )


def _run(context: click.Context, order: ScanOrder, *, as_json: bool) -> None:
    with house(context) as opened, workers_if_none(opened):
        job_id = start_scan(opened.ledger, order)
        opened.ledger.audit.write(ACTOR, "scan.start", job_id, {"method": order.method, "targets": list(order.targets)[:20]})
        try:
            ended = _followed(opened, job_id)
        except KeyboardInterrupt:
            opened.ledger.jobs.cancel(job_id)
            raise
        rows = _rows(opened, job_id)
    counted = Counter(row["outcome"] for row in rows)
    _say(rows, counted, order, as_json=as_json)
    if ended.state != "done":
        raise CmdbError(f"The scan did not come to its end: {ended.reason or ended.state}.")
    if not counted.get("ok"):
        raise CmdbError("Nothing could be looked at.")


def _followed(opened: House, job_id: str) -> Job:
    """The scan's job when it ended, its progress shown meanwhile on the terminal."""
    parts = (TextColumn("Looking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*parts, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("scan", total=None)
        while True:
            job = opened.ledger.jobs.get(job_id)
            told = job.progress or {}
            progress.update(task, total=told.get("total"), completed=told.get("done", 0))
            if job.state not in ("waiting", "running"):
                return job
            time.sleep(0.1)


def _rows(opened: House, job_id: str) -> list[dict[str, Any]]:
    """A row for each host: its outcome, and the CI it turned out to be when its observation was applied."""
    rows: list[dict[str, Any]] = []
    for child in hosts(opened.ledger, job_id):
        result = child.result if isinstance(child.result, Mapping) else {}
        rows.append({"host": str(child.args.get("host", "")), "outcome": child.state, "reason": child.reason, **result})
    entries = {entry.id: entry for entry in applied(opened, [row["entry"] for row in rows if row.get("entry")])}
    found: dict[str, str] = {}
    for row in rows:
        entry = entries.get(str(row.get("entry")))
        if entry is None:
            continue
        row["applied"] = entry.state
        if entry.state == "parked":
            row["reason"] = entry.reason
        items = (entry.result or {}).get("items") or []
        if items and items[0].get("ci"):
            row["ci"], row["recognised"] = items[0]["ci"], items[0]["outcome"]
            found[row["ci"]] = row["ci"]
    known = cis.many(opened.graph, found)
    for row in rows:
        if row.get("ci") in known:
            row["name"], row["class"] = known[row["ci"]].get("display_name"), known[row["ci"]].get("class")
    return rows


def _say(rows: Sequence[dict[str, Any]], counted: Mapping[str, int], order: ScanOrder, *, as_json: bool) -> None:
    if as_json:
        say({"outcomes": dict(counted), "hosts": list(rows)}, as_json=True, text="")
        return
    columns = {"host": "HOST", "outcome": "OUTCOME", "name": "IS", "class": "CLASS", "recognised": "RECOGNISED", "reason": "REASON"}
    if order.dry_run:
        columns = {"host": "HOST", "outcome": "OUTCOME", "reason": "REASON"}
    say_rows(rows, columns, as_json=False, empty="There was no host.")
    for row in rows:
        if "changes" in row:
            say(None, as_json=False, text=changes_text(row["changes"], row["counts"]))
    note(", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in counted.items()))
