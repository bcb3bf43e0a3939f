"""What every command needs of the shell: settings with their overrides, the open house, exit codes, output as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from cmdb import log
from cmdb.config import Settings
from cmdb.errors import Busy, CmdbError, Conflict, GraphTimeout, GraphUnavailable, Invalid, StoreUnavailable
from cmdb.runtime.house import House, open_house


def load_settings(context: click.Context, **overrides: Any) -> Settings:
    """The settings: defaults, the environment, the command's options. Configures logging. Raises Invalid."""
    data = overrides.pop("data", None) or (context.obj or {}).get("data")
    settings = Settings.load(data=data, **overrides)
    log.configure(settings.log_level if settings.log_level != "info" else "warning", settings.log_format)
    return settings


@contextmanager
def house(context: click.Context, **overrides: Any) -> Iterator[House]:
    """The open house of a short command: joins an engine that runs already, else starts one for as long as the command takes."""
    with open_house(load_settings(context, **overrides)) as opened:
        yield opened


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
