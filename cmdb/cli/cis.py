"""`moorings ci`: what is there, why it says so, and what it was."""

from __future__ import annotations

from typing import Any

import click

from cmdb.cli.applying import changes_text
from cmdb.cli.shell import house, json_option, say, say_rows, shown
from cmdb.cli.which import which
from cmdb.graph import cis, history
from cmdb.inventory import listing
from cmdb.inventory.query import Filter, Query, classes_of
from reconciliation import why

_INSIDE = {"display_lower", "rev", "find1", "find2", "find3", "find4", "find5", "find6"}
_COLUMNS = {"id": "ID", "class": "CLASS", "display_name": "NAME", "presence": "PRESENCE", "last_seen_at": "LAST SEEN", "sources": "SOURCES"}


@click.group()
def ci() -> None:
    """Configuration items: everything that is known."""


@ci.command("list")
@click.argument("search", required=False, default="")
@click.option("--class", "cls", help="Only this class and those that inherit from it.")
@click.option("--where", multiple=True, metavar="ATTRIBUTE=VALUE", help="Only CIs with that value; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many at most.")
@json_option
@click.pass_context
def ci_list(context: click.Context, search: str, cls: str | None, where: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List CIs, by name; or those that SEARCH finds by name, tag, serial number, address or person.

    \b
    Examples:
      moorings ci list --class laptop
      moorings ci list db1
      moorings ci list --class server --where os_family=linux --json
    """
    with house(context) as opened:
        if search:
            wanted = set(classes_of(opened.catalogue, cls))
            rows = [row for row in listing.find(opened.graph, search, limit=limit) if not wanted or row["class"] in wanted]
        else:
            filters = tuple(Filter(name, "equals", value) for name, _, value in (word.partition("=") for word in where))
            query = Query(classes=classes_of(opened.catalogue, cls), filters=filters, limit=min(limit, 1000))
            rows = []
            for row in listing.everything(opened.graph, opened.catalogue, query):
                rows.append(row)
                if len(rows) >= limit:
                    break
    say_rows([_outside(row) for row in rows], _COLUMNS, as_json=as_json, empty="There is nothing.")


@ci.command("show")
@click.argument("which_ci", metavar="CI")
@json_option
@click.pass_context
def ci_show(context: click.Context, which_ci: str, as_json: bool) -> None:
    """Show one CI: its facts, identifiers and relations. CI is an id, tag, serial number, address or name.

    \b
    Examples:
      moorings ci show LT-0042
      moorings ci show 10.1.0.7 --json
    """
    with house(context) as opened:
        found = which(opened.graph, which_ci)
        identifiers = cis.identifiers(opened.graph, str(found["id"]))
        relations = cis.relations(opened.graph, str(found["id"]))
    facts = _outside(found)
    data = {**facts, "identifiers": identifiers, "relations": relations}
    lines = [f"{name:<24} {shown(value)}" for name, value in facts.items()]
    lines += ["", "Identifiers", *(f"  {one['kind']:<20} {shown(one['value'])} ({one['grade']})" for one in identifiers)]
    lines += ["", "Relations", *(_relation(one) for one in relations)]
    say(data, as_json=as_json, text="\n".join(lines))


def _relation(row: dict[str, Any]) -> str:
    arrow = "→" if row["outward"] else "←"
    kind = str(row["key"]).split("|")[1] if str(row["key"]).count("|") else str(row["key"])
    return f"  {arrow} {kind} {shown(row['other_name'])} ({row['other_class']})"


@ci.command("why")
@click.argument("which_ci", metavar="CI")
@click.argument("attribute", required=False)
@json_option
@click.pass_context
def ci_why(context: click.Context, which_ci: str, attribute: str | None, as_json: bool) -> None:
    """Say why a CI shows these values: which source gave each, what others said, and how each source recognised it.

    \b
    Examples:
      moorings ci why LT-0042
      moorings ci why LT-0042 os_version
    """
    with house(context) as opened:
        told = why(opened.graph, opened.catalogue, str(which(opened.graph, which_ci)["id"]), attribute)
    lines = []
    for one in told["values"]:
        lines.append(f"{one['attribute']:<24} {shown(one['value'])}  [{one['source']}, {one['observed_at']}] {one['rule']}")
        lines += [f"{'':<24} not {shown(other['value'])}  [{other['source']}, {other['observed_at']}]" for other in one["others"]]
    for one in told["recognised"]:
        lines.append(f"{one['source']}: {one['class']}, {one['verdict'].get('rule', '')} ({one['observed_at']})")
    say(told, as_json=as_json, text="\n".join(lines))


@ci.command("history")
@click.argument("which_ci", metavar="CI")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many at most.")
@json_option
@click.pass_context
def ci_history(context: click.Context, which_ci: str, limit: int, as_json: bool) -> None:
    """Show what happened to a CI, the newest first.

    \b
    Example:
      moorings ci history LT-0042
    """
    with house(context) as opened:
        events = history.of_ci(opened.graph, str(which(opened.graph, which_ci)["id"]), limit=limit)
    blocks = []
    for event in events:
        who = " ".join(filter(None, (shown(event.get("actor")), shown(event.get("source")))))
        blocks.append(f"{event['at']} {event['kind']} by {who}\n" + changes_text(event["changes"], {}).removesuffix("\nNothing changes."))
    say(events, as_json=as_json, text="\n".join(blocks) or "Nothing happened since it was created.")


def _outside(row: dict[str, Any]) -> dict[str, Any]:
    """What people may see of a CI's properties: not what only the search reads."""
    return {name: value for name, value in row.items() if name not in _INSIDE}
