"""The `moorings` command: one file for each group of commands, no logic.

Exit codes: 0 done; 1 refused or failed; 2 wrong usage or input; 3 the graph or the ledger cannot be reached; 4 somebody else was first.
"""

from __future__ import annotations

import sys

import click

from cmdb import __version__
from cmdb.cli.registry import COMMANDS
from cmdb.cli.shell import exit_code
from cmdb.config import Settings
from cmdb.errors import CmdbError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": None, "max_content_width": 110})
@click.option("--data", metavar="DIR", help="Data folder (default: MOORINGS_DATA, else the user's data folder).")
@click.version_option(__version__, prog_name="moorings")
@click.pass_context
def moorings(context: click.Context, data: str | None) -> None:
    """Moorings: who holds this device, what breaks if I change this, and is every endpoint protected?

    \b
    Examples:
      moorings demo                     a sample organisation to look around in
      moorings serve --port 8765        the server on this machine's data
      moorings scan local               look at this machine
    """
    context.obj = {"data": data}


for command in COMMANDS:
    moorings.add_command(command)


def main() -> None:
    """Run the command; every error is one sentence on standard error, with the field at fault, and an exit code."""
    try:
        code = moorings(standalone_mode=False)  # click hands back the code of `context.exit` here, and raises nothing
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except CmdbError as error:
        unnamed = error.field and error.field.replace("_", " ") not in error.message.replace("_", " ").lower()
        click.echo(f"moorings: {error.message}{f' [{error.field}]' if unnamed else ''}", err=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["Settings", "main", "moorings"]
