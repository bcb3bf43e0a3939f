"""`moorings credential` and `moorings hostkey`: what scans sign in with, and whom they trust."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cmdb.cli.secret_input import read_secret
from cmdb.cli.shell import ACTOR, json_option, ledger, say, say_rows
from cmdb.errors import Invalid, NotFound
from cmdb.store import CREDENTIAL_KINDS, HostKey, Ledger

_PLAIN = ("user", "auth_protocol", "priv_protocol", "context")
_SWITCHES = ("allow_legacy", "sudo")


@click.group()
def credential() -> None:
    """Credentials for scans, sealed in the ledger."""


@credential.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(tuple(CREDENTIAL_KINDS)), required=True, help="What it opens, and by what.")
@click.option("--user", "--username", "user", default="", help="User name (SSH, SNMP v3); for SSH the default is your own.")
@click.option("--auth-protocol", default="", help="SNMP v3: md5, sha, sha256 … (default sha).")
@click.option("--priv-protocol", default="", help="SNMP v3: des, aes, aes256 … (default aes).")
@click.option("--context", "snmp_context", default="", help="SNMP v3: context name.")
@click.option("--allow-legacy/--no-allow-legacy", default=None, help="SSH: accept old algorithms (SHA-1, CBC, ssh-rsa). Default: no.")
@click.option("--sudo/--no-sudo", default=None, help="SSH: ask sudo -n for the few commands that need root. Default: yes.")
@click.option("--secret-file", type=click.Path(path_type=Path), help="File with the secret; - is standard input.")
@click.option("--from-env", metavar="VARIABLE", help="Environment variable with the secret.")
@click.option("--replace", is_flag=True, help="Give an existing credential a new content.")
@json_option
@click.pass_context
def credential_add(context: click.Context, /, name: str, kind: str, replace: bool, as_json: bool, **given: Any) -> None:
    """Add a credential. Its secret comes from standard input, a file or the environment, never as an argument.

    What is read is the community, the password or the private key itself; for snmp-v3 the authentication password on the first line and
    the privacy password on the second; or a JSON object of all fields. At a terminal it is asked for.

    \b
    Examples:
      moorings credential add lab --kind snmp-v2c < community.txt
      moorings credential add core --kind snmp-v3 --user monitor
      moorings credential add linux --kind ssh-key --user moorings --secret-file ~/.ssh/id_ed25519
      moorings credential add old --kind ssh-password --user admin --allow-legacy --from-env SSH_PASSWORD
    """
    plain = {field: given["snmp_context" if field == "context" else field] for field in _PLAIN}
    plain |= {field: "yes" if given[field] else "no" for field in _SWITCHES if given[field] is not None}
    secret = read_secret(kind, plain, given["secret_file"], given["from_env"])
    with ledger(context) as opened:
        if replace:
            opened.credentials.replace(name, kind, secret)
        else:
            opened.credentials.add(name, kind, secret)
        opened.audit.write(ACTOR, "credential.replace" if replace else "credential.add", name, {"kind": kind})
    say({"name": name, "kind": kind}, as_json=as_json, text=f"The credential {name} is sealed.")


@credential.command("list")
@json_option
@click.pass_context
def credential_list(context: click.Context, as_json: bool) -> None:
    """List credentials, without what is in them.

    \b
    Example:
      moorings credential list
    """
    with ledger(context) as opened:
        rows = [{"name": one.name, "kind": one.kind} for one in opened.credentials.list()]
    say_rows(rows, {"name": "NAME", "kind": "KIND"}, as_json=as_json, empty="There are no credentials.")


@credential.command("remove")
@click.argument("name")
@json_option
@click.pass_context
def credential_remove(context: click.Context, name: str, as_json: bool) -> None:
    """Remove a credential.

    \b
    Example:
      moorings credential remove lab
    """
    with ledger(context) as opened:
        opened.credentials.remove(name)
        opened.audit.write(ACTOR, "credential.remove", name)
    say({"name": name, "removed": True}, as_json=as_json, text="Removed.")


@click.group()
def hostkey() -> None:
    """SSH host keys: seen, approved, rejected."""


@hostkey.command("list")
@click.option("--pending", is_flag=True, help="Only those that wait for a decision.")
@json_option
@click.pass_context
def hostkey_list(context: click.Context, pending: bool, as_json: bool) -> None:
    """List host keys with their fingerprints.

    \b
    Example:
      moorings hostkey list --pending
    """
    with ledger(context) as opened:
        rows = [_row(key) for key in (opened.host_keys.pending() if pending else opened.host_keys.list())]
    columns = {"id": "ID", "host": "HOST", "port": "PORT", "key_type": "TYPE", "fingerprint": "FINGERPRINT", "state": "STATE"}
    say_rows(rows, columns | {"changed": "CHANGED"}, as_json=as_json, empty="There are no host keys.")


@hostkey.command("approve")
@click.argument("which", metavar="ID|FINGERPRINT|HOST[:PORT]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All pending keys of hosts that never had an approved one.")
@click.option("--reject", is_flag=True, help="Never trust them instead.")
@json_option
@click.pass_context
def hostkey_approve(context: click.Context, which: tuple[str, ...], everything: bool, reject: bool, as_json: bool) -> None:
    """Trust host keys from now on, after comparing their fingerprints with the hosts' own (ssh-keygen -l).

    \b
    Examples:
      moorings hostkey approve SHA256:Xc0…
      moorings hostkey approve db1.example.org:22
      moorings hostkey approve --all
    """
    if everything == bool(which):
        raise Invalid("Name keys, or give --all.", field="which")
    with ledger(context) as opened:
        keys = [key for key in opened.host_keys.pending() if not key.changed] if everything else [_found(opened, word) for word in which]
        decide = opened.host_keys.reject if reject else opened.host_keys.approve
        rows = [_row(decide(key.id, ACTOR)) for key in keys]
        for row in rows:
            opened.audit.write(ACTOR, f"hostkey.{row['state']}", f"{row['host']}:{row['port']}", {"fingerprint": row["fingerprint"]})
    columns = {"host": "HOST", "port": "PORT", "fingerprint": "FINGERPRINT", "state": "STATE"}
    say_rows(rows, columns, as_json=as_json, empty="No key waits for approval.")


def _found(opened: Ledger, word: str) -> HostKey:
    """The one key meant: by id, fingerprint, or the host whose only pending one it is."""
    names = {word, word.lower()}
    keys = opened.host_keys.list()
    named = [key for key in keys if {key.id, key.fingerprint} & names]
    named = named or [key for key in keys if {key.host, f"{key.host}:{key.port}"} & names and key.state == "pending"]
    if not named:
        raise NotFound(f"No host key is known by {word[:100]!r}; `moorings hostkey list` shows all.")
    if len(named) > 1:
        raise Invalid(f"{word[:100]} has {len(named)} keys; name one by its fingerprint.", field="which")
    return named[0]


def _row(key: HostKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "host": key.host,
        "port": key.port,
        "key_type": key.key_type,
        "fingerprint": key.fingerprint,
        "state": key.state,
        "changed": key.changed,
    }
