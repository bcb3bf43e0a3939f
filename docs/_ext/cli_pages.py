"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from docs._ext.markdown import code, page, plain, table


def commands(group: click.Command, path: tuple[str, ...] = ("moorings",)) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it, groups before what is in them."""
    yield path, group
    if isinstance(group, click.Group):
        for name in sorted(group.commands):
            if not group.commands[name].hidden:
                yield from commands(group.commands[name], (*path, name))


def pages(group: click.Group) -> dict[str, str]:
    """File name (without ending) → text."""
    blocks = [block for path, command in commands(group) for block in _command(path, command)]
    intro = [
        "Every command has `--help` with examples. Exit codes: {doc}`/reference/exit-codes`. Settings by environment: {doc}`settings`.",
    ]
    return {"cli": page("Command line", intro, *blocks)}


def _command(path: tuple[str, ...], command: click.Command) -> list[list[str]]:
    context = click.Context(command, info_name=" ".join(path))
    blocks = [[f"## {' '.join(path)}", "", *_prose(command.help), *_prose(command.epilog)]]
    if not isinstance(command, click.Group):
        blocks.append(["```text", command.get_usage(context).removeprefix("Usage: "), "```"])
    arguments = [
        [code(one.human_readable_name), plain(getattr(one, "help", None) or "")]
        for one in command.params
        if isinstance(one, click.Argument)
    ]
    options = [_option(one, context) for one in command.params if isinstance(one, click.Option) and not one.hidden]
    blocks.append(table(["argument", "meaning"], [row for row in arguments if row[1]]))
    blocks.append(table(["option", "meaning"], options))
    return blocks


def _prose(text: str | None) -> list[str]:
    """Help text as Markdown: paragraphs are prose, what click is told not to wrap (examples) keeps its lines."""
    lines = []
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        if paragraph.startswith("\b"):
            lines += ["```text", *(line for line in paragraph.splitlines() if line != "\b"), "```", ""]
        elif paragraph:
            lines += [plain(paragraph), ""]
    return lines


def _option(option: click.Option, context: click.Context) -> list[str]:
    record = option.get_help_record(context)
    words, meaning = record or ("/".join(option.opts), option.help or "")
    return [code(words), plain(meaning)]
