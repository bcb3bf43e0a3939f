"""`moorings bench`: run the measurements of the source tree, each beside its yardstick."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from cmdb.cli.shell import json_option, note, say, say_rows
from cmdb.errors import CmdbError, Invalid

_FOLDER = Path(__file__).resolve().parents[2] / "bench"
_COLUMNS = {"name": "FIGURE", "value": "VALUE", "yardstick": "YARDSTICK", "yardstick_name": "WHICH IS", "ratio": "RATIO", "goal": "GOAL"}


@click.command()
@click.option("--only", "names", multiple=True, metavar="NAME", help="Run this one only; may be given several times.")
@click.option(
    "--size", type=click.IntRange(10, 1_000_000), default=10_000, show_default=True, help="CIs; the other amounts follow from it."
)
@click.option("--list", "only_list", is_flag=True, help="List the measurements; run nothing.")
@json_option
def bench(names: tuple[str, ...], size: int, only_list: bool, as_json: bool) -> None:
    """Run the measurements one after another and print one table. They are in the source tree, not in an installed package.

    The ratio is the figure by its yardstick, both of the same run. On the Neo4j that MOORINGS_GRAPH names (it must be empty) as well,
    where it is set.

    \b
    Examples:
      moorings bench
      moorings bench --list
      moorings bench --only pages --size 100000
    """
    known = _measurements()
    if only_list:
        rows = [{"name": name, "measures": about} for name, about in known.items()]
        say_rows(rows, {"name": "NAME", "measures": "MEASURES"}, as_json=as_json, empty="There are no measurements.")
        return
    for name in names:
        if name not in known:
            raise Invalid(f"There is no measurement {name[:60]!r}; `moorings bench --list` names them.", field="only")
    ran = []
    for name in dict.fromkeys(names or known):
        note(f"measuring {name} …")
        ran.append(_run(name, size))
    if as_json:
        say(ran, as_json=True, text="")
    else:
        say_rows([_row(figure) for one in ran for figure in one["figures"]], _COLUMNS, as_json=False, empty="Nothing was measured.")
        for one in ran:
            if one["missing"]:
                click.echo(f"{one['bench']} was not measured: {one['missing']}")
    failed = [one["bench"] for one in ran if one["failed"]]
    if failed:
        raise CmdbError(f"These did not come to their end: {', '.join(failed)}.")


def _measurements() -> dict[str, str]:
    """Every module of the folder that has a `run`, with its first line. Raises CmdbError where there is no source tree."""
    if not _FOLDER.is_dir():
        raise CmdbError("The measurements are in the source tree: clone the repository and run `make bench` there.")
    trees = {path.stem: ast.parse(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.py"))}
    return {name: (ast.get_docstring(tree) or "").partition("\n")[0] for name, tree in trees.items() if _runs(tree.body)}


def _runs(body: Iterable[ast.stmt]) -> bool:
    return any(isinstance(one, ast.FunctionDef) and one.name == "run" for one in body)


def _run(name: str, size: int) -> dict[str, Any]:
    """One measurement in a process of its own, so that none measures the memory and the caches of another."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.one", name, "--size", str(size)], cwd=_FOLDER.parent, check=False, text=True, stdout=subprocess.PIPE
    )
    told = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not told:
        return {"bench": name, "figures": [], "missing": "", "failed": True}
    return {**json.loads(told), "failed": False}


def _row(figure: dict[str, Any]) -> dict[str, str]:
    beside, ratio, unit = figure["yardstick"], figure["ratio"], str(figure["unit"])
    return {
        "name": figure["name"],
        "value": f"{_short(figure['value'])} {unit}",
        "yardstick": "" if beside is None else f"{_short(beside)} {unit}",
        "yardstick_name": figure["yardstick_name"],
        "ratio": "" if ratio is None else f"{ratio:.2f}x",
        "goal": figure["goal"],
    }


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
