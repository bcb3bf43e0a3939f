"""`moorings replay`: the graph made again from what was said."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from cmdb.cli.shell import house, json_option, note, say
from cmdb.errors import Conflict
from cmdb.graph import schema
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.runtime.house import LEDGER_FILE, House, open_house
from cmdb.runtime.replay import Replayed
from cmdb.runtime.replay import replay as replay_into
from cmdb.runtime.replay_compare import compare


@click.command()
@click.option("--dry-run", is_flag=True, help="To a graph that is thrown away: tell what would be otherwise.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="A new data folder for the replayed graph.")
@json_option
@click.pass_context
def replay(context: click.Context, dry_run: bool, into: Path | None, as_json: bool) -> None:
    """Make the graph again from the ledger: every observation, report and answer, in the order in which they were applied.

    The graph of this data folder is only read. What retention dropped cannot be said again and is counted. Loans, notes with
    their files and compliance results are no observations: the new folder has none.

    \b
    Examples:
      moorings replay --dry-run
      moorings replay --into /var/lib/moorings-again
    """
    if dry_run == (into is not None):
        raise click.UsageError("Give --dry-run or --into DIR.")
    with house(context) as opened:
        told = _dry(opened) if into is None else _into(opened, into)
    say(told, as_json=as_json, text=_text(told))


def _dry(opened: House) -> dict[str, Any]:
    """Replay into an engine of its own in a temporary folder, compare, throw away."""
    with (
        tempfile.TemporaryDirectory(prefix="moorings-replay-") as folder,
        Engine.start(Path(folder), heap_mb=512) as engine,
        Graph.connect(engine.url, engine.user, engine.password, engine="embedded") as graph,
    ):
        schema.apply(graph, opened.catalogue)
        done = replay_into(opened.ledger, graph, opened.catalogue, _progress)
        found = compare(opened.graph, graph, done.pairs)
    return _told(done) | {"compared": asdict(found)}


def _into(opened: House, folder: Path) -> dict[str, Any]:
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"The folder {folder} is not empty; give a new one.", field="into")
    folder.mkdir(parents=True, exist_ok=True)
    opened.ledger.backup(folder / LEDGER_FILE)
    settings = replace(opened.settings, data=folder, graph_url="")
    with open_house(settings) as again:
        again.ledger.attachments.drop_all()  # no note leads to them there, so no erasure would reach them
        return _told(replay_into(opened.ledger, again.graph, again.catalogue, _progress)) | {"into": str(folder)}


def _progress(number: int) -> None:
    if number % 1000 == 0:
        note(f"{number:,} entries")


def _told(done: Replayed) -> dict[str, Any]:
    failed = [{"entry": entry, "reason": reason} for entry, reason in done.failed]
    return {"observations": done.observations, "acts": done.acts, "lost": done.lost, "failed": failed}


def _text(told: dict[str, Any]) -> str:
    lines = [f"{told['observations']:,} observations and {told['acts']:,} orders were said again."]
    if told["lost"]:
        lines.append(f"{told['lost']:,} could not: retention dropped their bodies.")
    lines += [f"Not applied: entry {one['entry']}: {one['reason']}" for one in told["failed"][:20]]
    if "into" in told:
        lines.append(f"The new data folder is {told['into']}. Credentials need the key file of the old one; loans and notes are not in it.")
    found = told.get("compared")
    if found:
        words = {"same": "the same", "changed": "with other values", "joined": "joined", "parted": "parted"}
        words |= {"only_now": "not made again", "only_replayed": "only in the replay"}
        lines += [f"{found[name]:>9,} {word}" for name, word in words.items()]
        lines += [f"  {one['what'].replace('_', ' ')}: {one['class']} {one['name']} ({one['ci']})" for one in found["shown"][:40]]
    return "\n".join(lines)
