"""Every command, in one list. A new group adds its import and its line."""

from __future__ import annotations

import click

from cmdb.cli.people import token, user
from cmdb.cli.serve import serve, work

COMMANDS: tuple[click.Command, ...] = (serve, work, user, token)
