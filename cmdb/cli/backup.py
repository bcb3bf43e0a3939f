"""`moorings backup` and `moorings restore`: the whole data folder in one file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cmdb.cli.shell import ACTOR, house, json_option, load_settings, note, say
from cmdb.runtime import backup as whole


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="Put the key that opens sealed credentials in, too: who has the file has them all.")
@json_option
@click.pass_context
def backup(context: click.Context, file: Path, with_key: bool, as_json: bool) -> None:
    """Save ledger and graph into one new file, also while the server runs. With a Neo4j the graph is saved by its own tools.

    \b
    Examples:
      moorings backup /backup/moorings-2026-11-22.tar
      moorings backup /backup/everything.tar --with-key
    """
    with house(context) as opened:
        made = whole.backup(opened, file, with_key=with_key)
        opened.ledger.audit.write(ACTOR, "backup", file.name, {"with_key": with_key})
    if whole.GRAPH not in made["parts"]:
        note("The graph is in a Neo4j and not in this file; save it by Neo4j's own tools.")
    if whole.KEY not in made["parts"]:
        note("The key of the credentials (secret.key) is not in this file; keep a copy of it somewhere else.")
    say(made, as_json=as_json, text=f"{file} holds {_told(made)}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Put aside what is in the data folder.")
@json_option
@click.pass_context
def restore(context: click.Context, file: Path, replace: bool, as_json: bool) -> None:
    """Fill an empty data folder from a backup. The server must not run.

    \b
    Examples:
      moorings restore /backup/moorings-2026-11-22.tar
      moorings restore /backup/moorings-2026-11-22.tar --replace --data /srv/moorings
    """
    settings = load_settings(context)
    done = whole.restore(settings, file, replace=replace)
    if done["kept"]:
        note(f"What was there before is in {done['kept']}; delete it when you need it no more.")
    say(done, as_json=as_json, text=f"{settings.data} holds {_told(done)} of {done['made_at']}.")


def _told(manifest: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} ({part['bytes'] / 2**20:.1f} MB)" for name, part in manifest["parts"].items())
