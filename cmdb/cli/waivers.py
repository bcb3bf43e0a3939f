"""`moorings exception` and `moorings attestation`: who accepted which failure until when."""

from __future__ import annotations

import getpass
from dataclasses import replace
from typing import Any

import click

from cmdb.cli.shell import house, json_option, say, say_rows
from cmdb.cli.which import which
from cmdb.compliance import waivers
from cmdb.compliance.waivers import Draft, Waiver
from cmdb.errors import Invalid
from cmdb.runtime.house import House

_COLUMNS = {
    "id": "ID",
    "state": "STATE",
    "policy": "POLICY",
    "scope": "WHOM",
    "until": "UNTIL",
    "requested_by": "BY",
    "decided_by": "DECIDED BY",
}


@click.group("exception")
def exception() -> None:
    """Failures that two people accepted until a day; they stay failures."""


@click.group("attestation")
def attestation() -> None:
    """What owners of personal devices answer for; never a pass."""


def _listed(context: click.Context, kind: str, state: str, as_json: bool) -> None:
    with house(context) as opened:
        rows = [one.to_json() for one in waivers.listed(opened.graph, kind, state=state)]
    told = rows if as_json else [{**row, "state": row["state"].replace("_", " ")} for row in rows]
    say_rows(told, _COLUMNS, as_json=as_json, empty="There are none.")


@exception.command("list")
@click.option("--state", type=click.Choice(waivers.STATES), help="Only these.")
@json_option
@click.pass_context
def exception_list(context: click.Context, state: str | None, as_json: bool) -> None:
    """List exceptions, the newest first.

    \b
    Example:
      moorings exception list --state requested
    """
    _listed(context, "exception", state or "", as_json)


@attestation.command("list")
@click.option("--state", type=click.Choice(waivers.STATES), help="Only these.")
@json_option
@click.pass_context
def attestation_list(context: click.Context, state: str | None, as_json: bool) -> None:
    """List attestations, the newest first.

    \b
    Example:
      moorings attestation list
    """
    _listed(context, "attestation", state or "", as_json)


@exception.command("request")
@click.argument("policy")
@click.option("--endpoint", default="", help="One endpoint: asset tag, serial number, host name or id.")
@click.option("--ownership", default="", help="Or all of this ownership.")
@click.option("--site", default="", help="Or all of this site.")
@click.option("--team", default="", help="Or all of this team.")
@click.option("--class", "cls", default="", help="Or all of this class.")
@click.option("--reason", required=True, help="Why it cannot be repaired now.")
@click.option("--control", required=True, help="What guards instead.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day, at most a year away.")
@click.option("--by", default="", help="Login of who asks; the account of this shell unless given.")
@json_option
@click.pass_context
def exception_request(context: click.Context, /, policy: str, endpoint: str, by: str, as_json: bool, **words: str) -> None:
    """Ask for an exception. It counts when somebody else has approved it.

    \b
    Example:
      moorings exception request disk-encryption --endpoint LT-0042 --until 2027-03-31 --reason "driver" --control "locked room" --by otto
    """
    with house(context) as opened:
        ci = str(which(opened.graph, endpoint)["id"]) if endpoint else ""
        made = waivers.request(
            opened.graph, replace(Draft(policy, words.pop("reason"), words.pop("until"), ci=ci), **words), by=_who(opened, by)
        )
        _told(opened, made, "request", made.requested_by)
    say(made.to_json(), as_json=as_json, text=f"Asked for: {made.id}. Somebody else must approve it.")


@attestation.command("add")
@click.argument("policy")
@click.option("--endpoint", required=True, help="The personal device: asset tag, serial number, host name or id.")
@click.option("--reason", required=True, help="What the owner says, and how they looked.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The last day, at most 90 days away.")
@click.option("--by", default="", help="Login of who says so; the account of this shell unless given.")
@json_option
@click.pass_context
def attestation_add(context: click.Context, policy: str, endpoint: str, reason: str, until: str, by: str, as_json: bool) -> None:
    """Note what the owner of a personal device says. It is shown as attested, and never counts as a pass.

    \b
    Example:
      moorings attestation add screen-lock --endpoint ada-phone --reason "PIN, locks after a minute" --until 2027-01-31 --by ada
    """
    with house(context) as opened:
        draft = Draft(policy, reason, until, ci=str(which(opened.graph, endpoint)["id"]))
        made = waivers.attest(opened.graph, draft, by=_who(opened, by))
        _told(opened, made, "attest", made.requested_by)
    say(made.to_json(), as_json=as_json, text=f"Noted: {made.id}.")


@exception.command("decide")
@click.argument("waiver")
@click.argument("decision", type=click.Choice(["approve", "refuse", "withdraw"]))
@click.option("--why", default="", help="Why it is refused or ended.")
@click.option("--by", default="", help="Login of who decides; the account of this shell unless given.")
@json_option
@click.pass_context
def exception_decide(context: click.Context, waiver: str, decision: str, why: str, by: str, as_json: bool) -> None:
    """Approve or refuse what somebody else asked for, or end an exception or attestation.

    \b
    Example:
      moorings exception decide 0193… approve --by vera
    """
    with house(context) as opened:
        who = _who(opened, by)
        if decision == "withdraw":
            one = waivers.withdraw(opened.graph, waiver, by=who, why=why)
        else:
            one = waivers.decide(opened.graph, waiver, by=who, approve=decision == "approve", why=why)
        _told(opened, one, decision, who)
    say(one.to_json(), as_json=as_json, text=f"{one.scope}: {one.state.replace('_', ' ')}.")


def _who(opened: House, by: str) -> str:
    """The login; two different people are needed, so it must be somebody the house knows."""
    login = by or getpass.getuser()
    if opened.ledger.accounts.by_login(login) is None:
        raise Invalid(f"There is no account {login[:60]!r}; say who it is with --by LOGIN.", field="by")
    return login


def _told(opened: House, one: Waiver, action: str, who: str) -> None:
    detail: dict[str, Any] = {"policy": one.policy, "scope": one.scope, "until": one.until, "state": one.state, "by": "command line"}
    opened.ledger.audit.write(who, f"{one.kind}.{action}", one.id, detail)
