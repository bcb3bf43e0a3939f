"""`moorings import`, `export` and `observation`: files in and out."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import click

from cmdb.cli.applying import applied, changes_text
from cmdb.cli.shell import ACTOR, house, json_option, note, say, shown
from cmdb.errors import CmdbError, Invalid
from cmdb.intake import submit_observation
from cmdb.intake.submit import refused_of
from cmdb.inventory import listing
from cmdb.inventory.query import Query, classes_of
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.observation_json import from_json
from cmdb.model.observation_sifting import Sifted, sifted
from cmdb.runtime.house import House
from discovery.tables import RowError, read_table, shipped_mappings
from reconciliation import preview
from reconciliation.refusing import refused
from web.frame.export import safe_cell
from web.frame.personal import without_what_is_personal

_FIRST = ("id", "class", "display_name", "presence", "last_seen_at")
_ERRORS_SHOWN = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--class", "cls", help="Class of rows that do not tell their own.")
@click.option("--mapping", help=f"What the columns mean: {', '.join(sorted(shipped_mappings()))}; else recognised by the header.")
@click.option("--source", help="Name of the source (default: the file's name). The same source later updates what it said.")
@click.option("--dry-run", is_flag=True, help="Show what would change; keep nothing.")
@json_option
@click.pass_context
def import_(
    context: click.Context, file: Path, cls: str | None, mapping: str | None, source: str | None, dry_run: bool, as_json: bool
) -> None:
    """Import a CSV file. Rows that cannot be read are named with their fix; the others go in.

    \b
    Examples:
      moorings import warehouse.csv --class laptop --dry-run
      moorings import warehouse.csv --class laptop
      moorings import export.csv --mapping snipe-it
    """
    data = _bytes(file)
    with house(context) as opened:
        name = source or ("standard input" if str(file) == "-" else file.name)
        table = read_table(data, opened.catalogue, cls=cls, source_name=name, mapping=mapping, now=times.now(), judge=refused)
        for error in (*table.errors, *table.warnings)[:_ERRORS_SHOWN]:
            note(shown(str(error)))
        if not table.observation.items:
            raise Invalid("No row of the file can be imported.", field="file")
        facts = {"rows": table.rows, "refused_rows": table.refused_rows, "errors": [_error(one) for one in table.errors]}
        facts["warnings"] = [_error(one) for one in table.warnings]
        _take(opened, Sifted(table.observation), facts, dry_run=dry_run, as_json=as_json)
    if table.refused_rows:
        raise CmdbError(f"{table.refused_rows:,} of {table.rows:,} rows were refused; the others {'would go' if dry_run else 'went'} in.")


@click.group()
def observation() -> None:
    """Observations: what any source may say, as published JSON."""


@observation.command("submit")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Show what would change; keep nothing.")
@click.option("--strict", is_flag=True, help="Refuse the whole where any piece of it is wrong.")
@json_option
@click.pass_context
def observation_submit(context: click.Context, file: Path, dry_run: bool, strict: bool, as_json: bool) -> None:
    """Hand in an observation in its published JSON form (docs: reference, observation). Pieces that are wrong are named and left out; the
    others go in.

    \b
    Examples:
      moorings observation submit seen.json --dry-run
      my-probe | moorings observation submit -
    """
    data = _bytes(file)
    try:
        given = json.loads(data)
    except ValueError as error:
        raise Invalid(f"{file} is not JSON: {error}.", field="file") from error
    with house(context) as opened:
        now = times.now()
        read = Sifted(from_json(given, opened.catalogue, now=now)) if strict else sifted(given, opened.catalogue, now=now)
        for piece in read.refused[:_ERRORS_SHOWN]:
            note(shown(str(piece)))
        facts = {"refused": refused_of(read)} if read.count else {}
        _take(opened, read, facts, dry_run=dry_run, as_json=as_json)
    if read.count:
        raise CmdbError(f"{read.count:,} pieces were refused; the others {'would go' if dry_run else 'went'} in.")


def _take(opened: House, read: Sifted, facts: dict[str, Any], *, dry_run: bool, as_json: bool) -> None:
    """Keep and apply the observation (or only preview it), and say what it did."""
    said = read.observation
    if dry_run:
        told = preview(opened.graph, opened.catalogue, said).to_json()
        say({**facts, **told}, as_json=as_json, text=changes_text(told["changes"], told["counts"]))
        return
    kept = without_what_is_personal(opened.graph, opened.ledger, opened.catalogue, said)
    entry_id = submit_observation(opened.ledger, kept, actor=ACTOR, sifted=read)
    entry = applied(opened, [entry_id])[0]
    told = dict(entry.result or {})
    data = {**facts, "entry": entry_id, "state": entry.state, "reason": entry.reason, **told}
    text = changes_text(told.get("changes", [])[:50], told.get("counts", {}))
    if entry.state == "waiting" or entry.state == "running":
        text = f"Accepted as {entry_id}; it is applied later."
    if entry.state == "parked":
        raise CmdbError(f"Accepted as {entry_id}, and set aside: {entry.reason}")
    say(data, as_json=as_json, text=text)


@click.command("export")
@click.option("--class", "cls", help="Only CIs of this class and those that inherit from it.")
@click.option("--format", "form", type=click.Choice(("csv", "json")), default="csv", show_default=True, help="Form of the output.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File to write (default: standard output).")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_context
def export(context: click.Context, cls: str | None, form: str, output: Path | None, as_json: bool) -> None:
    """Export CIs with their golden values.

    \b
    Examples:
      moorings export --class laptop -o laptops.csv
      moorings export --json > everything.json
    """
    with house(context) as opened:
        query = Query(classes=classes_of(opened.catalogue, cls))
        rows = list(listing.everything(opened.graph, opened.catalogue, query))
        names = _columns(opened.catalogue, cls, rows)
    text = _json(rows, names) if as_json or form == "json" else _csv(rows, names)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise CmdbError(f"{output} cannot be written: {error.strerror}.") from error
    note(f"{len(rows):,} CIs written to {output}.")


def _columns(catalogue: Catalogue, cls: str | None, rows: list[dict[str, Any]]) -> list[str]:
    """The columns: what every CI has, then the attributes of the class, or those that any row has."""
    if cls:
        return [*_FIRST, *(name for name in catalogue.cls(cls).attributes if name not in _FIRST)]
    known = {name for one in catalogue.classes.values() for name in one.attributes}
    return [*_FIRST, *sorted({name for row in rows for name in row if name in known} - set(_FIRST))]


def _csv(rows: list[dict[str, Any]], names: list[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([safe_cell(row.get(name)) for name in names])
    return text.getvalue()


def _json(rows: list[dict[str, Any]], names: list[str]) -> str:
    kept = [{name: row[name] for name in names if row.get(name) is not None} for row in rows]
    return json.dumps(kept, ensure_ascii=False, indent=1, default=str) + "\n"


def _bytes(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.", field="file") from error


def _error(error: RowError) -> dict[str, Any]:
    return {"row": error.row, "column": error.column, "message": error.message}
