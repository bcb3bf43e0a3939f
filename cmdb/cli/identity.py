"""`moorings ci subjects|split|joins|undo-join|join` and `moorings source`: what is one thing, and who is believed."""

from __future__ import annotations

from typing import Any

import click

from cmdb.cli.applying import changes_text, doubted, ordered
from cmdb.cli.cis import ci
from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows, shown
from cmdb.cli.which import which
from cmdb.errors import Invalid
from cmdb.graph import joins
from cmdb.graph import sources as told
from cmdb.intake.looks import LOOK, SCAN, entries_of, looks_of, scans_of
from cmdb.model.change import Changes
from cmdb.model.times import to_text
from reconciliation import distrust as trusting
from reconciliation.distrust_looks import is_look
from reconciliation.orders import LOOKS
from reconciliation.takes import subjects_of

_REASON = click.option("--reason", required=True, help="Why; kept in the history.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Only say what would change.")


def _say(done: Changes, as_json: bool) -> None:
    _say_told(done.to_json(), as_json)


def _say_told(data: dict[str, Any], as_json: bool) -> None:
    text = changes_text(data["changes"][:200], data["counts"])
    say(data, as_json=as_json, text=text if data["applied"] else f"{text}\nNothing was written.")


@ci.command("subjects")
@click.argument("which_ci", metavar="CI")
@json_option
@click.pass_context
def ci_subjects(context: click.Context, which_ci: str, as_json: bool) -> None:
    """List what the sources themselves take a CI for: one row for each thing they speak of.

    \b
    Example:
      moorings ci subjects LT-0042
    """
    with house(context) as opened:
        found = subjects_of(opened.graph, str(which(opened.graph, which_ci)["id"]))
    rows = [{**row, "shows": ", ".join(f"{one['kind']} {shown(one['value'])}" for one in row["identifiers"])} for row in found]
    columns = {"subject": "SUBJECT", "sources": "SOURCES", "shows": "SHOWS", "last": "LAST"}
    say_rows(found if as_json else rows, columns, as_json=as_json, empty="No source speaks of it.")


@ci.command("split")
@click.argument("which_ci", metavar="CI")
@click.option("--subject", "subjects", multiple=True, required=True, help="A subject that leaves; may be repeated.")
@click.option("--loan", "loans", multiple=True, help="Id of a loan that leaves too; may be repeated.")
@_REASON
@_DRY_RUN
@json_option
@click.pass_context
def ci_split(
    context: click.Context, which_ci: str, subjects: tuple[str, ...], loans: tuple[str, ...], reason: str, dry_run: bool, as_json: bool
) -> None:
    """Split a CI that was two things: what the sources say of the subjects leaves for a CI of its own.

    \b
    Example:
      moorings ci split LT-0042 --subject serial:4f1c22aa01b3c4d5 --reason "two laptops, one placeholder" --dry-run
    """
    with house(context) as opened:
        row = which(opened.graph, which_ci)
        words = {"ci": str(row["id"]), "subjects": list(subjects), "loans": list(loans), "by": ACTOR, "reason": reason}
        done = ordered(opened, "split", words, apply=not dry_run)
    _say(done, as_json)


@ci.command("joins")
@click.argument("which_ci", metavar="CI")
@json_option
@click.pass_context
def ci_joins(context: click.Context, which_ci: str, as_json: bool) -> None:
    """List the joins that ended in a CI and can be undone, the newest first.

    \b
    Example:
      moorings ci joins LT-0042
    """
    with house(context) as opened:
        found = joins.joined_into(opened.graph, str(which(opened.graph, which_ci)["id"]))
    columns = {"id": "ID", "name": "NAME", "class": "CLASS", "at": "JOINED", "by": "BY", "reason": "WHY"}
    rows = [{name: one.get(name, "") for name in columns} for one in found]
    say_rows(rows, columns, as_json=as_json, empty="Nothing was joined into it.")


