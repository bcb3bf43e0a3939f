"""`moorings rules`: by which rules things are recognised and values chosen, what others would do, and switching them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows, shown
from cmdb.errors import NotFound
from cmdb.runtime.house import House
from cmdb.runtime.rules_work import carrying, foreseen_for
from reconciliation import rules as in_force
from reconciliation.rules_check import MOST_TOLD, Foreseen, check
from reconciliation.rules_folder import RulesFolder, Switch
from reconciliation.rules_follow import WAIT, WAYS, follow
from reconciliation.rules_reading import read_folder
from reconciliation.rules_redraw import redraw

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def rules() -> None:
    """Identity rules: the set in force, what another one would do, and switching."""


@rules.command("show")
@json_option
@click.pass_context
def rules_show(context: click.Context, as_json: bool) -> None:
    """The rule set in force, and the switches before it.

    \b
    Example:
      moorings rules show
    """
    with house(context):
        keeper = _keeper()
        found = keeper.rules.to_json()
        history = [] if keeper.fixed else [switch.to_json() for switch in keeper.history()]
    if as_json:
        say({**found, "folder": str(keeper.folder), "switches": history}, as_json=True, text="")
        return
    files = ", ".join(found["files"]) or "only what is shipped"
    say(None, as_json=False, text=f"{found['name']} {found['label']} ({files}); {found['cases']} cases passed. Folder: {keeper.folder}")
    columns = {"at": "AT", "by": "BY", "label": "SET", "name": "NAME", "reason": "REASON"}
    say_rows(history, columns, as_json=False, empty="It was never switched.")


@rules.command("check")
@click.argument("folder", type=_FOLDER, required=False)
@json_option
@click.pass_context
def rules_check(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """What the rules of FOLDER would do to the present graph: who would join or part, which values change. Writes nothing.

    Without FOLDER: what the shipped rules would do.

    \b
    Examples:
      moorings rules check ./new-rules
      moorings rules check ./new-rules --json
    """
    with house(context) as opened:
        made = _keeper().tried(read_folder(folder))
        told = check(opened.graph, opened.catalogue, made).to_json()
    say(
        {"rules": made.to_json(), **told},
        as_json=as_json,
        text=f"{made.name} {made.label}: {made.cases} cases passed.\n{foreseen_text(told)}",
    )


@rules.command("use")
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--shipped", is_flag=True, help="Go back to the shipped rules alone.")
@click.option("--reason", required=True, help="Why the rules change.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--joins-and-parts",
    "way",
    type=click.Choice(WAYS),
    default=WAIT,
    show_default=True,
    help="What the new rules take for one, or for several: wait until the sources speak again, ask in the review queue, or do it now.",
)
@json_option
@click.pass_context
def rules_use(context: click.Context, folder: Path | None, shipped: bool, reason: str, yes: bool, way: str, as_json: bool) -> None:
    """Put the rules of FOLDER in force, and draw values and identifiers anew. `moorings rules undo` takes it back.

    \b
    Examples:
      moorings rules use ./new-rules --reason "the badge number identifies here"
      moorings rules use ./new-rules --reason "the badge number identifies here" --joins-and-parts ask
    """
    if (folder is None) == (not shipped):
        raise click.UsageError("Name a folder, or say --shipped.")
    with house(context) as opened:
        keeper, files = _keeper(), read_folder(folder)
        if folder is not None and not files:
            raise NotFound(f"There is no .yaml file in {shown(folder)}.")
        made = keeper.tried(files)
        if not yes:
            told = check(opened.graph, opened.catalogue, made).to_json()
            click.echo(foreseen_text(told), err=as_json)
            click.confirm(f"Put {made.name} {made.label} in force?", abort=True, err=as_json)
        found = foreseen_for(opened, made, keeper.rules, way)
        _done(opened, keeper.use(files, by=ACTOR, reason=reason), "rules.use", as_json=as_json, found=found, way=way)


@rules.command("undo")
@click.option("--reason", required=True, help="Why.")
@json_option
@click.pass_context
def rules_undo(context: click.Context, reason: str, as_json: bool) -> None:
    """Put the rules before the last switch in force again, and draw everything anew.

    \b
    Example:
      moorings rules undo --reason "two racks became one"
    """
    with house(context) as opened:
        _done(opened, _keeper().undo(by=ACTOR, reason=reason), "rules.undo", as_json=as_json)


def _done(opened: House, switch: Switch, action: str, *, as_json: bool, found: Foreseen | None = None, way: str = WAIT) -> None:
    opened.ledger.audit.write(ACTOR, action, switch.label, {"reason": switch.reason, "files": sorted(switch.files)})
    drawn = redraw(opened.graph, opened.catalogue, by=ACTOR, reason=f"rules {switch.label}: {switch.reason}").to_json()
    followed = follow(opened.graph, found or Foreseen(), way, carrying(opened), by=ACTOR, label=switch.label).to_json()
    text = f"In force: {switch.name} {switch.label}. {drawn['values']:,} values and {drawn['identifiers']:,} identifiers became different."
    if way != WAIT:
        text += f" {followed['asked']:,} questions asked, {followed['joined']:,} joined, {followed['parted']:,} parted"
        text += f", {followed['left_count']:,} left." if followed["left_count"] else "."
    say({**switch.to_json(), "drawn": drawn, "followed": followed}, as_json=as_json, text=text)


def _keeper() -> RulesFolder:
    keeper = in_force.house()
    if not isinstance(keeper, RulesFolder):
        raise NotFound("This house has no rules folder.")
    return keeper


def foreseen_text(told: Mapping[str, Any]) -> str:
    """What would change, a line each."""
    counts, lines = told["counts"], []
    for one in told["joins"]:
        weak = " (thin evidence)" if one["weak"] else ""
        lines.append(f"= {shown(one['name'])} and {shown(one['other_name'])} would be one: {shown(one['rule'])}{weak}")
    for one in told["parts"]:
        groups = " | ".join(shown(group) for group in one["groups"])
        lines.append(f"/ {one['class']} {shown(one['name'])} would be {len(one['groups'])}: {groups}")
    for one in told["identifiers"]:
        why = f" ({shown(one['why'])})" if one["why"] else ""
        lines.append(f"~ {shown(one['name'])}  {one['kind']} {shown(one['value'])}: {one['before']} → {one['after']}{why}")
    for one in told["values"]:
        before, after = (shown(one[side]) or "(nothing)" for side in ("before", "after"))
        lines.append(f"~ {shown(one['name'])}  {shown(one['attribute'])}: {before} → {after}")
    if any(count > MOST_TOLD for count in counts.values()):
        lines.append(f"… of each kind the first {MOST_TOLD} are listed")
    total = (
        f"{told['examined']:,} CIs looked at: {counts['joins']:,} pairs would join, {counts['parts']:,} CIs would part, "
        f"{counts['identifiers']:,} identifiers and {counts['values']:,} values would change."
    )
    return "\n".join([*lines, total])
