"""`moorings age` and `moorings keep`: what is not seen any more, and how long raw bodies are kept."""

from __future__ import annotations

import click

from cmdb.cli.shell import ACTOR, house, json_option, ledger, say
from cmdb.intake import Retention, retention, set_retention
from cmdb.runtime.ageing import RETIRE_KEY, age_all
from cmdb.runtime.chores import MARKS_KEY, marks, relations_wait
from reconciliation.parked import WAIT_KEY


@click.command()
@click.option("--retire", type=click.Choice(["on", "off"]), help="Whether what is proposed for retirement is retired by itself.")
@click.option(
    "--shared-days",
    type=click.IntRange(1, 3650),
    help="After how many days an identifier that only one living thing was seen with is not counted as shared any more.",
)
@click.option(
    "--waiting-days",
    type=click.IntRange(1, 3650),
    help="After how many days a relation is given up whose other end nobody showed, counted from when a source told of it last.",
)
@json_option
@click.pass_context
def age(context: click.Context, retire: str | None, shared_days: int | None, waiting_days: int | None, as_json: bool) -> None:
    """Judge now who was not seen for long (the server does it once an hour), and say how many count as what.

    \b
    Examples:
      moorings age
      moorings age --retire off
      moorings age --shared-days 60
      moorings age --waiting-days 30
    """
    with house(context) as opened:
        if retire is not None:
            opened.ledger.settings.put(RETIRE_KEY, retire == "on")
            opened.ledger.audit.write(ACTOR, "ageing.retire", "", {"retire": retire})
        if shared_days is not None:
            opened.ledger.settings.put(MARKS_KEY, shared_days)
            opened.ledger.audit.write(ACTOR, "sharing.days", "", {"days": shared_days})
        if waiting_days is not None:
            opened.ledger.settings.put(WAIT_KEY, waiting_days)
            opened.ledger.audit.write(ACTOR, "waiting.days", "", {"days": waiting_days})
        waits = {f"relations_{name}": count for name, count in relations_wait(opened).items()}
        shared = {f"shared_{name}": count for name, count in marks(opened).items()}
        told = age_all(opened) | shared | waits | {"retire_by_itself": bool(opened.ledger.settings.get(RETIRE_KEY, False))}
    say(told, as_json=as_json, text="\n".join(f"{name.replace('_', ' '):<18} {value}" for name, value in told.items()))


@click.command()
@click.option("--bodies-days", type=click.IntRange(0, 3650), help="Raw observations and reports, from their arrival; 0: without end.")
@click.option("--jobs-days", type=click.IntRange(0, 3650), help="Finished jobs, from their end; 0: without end.")
@json_option
@click.pass_context
def keep(context: click.Context, bodies_days: int | None, jobs_days: int | None, as_json: bool) -> None:
    """Say, or set, how long raw bodies and finished jobs are kept. What came of them stays; what is dropped cannot be replayed.

    \b
    Examples:
      moorings keep
      moorings keep --bodies-days 400
    """
    with ledger(context) as opened:
        known = retention(opened)
        wanted = Retention(
            known.bodies_days if bodies_days is None else bodies_days or None, known.jobs_days if jobs_days is None else jobs_days or None
        )
        if wanted != known:
            set_retention(opened, wanted)
            opened.audit.write(ACTOR, "intake.keep", "", {"bodies_days": wanted.bodies_days or 0, "jobs_days": wanted.jobs_days or 0})
    told = {"bodies_days": wanted.bodies_days, "jobs_days": wanted.jobs_days}
    say(told, as_json=as_json, text="\n".join(f"{name.replace('_', ' '):<12} {days or 'without end'}" for name, days in told.items()))
