"""`moorings user` and `moorings token`: who may come in."""

from __future__ import annotations

import sys

import click

from cmdb.cli.shell import load_settings, say
from cmdb.runtime.house import open_ledger

ROLES = ("viewer", "operator", "auditor", "administrator", "requester")


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command("add")
@click.argument("login")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@click.option("--name", default="", help="Full name.")
@click.option("--email", default="", help="E-mail address; it links the account to the person in the graph.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_context
def user_add(context: click.Context, login: str, role: str, name: str, email: str, password_stdin: bool) -> None:
    """Add an account. Without --password-stdin a one-time sign-in link is printed instead of a password.

    \b
    Examples:
      moorings user add ada --role administrator
      moorings user add otto --role operator --password-stdin < password.txt
    """
    settings = load_settings(context)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with open_ledger(settings) as ledger:
        account = ledger.accounts.add(login, password, role, name=name, email=email)
        ledger.audit.write("command line", "account.add", account.login, {"role": role})
        if password is None:
            click.echo(f"{settings.address}/sign-in/{ledger.sessions.one_time(account.id)}")


@click.group()
def token() -> None:
    """Tokens for programs that use the API."""


@token.command("add")
@click.argument("name", required=False, default="token")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.pass_context
def token_add(context: click.Context, name: str, role: str) -> None:
    """Add an API token and print it on the last line. It is shown only now.

    \b
    Example:
      moorings token add reporting --role auditor
    """
    with open_ledger(load_settings(context)) as ledger:
        plain = ledger.api_tokens.add(name, role, created_by="command line")
        ledger.audit.write("command line", "token.add", name, {"role": role})
    click.echo(plain)


@token.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def token_list(context: click.Context, as_json: bool) -> None:
    """List API tokens (never the tokens themselves)."""
    with open_ledger(load_settings(context)) as ledger:
        rows = [{"id": t.id, "name": t.name, "role": t.role} for t in ledger.api_tokens.list()]
    say(rows, as_json=as_json, text="\n".join(f"{r['id']}  {r['role']:<14} {r['name']}" for r in rows) or "There are no tokens.")
