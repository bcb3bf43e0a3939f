"""`moorings software`: who has a product or a range of versions, how many have which, who lacks it, what changed on one."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from cmdb.cli.shell import house, json_option, note, say_rows
from cmdb.cli.which import which
from cmdb.inventory import software as installs
from cmdb.inventory.query import classes_of
from web.frame.export import safe_cell

_RANGE = click.option("--range", "span", default="", metavar="RANGE", help="Versions, e.g. '>=3.0.2, <3.0.13' or '3.0.*'.")
_ECOSYSTEM = click.option("--ecosystem", default="", help="Only of this one: deb, rpm, windows …")
_CSV = click.option("--csv", "as_csv", is_flag=True, help="Print CSV, and nothing else, on standard output.")


@click.group()
def software() -> None:
    """What is installed, over all endpoints."""


def _tell(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, as_csv: bool, empty: str) -> None:
    if not as_csv:
        listed: Sequence[Mapping[str, Any]] = list(rows)
        say_rows(listed, columns, as_json=as_json, empty=empty)
        return
    writer = csv.writer(sys.stdout)
    writer.writerow([name.lower() for name in columns])
    for row in rows:
        writer.writerow([safe_cell(row.get(name)) for name in columns])


@software.command("products")
@click.argument("beginning", default="")
@_CSV
@json_option
@click.pass_context
def products(context: click.Context, beginning: str, as_csv: bool, as_json: bool) -> None:
    """List products whose name begins so.

    \b
    Example:
      moorings software products open
    """
    with house(context) as opened:
        rows = installs.products(opened.graph, beginning, limit=10_000)
    columns = {"name": "PRODUCT", "ecosystems": "KIND", "versions": "VERSIONS"}
    _tell(rows, columns, as_json=as_json, as_csv=as_csv, empty="No product begins so.")


@software.command("versions")
@click.argument("name")
@_RANGE
@_ECOSYSTEM
@_CSV
@json_option
@click.pass_context
def versions(context: click.Context, name: str, span: str, ecosystem: str, as_csv: bool, as_json: bool) -> None:
    """How many have which version, in the order of the product's own ecosystem.

    \b
    Example:
      moorings software versions openssl --range '<3.0.13'
    """
    with house(context) as opened:
        found = installs.versions_of(opened.graph, name, span, ecosystem)
    words = {True: "yes", False: "no", None: "cannot be compared"}
    rows = [{"version": one.version, "ecosystem": one.ecosystem, "endpoints": one.n, "inside": words[one.inside]} for one in found]
    columns = {"version": "VERSION", "ecosystem": "KIND", "endpoints": "ENDPOINTS", "inside": "IN THE RANGE"}
    _tell(rows, columns, as_json=as_json, as_csv=as_csv, empty="There are none.")


@software.command("who")
@click.argument("name")
@_RANGE
@_ECOSYSTEM
@_CSV
@json_option
@click.pass_context
def who(context: click.Context, name: str, span: str, ecosystem: str, as_csv: bool, as_json: bool) -> None:
    """Who has a product, or a range of its versions.

    \b
    Examples:
      moorings software who openssl --range '>=3.0.0, <3.0.13'
      moorings software who "Mozilla Firefox" --csv > firefox.csv
    """
    with house(context) as opened:
        rows = [_row(one) for one in installs.everyone_with(opened.graph, name, span, ecosystem)]
    columns = {"name": "NAME", "version": "VERSION", "ecosystem": "KIND", "class": "CLASS", "sources": "SOURCES", "ci": "ID"}
    _tell(rows, columns, as_json=as_json, as_csv=as_csv, empty="Nobody has it.")


@software.command("lacking")
@click.argument("name")
@_RANGE
@click.option("--class", "cls", default="endpoint", show_default=True, help="Only of this class and those that inherit from it.")
@click.option("--state", type=click.Choice(("lacks", "unknown")), help="Only those that lack it, or only those nobody can tell of.")
@_CSV
@json_option
@click.pass_context
def lacking(context: click.Context, name: str, span: str, cls: str, state: str | None, as_csv: bool, as_json: bool) -> None:
    """Who lacks a product or a range of its versions, apart from those of which nobody can tell.

    \b
    Example:
      moorings software lacking falcon-sensor --state lacks
    """
    with house(context) as opened:
        classes = classes_of(opened.catalogue, cls)
        rows = [_row(one) for one in installs.everyone_lacking(opened.graph, classes, name, span, state=state or "")]
    columns = {"name": "NAME", "state": "STATE", "reason": "WHY UNKNOWN", "class": "CLASS", "ci": "ID"}
    _tell(rows, columns, as_json=as_json, as_csv=as_csv, empty="Nobody lacks it.")


@software.command("changes")
@click.argument("ci")
@click.option("--since", required=True, help="A day, or a time with zone.")
@_CSV
@json_option
@click.pass_context
def changes(context: click.Context, ci: str, since: str, as_csv: bool, as_json: bool) -> None:
    """What was installed, updated and removed on one CI since a day.

    \b
    Example:
      moorings software changes ada-laptop --since 2026-11-01
    """
    with house(context) as opened:
        found, shortened = installs.changed(opened.graph, str(which(opened.graph, ci)["id"]), installs.since_of(since))
    if shortened:
        note("One report changed more than 200 products; those beyond are not told.")
    columns = {"at": "WHEN", "kind": "WHAT", "name": "PRODUCT", "before": "BEFORE", "after": "AFTER", "source": "SOURCE"}
    _tell([asdict(one) for one in found], columns, as_json=as_json, as_csv=as_csv, empty="Nothing changed.")


def _row(one: Any) -> dict[str, Any]:
    """A row as it is printed: without what only pages need."""
    row = {name: value for name, value in asdict(one).items() if name not in ("place", "cls")}
    return {**row, "class": one.cls}
