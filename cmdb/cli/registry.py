"""Every command, in one list. A new group adds its import and its line."""

from __future__ import annotations

from collections.abc import Iterable

import click

from cmdb.cli.admin import graph, settings
from cmdb.cli.audit import audit
from cmdb.cli.backup import backup, restore
from cmdb.cli.bench import bench
from cmdb.cli.cis import ci
from cmdb.cli.compliance import compliance
from cmdb.cli.credentials import credential, hostkey
from cmdb.cli.demo import demo
from cmdb.cli.identity import source
from cmdb.cli.impact import impact
from cmdb.cli.keeping import age, keep
from cmdb.cli.loans import loan
from cmdb.cli.people import agent_token, token, user
from cmdb.cli.policies import policy
from cmdb.cli.references import reference
from cmdb.cli.replay import replay
from cmdb.cli.reviews import review
from cmdb.cli.rules import rules
from cmdb.cli.scan import scan
from cmdb.cli.serve import serve, work
from cmdb.cli.software import software
from cmdb.cli.tables import export, import_, observation
from cmdb.cli.waivers import attestation, exception


def _with_data(commands: Iterable[click.Command]) -> tuple[click.Command, ...]:
    """`--data` after the command's name too, where people expect it."""
    listed = tuple(commands)
    for command in listed:
        if isinstance(command, click.Group):
            _with_data(command.commands.values())
        elif not any(option.name == "data" for option in command.params):
            command.params.append(
                click.Option(["--data"], metavar="DIR", expose_value=False, callback=_keep_data, help="Data folder.", is_eager=True)
            )
    return listed


def _keep_data(context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value:
        context.ensure_object(dict)["data"] = value
    return value


COMMANDS: tuple[click.Command, ...] = _with_data(
    (
        serve,
        demo,
        work,
        scan,
        import_,
        export,
        observation,
        ci,
        impact,
        loan,
        compliance,
        policy,
        reference,
        audit,
        exception,
        attestation,
        review,
        rules,
        software,
        source,
        replay,
        age,
        keep,
        user,
        token,
        agent_token,
        credential,
        hostkey,
        graph,
        backup,
        restore,
        settings,
        bench,
    )
)
