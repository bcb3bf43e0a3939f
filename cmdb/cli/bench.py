"""`moorings bench`: run the measurements of the source tree, each beside its yardstick."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import click

from cmdb.cli.shell import json_option, say, say_rows
from cmdb.errors import CmdbError, Invalid

_FOLDER = Path(__file__).resolve().parents[2] / "bench"


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "only_list", is_flag=True, help="List the measurements; run nothing.")
@json_option
def bench(names: tuple[str, ...], only_list: bool, as_json: bool) -> None:
    """Run the measurements (all, or those named) one after another. They are in the source tree, not in an installed package.

    \b
    Examples:
      moorings bench --list
      moorings bench report_parse
    """
    known = _measurements()
    if only_list:
        rows = [{"name": name, "measures": about} for name, about in known.items()]
        say_rows(rows, {"name": "NAME", "measures": "MEASURES"}, as_json=as_json, empty="There are no measurements.")
        return
    for name in names:
        if name not in known:
            raise Invalid(f"There is no measurement {name[:60]!r}; `moorings bench --list` names them.", field="names")
    ran = []
    for name in names or tuple(known):
        if not as_json:
            click.echo(f"== {name}")
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], cwd=_FOLDER.parent, check=False, text=True, stdout=subprocess.PIPE if as_json else None
        )
        ran.append({"name": name, "code": done.returncode, "output": done.stdout or ""})
    say(ran, as_json=as_json, text=f"{len(ran)} measured.")
    failed = [str(one["name"]) for one in ran if one["code"]]
    if failed:
        raise CmdbError(f"These did not come to their end: {', '.join(failed)}.")


def _measurements() -> dict[str, str]:
    """Every program of the folder and its first line. Raises CmdbError where there is no source tree."""
    if not _FOLDER.is_dir():
        raise CmdbError("The measurements are in the source tree: clone the repository and run `make bench` there.")
    found = {}
    for path in sorted(_FOLDER.glob("*.py")):
        text = path.read_text("utf-8")
        if "__main__" in text:
            found[path.stem] = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    return found
