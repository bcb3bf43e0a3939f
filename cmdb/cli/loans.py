"""`moorings loan`: hand out, take back, and who has what."""

from __future__ import annotations

from typing import Any

import click

from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows, shown
from cmdb.cli.which import which
from cmdb.errors import CmdbError, Invalid, NotFound
from cmdb.graph import cis
from cmdb.intake.acts import apply_now
from cmdb.loans.desk import Desk, Terms, facts
from cmdb.loans.loan import Loan
from cmdb.loans.scan import find_device, take_back
from cmdb.model import times
from cmdb.runtime.house import House
from cmdb.runtime.reminding import remind_all, would_remind
from reconciliation import reconcile


@click.group()
def loan() -> None:
    """Loaned equipment."""


@loan.command("out")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@click.option("--to", "person", required=True, help="Who borrows: e-mail address, login or name.")
@click.option("--due", required=True, metavar="YYYY-MM-DD", help="The day it is due.")
@click.option("--note", default="", help="A note that stays with the loan.")
@click.option("--condition", default="good", show_default=True, help="good, worn or damaged.")
@click.option("--accessory", multiple=True, help="What goes along; may be repeated.")
@json_option
@click.pass_context
def loan_out(
    context: click.Context,
    tags: tuple[str, ...],
    person: str,
    due: str,
    note: str,
    condition: str,
    accessory: tuple[str, ...],
    as_json: bool,
) -> None:
    """Lend devices, all or none. TAG is an asset tag, serial number, host name or id.

    \b
    Example:
      moorings loan out LT-0042 --to ada@example.org --due 2026-12-24 --accessory charger
    """
    with house(context) as opened:
        devices = [_device(opened, tag) for tag in tags]
        borrower = str(which(opened.graph, person)["id"])
        terms = Terms(due_on=due, note=note, condition=condition, accessories=accessory)
        lent = Desk(opened.graph, opened.catalogue).check_out_many(devices, borrower, terms, actor=ACTOR)
        for one in lent:
            _tell(opened, one, "loan.out")
    text = "\n".join(f"{one.device_name} is with {one.person_name} until {one.due_on}." for one in lent)
    say([one.to_json() for one in lent], as_json=as_json, text=text)


@loan.command("in")
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
@click.option("--with", "returned", multiple=True, metavar="ACCESSORY", help="What came back along; may be repeated.")
@click.option("--all-accessories", is_flag=True, help="Everything that went along came back.")
@json_option
@click.pass_context
def loan_in(context: click.Context, tags: tuple[str, ...], returned: tuple[str, ...], all_accessories: bool, as_json: bool) -> None:
    """Take devices back, one after another; each line says what happened. Exit code 1 where one was not taken.

    \b
    Examples:
      moorings loan in LT-0042 LT-0043
      moorings loan in LT-0042 --with charger
    """
    rows: list[dict[str, Any]] = []
    with house(context) as opened:
        for tag in tags:
            came = list(returned) or None
            if all_accessories:
                came = _all_of(opened, tag)
            done = take_back(opened.graph, opened.catalogue, tag, actor=ACTOR, returned=came)
            if done.loan is not None and done.loan.state != "open":
                _tell(opened, done.loan, "loan.in")
            rows.append({"tag": tag, "outcome": done.outcome, "message": done.message, "device": done.device})
    say(rows, as_json=as_json, text="\n".join(f"{row['outcome']:<18} {row['message']}" for row in rows))
    failed = sum(row["outcome"] != "ok" for row in rows)
    if failed:
        raise CmdbError(f"{failed} of {len(rows)} need a look.")


@loan.command("list")
@click.option("--overdue", is_flag=True, help="Only those that are late.")
@click.option("--state", type=click.Choice(("open", "returned", "lost")), default="open", show_default=True, help="Which loans.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many at most.")
@json_option
@click.pass_context
def loan_list(context: click.Context, overdue: bool, state: str, limit: int, as_json: bool) -> None:
    """List loans by the day they are due.

    \b
    Example:
      moorings loan list --overdue
    """
    today = times.now().date()
    with house(context) as opened:
        found = Desk(opened.graph, opened.catalogue).listed(state=state, overdue=overdue, limit=limit)
    rows = [one.to_json() | {"days_late": one.days_late(today)} for one in found]
    columns = {"asset_tag": "TAG", "device_name": "DEVICE", "person_name": "WITH", "due_on": "DUE", "days_late": "DAYS LATE"}
    say_rows(rows, columns, as_json=as_json, empty="Nothing is on loan.")


@loan.command("remind")
@click.option("--dry-run", is_flag=True, help="Show who would be written to; send and note nothing.")
@json_option
@click.pass_context
def loan_remind(context: click.Context, dry_run: bool, as_json: bool) -> None:
    """Remind people of overdue loans by mail, one message each; the server does this once a day by itself. Nobody is reminded twice.

    \b
    Examples:
      moorings loan remind --dry-run
      MOORINGS_SMTP_HOST=mail.example.org MOORINGS_SMTP_FROM=desk@example.org moorings loan remind
    """
    with house(context) as opened:
        if dry_run:
            _say_plan(would_remind(opened), as_json=as_json)
            return
        done = remind_all(opened)
    lines = [f"{done['sent']} sent, {done['failed']} not taken by the mail server."]
    lines += [f"Nobody can write to {shown(one['name'])}: {one['reason']}." for one in done["cannot"]]
    say(done, as_json=as_json, text="\n".join(lines))


def _say_plan(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    told = rows if as_json else [{**row, "devices": [one["device"] for one in row["devices"]]} for row in rows]
    columns = {"name": "NAME", "email": "E-MAIL", "devices": "DEVICES", "cannot": "CANNOT"}
    say_rows(told, columns, as_json=as_json, empty="Nobody is to be reminded.")


def _device(opened: House, tag: str) -> str:
    found = find_device(opened.graph, opened.catalogue, tag)
    if not found:
        raise NotFound(f"No device is known by {tag[:100]!r}.", field="device")
    if len(found) > 1:
        raise Invalid(f"{tag[:100]!r} fits {len(found)} devices; use the asset tag.", field="device")
    return found[0]["id"]


def _all_of(opened: House, tag: str) -> list[str] | None:
    """The names of all accessories of the device's open loan."""
    found = find_device(opened.graph, opened.catalogue, tag)
    known = Desk(opened.graph, opened.catalogue).open_of(found[0]["id"]) if len(found) == 1 else None
    return [one.name for one in known.accessories for _ in range(one.quantity)] if known else None


def _tell(opened: House, one: Loan, action: str) -> None:
    """What the loan means for its device, and the audit log."""
    cls = str(cis.get(opened.graph, one.device)["class"])
    apply_now(opened.ledger, opened.graph, facts(one, cls), lambda seen: reconcile(opened.graph, opened.catalogue, seen))
    opened.ledger.audit.write(ACTOR, action, one.device, {"person": one.person, "loan": one.id})
