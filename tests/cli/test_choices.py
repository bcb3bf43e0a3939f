"""Options that are chosen from words can also be left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from cmdb.cli import moorings


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield from _commands(command, (*path, name)) if hasattr(command, "commands") else [(" ".join((*path, name)), command)]


def test_a_default_is_one_of_the_words() -> None:
    """Click checks defaults too: `default=""` refused `moorings exception list` without `--state`."""
    chosen = {
        f"{path} {option.opts[0]}": option
        for path, command in _commands(moorings)
        for option in command.params
        if isinstance(option, click.Option) and isinstance(option.type, click.Choice)
    }
    assert "exception list --state" in chosen
    wrong = []
    for name, option in chosen.items():
        default = option.get_default(click.Context(click.Command("x")), call=True)
        if isinstance(default, str) and default not in option.type.choices:  # type: ignore[attr-defined]
            wrong.append((name, default))
    assert not wrong
