"""`moorings graph` and `moorings settings`: the state of the house."""

from __future__ import annotations

import click

from cmdb.cli.shell import json_option, load_settings, say, say_rows
from cmdb.graph import cis
from cmdb.graph.migrations import migrate, status
from cmdb.graph.opening import open_graph
from cmdb.intake import summary
from cmdb.intake.crew import crew_of
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.runtime.house import open_ledger, site_files
from cmdb.runtime.workers import somebody_works


@click.group()
def graph() -> None:
    """The graph: its schema and its state."""


@graph.command("migrate")
@click.option("--dry-run", is_flag=True, help="Say what would be applied.")
@json_option
@click.pass_context
def graph_migrate(context: click.Context, dry_run: bool, as_json: bool) -> None:
    """Bring the graph's schema up to date. `serve` does this too.

    \b
    Examples:
      moorings graph migrate --dry-run
      moorings graph migrate
    """
    settings = load_settings(context)
    opened, engine = open_graph(settings)
    try:
        steps = migrate(opened, Catalogue.load(site_files(settings)), dry_run)
    finally:
        opened.close()
        if engine is not None:
            engine.stop()
    rows = [{"number": step.number, "name": step.name} for step in steps]
    empty = "The graph is up to date."
    say_rows(rows, {"number": "STEP", "name": "WOULD BE APPLIED" if dry_run else "APPLIED"}, as_json=as_json, empty=empty)


@graph.command("status")
@json_option
@click.pass_context
def graph_status(context: click.Context, as_json: bool) -> None:
    """Say which engine answers, where its schema stands, how much is in it, and what waits to be applied.

    \b
    Example:
      moorings graph status
    """
    settings = load_settings(context)
    opened, engine = open_graph(settings)
    ours = engine is not None and engine.ours
    try:
        state = status(opened, Catalogue.load(site_files(settings)))
        counts = cis.class_counts(opened) if not state.pending else {}
    finally:
        opened.close()
        if engine is not None:
            engine.stop()
    with open_ledger(settings) as ledger:
        line, crew = summary(ledger, times.now()), crew_of(ledger)
    working = somebody_works(settings.data)
    data = {
        "engine": opened.engine,
        "address": engine.url if engine is not None else settings.graph_url,
        "engine_process": engine.pid if engine is not None else None,
        "started_by_this_command": ours,
        "schema": state.version,
        "newest_schema": state.newest,
        "pending": [step.name for step in state.pending],
        "cis_when_last_counted": sum(counts.values()),
        "intake_backlog": line.backlog,
        "intake_parked": line.parked,
        "workers": working,
        "workers_process": crew.pid or None if working and crew is not None else None,
        "workers_started_again": crew.restarts if working and crew is not None else 0,
    }
    say(data, as_json=as_json, text="\n".join(f"{name.replace('_', ' '):<24} {value}" for name, value in data.items()))


@click.command("settings")
@json_option
@click.pass_context
def settings(context: click.Context, as_json: bool) -> None:
    """List all settings: the environment variable, its value, its meaning. Secrets stay blank.

    \b
    Example:
      moorings settings
    """
    rows = [
        {"name": one.name, "value": one.value, "default": one.default, "description": one.description, "secret": one.secret}
        for one in load_settings(context).describe()
    ]
    say_rows(rows, {"name": "VARIABLE", "value": "VALUE", "description": "MEANING"}, as_json=as_json, empty="")
