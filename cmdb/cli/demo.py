"""`moorings demo`: a sample organisation to look around in."""

from __future__ import annotations

from dataclasses import replace

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cmdb.cli.serve import run_server
from cmdb.cli.shell import load_settings
from cmdb.runtime.demo import Wanted, load, loaded
from cmdb.runtime.house import House
from cmdb.store import Ledger

DATA = "demo-data"
LIGHT = 10_000
"""CIs up to which the engine compiles lightly: the sample is there a third sooner, and pages of so few take no longer."""


@click.command()
@click.option("--data", metavar="DIR", envvar="MOORINGS_DATA", help=f"Data folder (default: ./{DATA}).")
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default 8765; 0: a free one).")
@click.option("--size", type=click.IntRange(100, 1_000_000), default=2_500, show_default=True, help="About how many CIs.")
@click.option("--seed", type=int, default=Wanted().seed, show_default=True, help="Another seed, another organisation.")
@click.option("--load-only", is_flag=True, help="Load it and end.")
@click.pass_context
def demo(context: click.Context, data: str | None, host: str | None, port: int | None, size: int, seed: int, load_only: bool) -> None:
    """Load a sample organisation, look at this machine, serve, and print the address with a one-time sign-in link.

    The next start keeps the data and takes seconds. Interrupted while loading, it goes on where it was.

    \b
    Examples:
      moorings demo
      moorings demo --port 9000 --data /tmp/try
    """
    folder = data or (context.obj or {}).get("data") or DATA
    settings = load_settings(context, data=folder, host=host, port=port)
    if settings.engine_compile == "auto" and size <= LIGHT:
        settings = replace(settings, engine_compile="light")

    def prepare(house: House) -> None:
        if not loaded(house):
            _load(house, Wanted(seed, size))

    def ready(house: House, address: str) -> None:
        click.echo(f"Sign in (works once, for 15 minutes): {address}/sign-in/{sign_in(house.ledger)}")
        click.echo("Ctrl-C ends it; the next start keeps the data.")

    run_server(settings, workers=max(1, settings.workers), prepare=prepare, ready=ready, serve=not load_only)


def _load(house: House, wanted: Wanted) -> None:
    console = Console(stderr=True)
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*parts, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Starting", total=None)
        said: list[str] = []

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)
            if not console.is_terminal and said[-1:] != [what]:
                click.echo(f"{what} …", err=True)
            said[:] = [what]

        load(house, wanted, tell)


def sign_in(ledger: Ledger) -> str:
    """A one-time sign-in for an administrator; one is made where there is none."""
    found = [account for account in ledger.accounts.list() if account.role == "administrator" and account.active]
    account = found[0] if found else ledger.accounts.add("admin", None, "administrator", name="Administrator of the demo")
    return ledger.sessions.one_time(account.id)
