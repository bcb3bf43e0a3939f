"""`moorings impact`: what goes down, what only loses redundancy, who is hit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cmdb.cli.shell import house, json_option, say, shown
from cmdb.cli.which import which
from cmdb.impact.answer import answer
from cmdb.impact.question import ask

_LISTED = 40


@click.command()
@click.argument("cis", nargs=-1, required=True, metavar="CI...")
@click.option("--from", "start", default="", help="Begin of the work, ISO 8601 with zone (default: now).")
@click.option("--to", "end", default="", help="End of the work (default: two hours later).")
@click.option("--up", is_flag=True, help="The other way: what do these need?")
@click.option("--also-down", multiple=True, metavar="CI", help="Is out already; may be repeated.")
@click.option("--exclude", multiple=True, metavar="CI", help="Stays up whatever happens; may be repeated.")
@json_option
@click.pass_context
def impact(
    context: click.Context,
    cis: tuple[str, ...],
    start: str,
    end: str,
    up: bool,
    also_down: tuple[str, ...],
    exclude: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what breaks without these CIs: down, degraded, losing redundancy; services and people. A CI is an id, tag, address or name.

    \b
    Examples:
      moorings impact core-sw1 core-sw2
      moorings impact db1 --from 2026-12-24T22:00:00Z --to 2026-12-25T02:00:00Z
      moorings impact webshop --up --json
    """
    with house(context) as opened:
        ids = [[str(which(opened.graph, text)["id"]) for text in texts] for texts in (cis, also_down, exclude)]
        question = ask(ids[0], window=(start, end), direction="up" if up else "down", also_down=ids[1], exclude=ids[2])
        told = answer(opened.graph, opened.catalogue, question)
    say(told, as_json=as_json, text="\n".join(_lines(told)))


def _lines(told: Mapping[str, Any]) -> list[str]:
    """The answer for the terminal; the JSON has all of it."""
    lines: list[str] = []
    for title, name in (("Down", "down"), ("Degraded", "degraded"), ("Loses redundancy", "loses_redundancy"), ("Services", "services")):
        lines += _block(title, told.get(name))
    for name, rows in told.items():
        if name not in ("down", "degraded", "loses_redundancy", "services", "cis", "better_windows") and isinstance(rows, list):
            lines += _block(name.replace("_", " ").capitalize(), rows)
    people, risk = told.get("people"), told.get("risk")
    if isinstance(people, Mapping):
        lines.append(f"People: {people.get('total', 0)}, in this window {people.get('in_window', 0)}")
    if isinstance(risk, Mapping):
        lines.append(f"Risk: {risk.get('grade', '')}")
    return lines or ["Nothing else is hit."]


def _block(title: str, rows: Any) -> list[str]:
    if not isinstance(rows, list) or not rows:
        return []
    lines = [f"{title} ({len(rows):,})"]
    lines += [f"  {shown(row.get('class'))} {shown(row.get('name'))}" for row in rows[:_LISTED] if isinstance(row, Mapping)]
    if len(rows) > _LISTED:
        lines.append(f"  … and {len(rows) - _LISTED:,} more")
    return lines
