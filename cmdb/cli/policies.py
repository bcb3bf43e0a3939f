"""`moorings policy`: which policies count, trying and keeping one, export and import for a repository."""

from __future__ import annotations

from pathlib import Path

import click

from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows
from cmdb.compliance import chosen, sampling
from cmdb.compliance.evaluate import endpoint_classes
from cmdb.compliance.policy import parse
from cmdb.compliance.trial import try_out
from cmdb.compliance.truth import reason_words
from cmdb.errors import Invalid

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def policy() -> None:
    """What is asked of endpoints."""


@policy.command("list")
@json_option
@click.pass_context
def policy_list(context: click.Context, as_json: bool) -> None:
    """List policies, and whether they count.

    \b
    Example:
      moorings policy list
    """
    with house(context) as opened:
        rows = [
            {"id": one.policy.id, "on": one.on, "own": one.own, "edition": one.policy.edition, "title": one.policy.title}
            for one in chosen.standings(opened.graph)
        ]
    columns = {"id": "POLICY", "on": "COUNTS", "own": "SITE'S OWN", "edition": "EDITION", "title": "TITLE"}
    say_rows(rows, columns, as_json=as_json, empty="There are none.")


@policy.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
@click.pass_context
def policy_export(context: click.Context, folder: Path, as_json: bool) -> None:
    """Write every policy into a folder, one file each, for a repository.

    \b
    Example:
      moorings policy export policies/
    """
    folder.mkdir(parents=True, exist_ok=True)
    with house(context) as opened:
        found = chosen.standings(opened.graph)
    for one in found:
        (folder / f"{one.policy.id}.yaml").write_text(one.policy.text, encoding="utf-8")
    say({"policies": len(found)}, as_json=as_json, text=f"{len(found)} policies written to {folder}.")


@policy.command("import")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--on", is_flag=True, help="Let them count at once; without it, those that are new wait to be switched on.")
@json_option
@click.pass_context
def policy_import(context: click.Context, files: tuple[Path, ...], on: bool, as_json: bool) -> None:
    """Keep policies from files. All are read and checked first; what is as it was is left alone.

    \b
    Example:
      moorings policy import policies/*.yaml
    """
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    read = {path: parse(text, path.name) for path, text in texts.items()}
    kept = []
    with house(context) as opened:
        there = {one.policy.id: one for one in chosen.standings(opened.graph)}
        for path, text in texts.items():
            before = there.get(read[path].id)
            if before is not None and before.policy.text == text and (before.on or not on):
                continue
            found = chosen.keep(opened.graph, text, by=ACTOR, on=on, file=path.name)
            opened.ledger.audit.write(ACTOR, "policy.keep", found.policy.id, {"edition": found.policy.edition, "on": found.on})
            kept.append(found.policy.id)
        if kept:
            opened.ledger.jobs.enqueue(chosen.JUDGE_BY, {"policies": kept})
    say({"kept": kept}, as_json=as_json, text=f"{len(kept)} kept, {len(files) - len(kept)} as they were.")


@policy.command("try")
@click.argument("file", type=_FILE)
@click.option("--endpoint", "endpoints", multiple=True, help="Only on this one: asset tag, serial, host name or id; may be repeated.")
@json_option
@click.pass_context
def policy_try(context: click.Context, file: Path, endpoints: tuple[str, ...], as_json: bool) -> None:
    """Say what a policy would say of the fleet, and why. Nothing is written.

    \b
    Example:
      moorings policy try policies/firewall-on.yaml
    """
    found = parse(file.read_text(encoding="utf-8"), file.name)
    with house(context) as opened:
        ids = sampling.ids_of(opened.graph, endpoints, classes=endpoint_classes(opened.catalogue), field="endpoint")
        trial = try_out(opened.graph, opened.catalogue, found, ids=ids)
    told = {"tried": trial.tried, "states": trial.states, "unknown_because": trial.reasons, "fail_because": trial.because}
    lines = [", ".join(f"{n} would be {state.replace('_', ' ')}" for state, n in trial.states.most_common()) or "There is no endpoint."]
    lines += [f"  unknown, {n}: {reason_words(why)}" for why, n in trial.reasons.most_common(10)]
    lines += [f"  fail, {n}: {why}" for why, n in trial.because.most_common(10)]
    say(told, as_json=as_json, text="\n".join(lines))


@policy.command("switch")
@click.argument("name")
@click.argument("to", type=click.Choice(["on", "off"]))
@json_option
@click.pass_context
def policy_switch(context: click.Context, name: str, to: str, as_json: bool) -> None:
    """Let a policy count, or not. Every endpoint is judged by it at once where a server runs, else by the next one.

    \b
    Example:
      moorings policy switch screen-lock off
    """
    with house(context) as opened:
        if name not in {one.policy.id for one in chosen.standings(opened.graph)}:
            raise Invalid(f"There is no policy {name[:60]!r}; `moorings policy list` names them.", field="name")
        found = chosen.switch(opened.graph, name, on=to == "on", by=ACTOR)
        opened.ledger.audit.write(ACTOR, f"policy.{to}", name, {"edition": found.policy.edition, "on": found.on})
        opened.ledger.jobs.enqueue(chosen.JUDGE_BY, {"policies": [name]})
    say({"id": name, "on": found.on}, as_json=as_json, text=f"{found.policy.title}: {'counts' if found.on else 'does not count'}.")
