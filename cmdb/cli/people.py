"""`moorings user`, `token` and `agent-token`: who may come in."""

from __future__ import annotations

import sys
from datetime import timedelta

import click

from cmdb.cli.shell import ACTOR, address, json_option, ledger, load_settings, say, say_rows
from cmdb.compliance.policy import OWNERSHIPS
from cmdb.store import ROLES


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True, help="What the account may do.")
@click.option("--name", default="", help="Full name.")
@click.option("--email", default="", help="E-mail address; it links the account to the person in the graph.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
@click.pass_context
def user_add(context: click.Context, login: str, role: str, name: str, email: str, password_stdin: bool, as_json: bool) -> None:
    """Add an account. Without --password-stdin a one-time sign-in link is printed instead of a password.

    \b
    Examples:
      moorings user add ada --role administrator
      moorings user add otto --role operator --password-stdin < password.txt
    """
    settings = load_settings(context)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with ledger(context) as opened:
        account = opened.accounts.add(login, password, role, name=name, email=email)
        opened.audit.write(ACTOR, "account.add", account.login, {"role": role})
        link = "" if password_stdin else f"{address(settings, opened)}/sign-in/{opened.sessions.one_time(account.id)}"
    said = {"id": account.id, "login": account.login, "role": role} | ({"sign_in": link} if link else {})
    say(said, as_json=as_json, text=link or f"{account.login} may sign in.")


@user.command("list")
@json_option
@click.pass_context
def user_list(context: click.Context, as_json: bool) -> None:
    """List the accounts.

    \b
    Example:
      moorings user list --json
    """
    with ledger(context) as opened:
        rows = [
            {"login": a.login, "role": a.role, "name": a.name, "email": a.email, "active": a.active, "last_seen_at": a.last_seen_at}
            for a in opened.accounts.list()
        ]
    columns = {"login": "LOGIN", "role": "ROLE", "name": "NAME", "active": "ACTIVE", "last_seen_at": "LAST SEEN"}
    say_rows(rows, columns, as_json=as_json, empty="There are no accounts.")


@click.group()
def token() -> None:
    """Tokens for programs that use the API."""


@token.command("add")
@click.argument("name", required=False, default="token")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the token may do.")
@json_option
@click.pass_context
def token_add(context: click.Context, name: str, role: str, as_json: bool) -> None:
    """Add an API token and print it on the last line. It is shown only now.

    \b
    Example:
      moorings token add reporting --role auditor
    """
    with ledger(context) as opened:
        plain = opened.api_tokens.add(name, role, created_by=ACTOR)
        opened.audit.write(ACTOR, "token.add", name, {"role": role})
    say({"name": name, "role": role, "token": plain}, as_json=as_json, text=plain)


@token.command("list")
@json_option
@click.pass_context
def token_list(context: click.Context, as_json: bool) -> None:
    """List API tokens (never the tokens themselves).

    \b
    Example:
      moorings token list
    """
    with ledger(context) as opened:
        rows = [
            {"id": t.id, "name": t.name, "role": t.role, "last_used_at": t.last_used_at, "revoked": t.revoked}
            for t in opened.api_tokens.list()
        ]
    columns = {"id": "ID", "role": "ROLE", "name": "NAME", "last_used_at": "LAST USED", "revoked": "REVOKED"}
    say_rows(rows, columns, as_json=as_json, empty="There are no tokens.")


@token.command("revoke")
@click.argument("token_id")
@json_option
@click.pass_context
def token_revoke(context: click.Context, token_id: str, as_json: bool) -> None:
    """Revoke an API token by its id.

    \b
    Example:
      moorings token revoke 4f0c…
    """
    with ledger(context) as opened:
        opened.api_tokens.revoke(token_id)
        opened.audit.write(ACTOR, "token.revoke", token_id)
    say({"id": token_id, "revoked": True}, as_json=as_json, text="Revoked.")


@click.group("agent-token")
def agent_token() -> None:
    """Enrolment tokens: the address to which endpoints report."""


@agent_token.command("add")
@click.argument("name", required=False, default="endpoints")
@click.option("--site", default="", help="Name of the site of devices that report with it.")
@click.option("--ownership", type=click.Choice(OWNERSHIPS), help="Whose the devices are; not said counts as personal.")
@json_option
@click.pass_context
def agent_token_add(context: click.Context, name: str, site: str, ownership: str | None, as_json: bool) -> None:
    """Add an enrolment token and print it on the last line. It is shown only now.

    \b
    Example:
      moorings agent-token add laptops-berlin --site Berlin
      fusioninventory-agent --server http://127.0.0.1:8765/agent/TOKEN
    """
    settings = load_settings(context)
    with ledger(context) as opened:
        plain = opened.agent_tokens.add(name, site=site, ownership=ownership or "")
        opened.audit.write(ACTOR, "agent_token.add", name, {"site": site, "ownership": ownership or ""})
        door = f"{address(settings, opened)}/agent/{plain}"
    say({"name": name, "token": plain, "address": door}, as_json=as_json, text=f"Agents report to {door}\n{plain}")


@agent_token.command("list")
@json_option
@click.pass_context
def agent_token_list(context: click.Context, as_json: bool) -> None:
    """List enrolment tokens (never the tokens themselves).

    \b
    Example:
      moorings agent-token list
    """
    with ledger(context) as opened:
        rows = [
            {
                "id": t.id,
                "name": t.name,
                "site": t.site,
                "ownership": t.ownership,
                "uses": t.uses,
                "last_used_at": t.last_used_at,
                "revoked": t.revoked,
            }
            for t in opened.agent_tokens.list()
        ]
    columns = {"id": "ID", "name": "NAME", "site": "SITE", "ownership": "OWNERSHIP", "uses": "USES", "revoked": "REVOKED"}
    say_rows(rows, columns, as_json=as_json, empty="There are no enrolment tokens.")


@agent_token.command("rotate")
@click.argument("token_id")
@click.option("--grace-days", type=click.IntRange(0, 90), default=7, show_default=True, help="How long the old secret is still taken.")
@json_option
@click.pass_context
def agent_token_rotate(context: click.Context, token_id: str, grace_days: int, as_json: bool) -> None:
    """Give an enrolment token a new secret and print it on the last line. Site, ownership and enrolled agents stay.

    \b
    Examples:
      moorings agent-token rotate 4f0c…
      moorings agent-token rotate 4f0c… --grace-days 0
    """
    settings = load_settings(context)
    with ledger(context) as opened:
        plain = opened.agent_tokens.rotate(token_id, grace=timedelta(days=grace_days))
        opened.audit.write(ACTOR, "agent_token.rotate", token_id, {"grace_days": grace_days})
        door = f"{address(settings, opened)}/agent/{plain}"
    said = {"id": token_id, "token": plain, "address": door, "grace_days": grace_days}
    say(said, as_json=as_json, text=f"The secret before is taken for {grace_days} more days. Agents report to {door}\n{plain}")


@agent_token.command("revoke")
@click.argument("token_id")
@json_option
@click.pass_context
def agent_token_revoke(context: click.Context, token_id: str, as_json: bool) -> None:
    """Revoke an enrolment token by its id: its devices are refused from now on.

    \b
    Example:
      moorings agent-token revoke 4f0c…
    """
    with ledger(context) as opened:
        opened.agent_tokens.revoke(token_id)
        opened.audit.write(ACTOR, "agent_token.revoke", token_id)
    say({"id": token_id, "revoked": True}, as_json=as_json, text="Revoked.")
