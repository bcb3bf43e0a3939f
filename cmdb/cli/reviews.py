"""`moorings review`: the questions reconciliation has for a person."""

from __future__ import annotations

import click

from cmdb.cli.applying import changes_text
from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows
from cmdb.graph import cis, reviews
from reconciliation import answer


@click.group()
def review() -> None:
    """Questions that wait for a person: is this the same thing?"""


@review.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@json_option
@click.pass_context
def review_list(context: click.Context, limit: int, as_json: bool) -> None:
    """List open reviews with their candidates.

    \b
    Example:
      moorings review list
    """
    with house(context) as opened:
        rows = reviews.listed(opened.graph, limit=limit)
        names = cis.many(opened.graph, {ci for row in rows for ci in row["candidates"]})
    for row in rows:
        row["candidates"] = [{"id": ci, "name": names.get(ci, {}).get("display_name", "")} for ci in row["candidates"]]
    shown_rows = rows if as_json else [{**row, "candidates": [f"{c['name']} ({c['id']})" for c in row["candidates"]]} for row in rows]
    columns = {"id": "ID", "kind": "KIND", "class": "CLASS", "title": "ABOUT", "rule": "RULE", "candidates": "CANDIDATES"}
    say_rows(shown_rows, columns, as_json=as_json, empty="No review is open.")


@review.command("answer")
@click.argument("review_id", metavar="REVIEW")
@click.option("--same", "same_ci", metavar="CI", help="It is this CI.")
@click.option("--different", is_flag=True, help="It is none of the candidates.")
@click.option("--reason", default="", help="Why; it is kept.")
@json_option
@click.pass_context
def review_answer(context: click.Context, review_id: str, same_ci: str | None, different: bool, reason: str, as_json: bool) -> None:
    """Answer a review.

    \b
    Examples:
      moorings review answer 0198… --same 0198… --reason "same serial on the sticker"
      moorings review answer 0198… --different
    """
    if bool(same_ci) == different:
        raise click.UsageError("Give --same CI or --different.")
    with house(context) as opened:
        choice = "different" if different else "same"
        told = answer(opened.graph, opened.catalogue, review_id, choice, same_ci or "", by=ACTOR, reason=reason).to_json()
        opened.ledger.audit.write(ACTOR, "review.answer", review_id, {"answer": choice})
    say(told, as_json=as_json, text=changes_text(told["changes"], told["counts"]))
