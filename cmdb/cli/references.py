"""`moorings reference`: product lists, end-of-life days and browser releases that policies are judged by; a site brings its own."""

from __future__ import annotations

from pathlib import Path

import click

from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows
from cmdb.compliance import references
from cmdb.errors import Invalid
from cmdb.runtime.chores import EVALUATE

_NAME = click.Choice(sorted(references.KINDS))


@click.group()
def reference() -> None:
    """What policies compare with: product lists, end of life."""


@reference.command("list")
@json_option
@click.pass_context
def reference_list(context: click.Context, as_json: bool) -> None:
    """Show what counts, of which day it is and where it comes from.

    \b
    Example:
      moorings reference list
    """
    with house(context) as opened:
        found = references.told(opened.graph)
    rows = [
        {
            "name": one.name,
            "title": one.title,
            "dated": one.dated,
            "too_old": one.too_old,
            "own": one.own,
            "by": one.by,
            "source": one.source,
        }
        for one in found
    ]
    columns = {"name": "NAME", "title": "WHAT", "dated": "OF", "too_old": "TOO OLD", "own": "SITE'S OWN", "by": "BY", "source": "SOURCE"}
    say_rows(rows, columns, as_json=as_json, empty="There is none.")


@reference.command("export")
@click.argument("name", type=_NAME)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@click.pass_context
def reference_export(context: click.Context, name: str, file: Path, as_json: bool) -> None:
    """Write what counts into a file: the beginning of a list of one's own.

    \b
    Example:
      moorings reference export software software.yaml
    """
    with house(context) as opened:
        found = references.one(opened.graph, name)
    file.write_text(found.text, encoding="utf-8")
    say({"name": name, "dated": found.dated, "file": str(file)}, as_json=as_json, text=f"{found.title} of {found.dated} written to {file}.")


@reference.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--as", "name", type=_NAME, default=None, help="What it is; told by its form where it is not said.")
@json_option
@click.pass_context
def reference_import(context: click.Context, file: Path, name: str | None, as_json: bool) -> None:
    """Let a file count instead of what did. It is read and checked first; a sweep by it is ordered.

    \b
    Example:
      moorings reference import software.yaml
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not UTF-8.", field="file") from error
    with house(context) as opened:
        found = references.keep(opened.graph, name or references.kind_of(text), text, by=ACTOR)
        opened.ledger.audit.write(ACTOR, "reference.keep", found.name, {"dated": found.dated, "source": found.source[:200]})
        opened.ledger.jobs.enqueue(EVALUATE, {})
    text = f"{found.title} of {found.dated} count; a sweep by that is ordered."
    say({"name": found.name, "dated": found.dated}, as_json=as_json, text=text)


@reference.command("age")
@click.argument("days", type=click.IntRange(1, 3650))
@json_option
@click.pass_context
def reference_age(context: click.Context, days: int, as_json: bool) -> None:
    """Say how many days old reference data may be. Older ones judge nothing: policies that need them say unknown.

    \b
    Example:
      moorings reference age 180
    """
    with house(context) as opened:
        references.allow(opened.graph, days, by=ACTOR)
        opened.ledger.audit.write(ACTOR, "reference.allow", "allowed_days", {"days": days})
        opened.ledger.jobs.enqueue(EVALUATE, {})
    say({"days": days}, as_json=as_json, text=f"Reference data may be {days:,} days old; a sweep by that is ordered.")


@reference.command("undo")
@click.argument("name", type=_NAME)
@json_option
@click.pass_context
def reference_undo(context: click.Context, name: str, as_json: bool) -> None:
    """Take the last import back: what counted before it counts again.

    \b
    Example:
      moorings reference undo software
    """
    with house(context) as opened:
        found = references.undo(opened.graph, name)
        opened.ledger.audit.write(ACTOR, "reference.undo", name, {"dated": found.dated})
        opened.ledger.jobs.enqueue(EVALUATE, {})
    say({"name": name, "dated": found.dated, "own": found.own}, as_json=as_json, text=f"{found.title} of {found.dated} count again.")