@ci.command("undo-join")
@click.argument("gone", metavar="ID")
@_REASON
@_DRY_RUN
@json_option
@click.pass_context
def ci_undo_join(context: click.Context, gone: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Part again what was joined. ID is the id that went, as `moorings ci joins` lists it.

    \b
    Example:
      moorings ci undo-join 0192f0c1-… --reason "the card was moved" --dry-run
    """
    with house(context) as opened:
        done = ordered(opened, "undo_join", {"gone": gone, "by": ACTOR, "reason": reason}, apply=not dry_run)
    _say(done, as_json)


@ci.command("join")
@click.argument("which_ci", metavar="CI")
@click.argument("other", metavar="OTHER")
@_REASON
@_DRY_RUN
@json_option
@click.pass_context
def ci_join(context: click.Context, which_ci: str, other: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Say that two CIs are one thing; the older id stays. Also how a split is undone.

    \b
    Example:
      moorings ci join LT-0042 LT-0043 --reason "one laptop, registered twice"
    """
    with house(context) as opened:
        ids = sorted(str(which(opened.graph, one)["id"]) for one in (which_ci, other))
        done = ordered(opened, "join", {"ci": ids[0], "other": ids[1], "by": ACTOR, "reason": reason}, apply=not dry_run)
    _say(done, as_json)


@click.group()
def source() -> None:
    """Sources: who speaks, and who is believed."""


@source.command("list")
@json_option
@click.pass_context
def source_list(context: click.Context, as_json: bool) -> None:
    """List who speaks of how much, and since when one is not believed.

    \b
    Example:
      moorings source list --json
    """
    with house(context) as opened:
        orders = {one.key: one for one in trusting.standing(opened.graph)}
        rows: list[dict[str, Any]] = [
            {
                **row,
                "not_believed": "; ".join(f"{o.at[:10]} {shown(o.reason)}" for o in orders.values() if o.covers(row["source"], o.subject)),
            }
            for row in told.told(opened.graph)
        ]
    columns = {"source": "SOURCE", "cis": "SPEAKS OF", "first": "FIRST", "last": "LAST", "not_believed": "NOT BELIEVED"}
    say_rows(rows, columns, as_json=as_json, empty="No source has spoken yet.")


@source.command("looks")
@click.argument("key", metavar="SOURCE")
@json_option
@click.pass_context
def source_looks(context: click.Context, key: str, as_json: bool) -> None:
    """List the newest scans, reports or imports of a source that were applied; each can be distrusted by its name.

    \b
    Example:
      moorings source looks import:list.csv
    """
    with house(context) as opened:
        scans = [
            {"subject": f"{SCAN}{one['id']}", "at": to_text(one["at"]), "by": "", "of": f"{one['hosts']} hosts"}
            for one in scans_of(opened.ledger, key)
        ]
        looks = [
            {
                "subject": f"{LOOK}{one.id}",
                "at": to_text(one.received_at),
                "by": one.meta.get("actor") or "",
                "of": f"{one.meta.get('items', 1)} items",
            }
            for one in looks_of(opened.ledger, key)
        ]
    columns = {"subject": "SUBJECT", "at": "AT", "of": "OF", "by": "BY"}
    say_rows([*scans, *looks], columns, as_json=as_json, empty="Nothing of it is in the intake.")


@source.command("distrust")
@click.argument("key", metavar="SOURCE")
@click.option(
    "--subject",
    default="",
    help="Only this one thing it speaks of, as `moorings ci subjects` lists it; or one look or scan, as `moorings source looks` does.",
)
@_REASON
@_DRY_RUN
@json_option
@click.pass_context
def source_distrust(context: click.Context, key: str, subject: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Do not believe a source any more: its records are kept and do not count.

    \b
    Examples:
      moorings source distrust agent:ocs --reason "a broken collector" --dry-run
      moorings source distrust "agent:*" --reason "rollout went wrong"
      moorings source distrust import:list.csv --subject look:5f0c… --reason "the wrong file"
    """
    with house(context) as opened:
        words: dict[str, Any] = {"source": key, "subject": subject, "by": ACTOR, "reason": reason}
        name = LOOKS if is_look(subject) else "distrust"
        if name == LOOKS:
            words["entries"] = entries_of(opened.ledger, subject)
        told = doubted(opened, name, words, apply=not dry_run)
    _say_told(told, as_json)


@source.command("trust")
@click.argument("key", metavar="SOURCE")
@click.option("--subject", default="", help="As it was given when it was distrusted.")
@_REASON
@_DRY_RUN
@json_option
@click.pass_context
def source_trust(context: click.Context, key: str, subject: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Believe a source again: what it said counts as if it had never been doubted.

    \b
    Example:
      moorings source trust agent:ocs --reason "repaired"
    """
    if "|" in key:
        raise Invalid("Name the source and give the subject with --subject.", field="source")
    with house(context) as opened:
        words = {"source": key, "subject": subject, "by": ACTOR, "reason": reason}
        told = doubted(opened, "trust", words, apply=not dry_run)
    _say_told(told, as_json)
