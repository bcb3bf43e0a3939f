"""`moorings compliance`: which endpoints are protected, which are not, and of which nobody knows."""

from __future__ import annotations

import click

from cmdb.cli.shell import house, json_option, note, say_rows
from cmdb.compliance import report
from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import STATES
from cmdb.compliance.truth import reason_words

_WHERE = ("ownership", "site", "team", "cls")


@click.command()
@click.option("--policy", help="The endpoints of one policy, instead of the overview.")
@click.option("--state", type=click.Choice(tuple(STATES)), help="Only this result (with --policy).")
@click.option("--ownership", default="", help="corporate, personal, loaned or unknown.")
@click.option("--site", default="", help="Only endpoints of this site.")
@click.option("--team", default="", help="Only endpoints of this team.")
@click.option("--class", "cls", default="", help="Only endpoints of this class.")
@click.option("--evaluate", "judge", is_flag=True, help="Judge every endpoint now, first.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="How many at most (with --policy).")
@json_option
@click.pass_context
def compliance(
    context: click.Context, /, policy: str | None, state: str | None, judge: bool, limit: int, as_json: bool, **where: str
) -> None:
    """Show compliance: pass, fail and unknown kept apart. Silence is never a pass.

    \b
    Examples:
      moorings compliance
      moorings compliance --policy disk-encryption --state fail
      moorings compliance --evaluate --site Berlin --json
    """
    wanted = {name: where[name] for name in _WHERE if where[name]}
    with house(context) as opened:
        if judge:
            evaluate(opened.graph, opened.catalogue, None)
        if policy:
            rows = report.endpoints(opened.graph, policy, state or "", wanted, limit=limit)
        else:
            tallies = report.overview(opened.graph, wanted).tallies
            rows = [{"policy": t.policy.id, **t.states, "share": t.share, "unknown_because": dict(t.reasons)} for t in tallies]
    if policy:
        columns = {"name": "ENDPOINT", "cls": "CLASS", "state": "RESULT", "reason": "REASON", "since": "SINCE", "ownership": "OWNERSHIP"}
        told = (
            rows if as_json else [{**row, "state": row["state"].replace("_", " "), "reason": reason_words(row["reason"])} for row in rows]
        )
        say_rows(told, columns, as_json=as_json, empty="No endpoint is like that.")
        return
    columns = {"policy": "POLICY", "pass": "PASS", "fail": "FAIL", "unknown": "UNKNOWN", "not_applicable": "NOT ASKED"}
    say_rows(rows, columns, as_json=as_json, empty="There are no policies.")
    if not as_json and not any(row[one] for row in rows for one in STATES):
        note("Nothing was judged yet; --evaluate does it now.")
