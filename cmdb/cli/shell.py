"""What every command needs of the shell: settings with their overrides, the open house, exit codes, output as text or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cmdb import log
from cmdb.config import Settings
from cmdb.errors import Busy, CmdbError, Conflict, GraphTimeout, GraphUnavailable, Invalid, StoreUnavailable
from cmdb.runtime.house import House, open_house, open_ledger
from cmdb.store import Ledger

ACTOR = "command line"
"""Who did it, in the audit log, where no account is behind it."""

ADDRESS_KEY = "serve.address"
"""Where the server was found last, for commands that print an address."""

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """`--json`, handed to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")(command)


def load_settings(context: click.Context, **overrides: Any) -> Settings:
    """The settings: defaults, the environment, the command's options. Configures logging. Raises Invalid."""
    data = overrides.pop("data", None) or (context.obj or {}).get("data")
    settings = Settings.load(data=data, **overrides)
    log.configure(settings.log_level if settings.log_level != "info" else "error", settings.log_format)
    return settings


@contextmanager
def house(context: click.Context, **overrides: Any) -> Iterator[House]:
    """The open house of a short command: joins an engine that runs already, else starts one for as long as the command takes."""
    with open_house(load_settings(context, **overrides)) as opened:
        yield opened


@contextmanager
def ledger(context: click.Context) -> Iterator[Ledger]:
    """The ledger alone, for commands that need no graph."""
    with open_ledger(load_settings(context)) as opened:
        yield opened


def address(settings: Settings, opened: Ledger) -> str:
    """Where people find the pages: as set, else where the server of this data listens (or did last), else the default."""
    return settings.base_url or str(opened.settings.get(ADDRESS_KEY, "")) or settings.address


def exit_code(error: CmdbError) -> int:
    """The documented exit code of an error."""
    if isinstance(error, GraphUnavailable | StoreUnavailable | GraphTimeout):
        return 3
    if isinstance(error, Conflict | Busy):
        return 4
    return 2 if isinstance(error, Invalid) else 1


def say(data: Any, *, as_json: bool, text: str) -> None:
    """Print `data` as JSON or `text`."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str) if as_json else text)


def say_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, empty: str) -> None:
    """Print rows as JSON, or as a table with these columns (field → title); `empty` is said where there are none."""
    if as_json or not rows:
        say(list(rows), as_json=as_json, text=empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in columns.values():
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(row.get(name))) for name in columns))
    # A pipe has no width: what reads it wants one line a row.
    Console(width=None if sys.stdout.isatty() else 400).print(table)


def shown(value: Any) -> str:
    """A value as a person reads it, in one line. Everything discovered is hostile text: control characters never reach the terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(shown(part) for part in value)
    return "".join(sign if sign.isprintable() else "�" for sign in str(value))


def note(text: str) -> None:
    """Something beside the answer, on standard error."""
    click.echo(text, err=True)
