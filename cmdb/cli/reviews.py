"""`moorings review`: the questions reconciliation has for a person."""

from __future__ import annotations

from typing import Any

import click

from cmdb.cli.applying import changes_text
from cmdb.cli.shell import ACTOR, house, json_option, say, say_rows, shown
from cmdb.graph import reviews
from cmdb.runtime.review_work import answering, taking_back
from reconciliation import preview_answer
from reconciliation.answer_preview import choices, ranked_ids
from reconciliation.answers import CHOICES
from reconciliation.bulk_answers import STEP, Tally, answer_all, preview_group
from reconciliation.side_by_side import evidence_table

_SIGNS = {"agree": "=", "differ": "x", "missing": "-", "blocked": "!", "shared": "~"}


@click.group()
def review() -> None:
    """Questions that wait for a person: is this the same thing?"""


@review.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@click.option("--kind", type=click.Choice(reviews.KINDS), default=None, help="Only questions of this kind.")
@click.option("--class", "cls", default="", help="Only questions about this class.")
@click.option("--source", default="", help="Only questions of sources whose key contains this.")
@click.option("--rule", default="", help="Only questions whose reason contains this.")
@click.option("--closed", is_flag=True, help="Those answered and settled, the latest first.")
@click.option("--groups", is_flag=True, help="Groups of open questions that are alike.")
@json_option
@click.pass_context
def review_list(context: click.Context, /, limit: int, closed: bool, groups: bool, as_json: bool, **given: str | None) -> None:
    """List open reviews with their candidates.

    \b
    Examples:
      moorings review list
      moorings review list --class laptop --source agent
      moorings review list --groups
    """
    filters = {"kind": given["kind"] or "", "class": given["cls"] or "", "source": given["source"] or "", "rule": given["rule"] or ""}
    with house(context) as opened:
        if groups:
            found = reviews.groups(opened.graph, limit=limit)
            columns = {
                "group": "GROUP",
                "count": "COUNT",
                "kind": "KIND",
                "class": "CLASS",
                "source": "SOURCE",
                "rule": "RULE",
                "pattern": "EVIDENCE",
            }
            say_rows(found, columns, as_json=as_json, empty="No two open reviews are alike.")
            return
        rows = reviews.closed(opened.graph, limit=limit) if closed else reviews.listed(opened.graph, filters=filters, limit=limit)
    for row in rows:
        row["candidates"] = [{"id": ci, "name": name} for ci, name in zip(row.pop("candidates"), row.pop("names"), strict=True)]
    shown_rows = rows if as_json else [{**row, "candidates": [f"{c['name']} ({c['id']})" for c in row["candidates"]]} for row in rows]
    columns = {"id": "ID", "kind": "KIND", "class": "CLASS", "title": "ABOUT", "rule": "RULE", "candidates": "CANDIDATES"}
    columns |= {"answer": "ANSWER", "answered_by": "BY"} if closed else {}
    say_rows(shown_rows, columns, as_json=as_json, empty="No review was closed." if closed else "No review is open.")


@review.command("show")
@click.argument("review_id", metavar="REVIEW")
@click.option("--changes", is_flag=True, help="Also what each answer would change.")
@json_option
@click.pass_context
def review_show(context: click.Context, review_id: str, changes: bool, as_json: bool) -> None:
    """Show a review: the evidence side by side. = agrees, x differs, - not shown by both, ! blocked, ~ shared.

    \b
    Example:
      moorings review show 0198… --changes
    """
    with house(context) as opened:
        asked = reviews.get(opened.graph, review_id)
        decidable = asked["kind"] in ("who", "double")
        lines = evidence_table(opened.graph, opened.catalogue, asked) if decidable else []
        told: list[dict[str, Any]] = []
        if changes and asked["state"] == "open":
            for choice, ci in choices(asked):
                foreseen = preview_answer(opened.graph, opened.catalogue, review_id, choice, ci).to_json()
                told.append({"answer": choice, "ci": ci, "counts": foreseen["counts"], "changes": foreseen["changes"]})
    names = {str(c["id"]): str(c["display_name"]) for c in asked["candidates"]}
    ids = ranked_ids(asked) if decidable else list(names)
    plain = {n: asked.get(n) for n in ("id", "kind", "class", "title", "rule", "source", "state", "opened_at", "answer", "answered_by")}
    candidates = [{"id": ci, "name": names[ci]} for ci in ids]
    whole = {**plain, "candidates": candidates, "evidence": [x.to_json() for x in lines], "history": asked["history"], "choices": told}
    say(whole, as_json=as_json, text=_text(whole))


def _text(whole: dict[str, Any]) -> str:
    lines = [
        f"{shown(whole['title'])} ({whole['class']}), seen by {shown(whole['source'])}: {shown(whole['rule'])}",
        f"State: {whole['state']}",
    ]
    lines += [f"{n}. {shown(c['name'])}  {c['id']}" for n, c in enumerate(whole["candidates"], start=1)]
    for line in whole["evidence"]:
        seen = ", ".join(shown(v["value"]) for v in line["seen"]) or "(nothing)"
        cells = [f"{_SIGNS[c['state']]} {', '.join(shown(v['value']) for v in c['values']) or '(nothing)'}" for c in line["candidates"]]
        lines.append(f"  {line['kind']} ({line['grade']}): {seen}  |  " + "  |  ".join(cells))
    for one in whole["choices"]:
        lines += [
            f"{one['answer']} {one['ci']}".strip() + ":",
            *(f"    {x}" for x in changes_text(one["changes"], one["counts"]).splitlines()),
        ]
    lines += [f"{h['at']} {shown(h['by'])}: {shown(h['answer'])} {shown(h['reason'])}".rstrip() for h in whole["history"]]
    return "\n".join(lines)


@review.command("answer")
@click.argument("review_id", metavar="REVIEW")
@click.option("--same", "same", metavar="CI", help="It is this CI.")
@click.option("--replaced-part", "replaced_part", metavar="CI", help="It is this CI, and a part of it was replaced.")
@click.option("--retired-replaced", "retired_replaced", metavar="CI", help="It is new and took the place of this CI, which is retired.")
@click.option("--different", is_flag=True, help="It is none of the candidates.")
@click.option("--reason", default="", help="Why; it is kept.")
@click.option("--dry-run", is_flag=True, help="Only say what it would change.")
@json_option
@click.pass_context
def review_answer(
    context: click.Context, /, review_id: str, different: bool, reason: str, dry_run: bool, as_json: bool, **named: str | None
) -> None:
    """Answer a review.

    \b
    Examples:
      moorings review answer 0198… --same 0198… --reason "same serial on the sticker"
      moorings review answer 0198… --replaced-part 0198… --dry-run
      moorings review answer 0198… --different
    """
    said = [(name.replace("_", "-"), ci) for name, ci in named.items() if ci] + ([("different", "")] if different else [])
    if len(said) != 1:
        raise click.UsageError("Give one of --same CI, --replaced-part CI, --retired-replaced CI or --different.")
    choice, ci = said[0]
    with house(context) as opened:
        if dry_run:
            told = preview_answer(opened.graph, opened.catalogue, review_id, choice, ci).to_json()
        else:
            told = answering(opened, ACTOR)(review_id, choice, ci, reason).to_json()
            opened.ledger.audit.write(ACTOR, "review.answer", review_id, {"answer": choice})
    say(told, as_json=as_json, text=changes_text(told["changes"], told["counts"]))


@review.command("answer-group")
@click.argument("group")
@click.argument("choice", type=click.Choice(CHOICES))
@click.option("--reason", default="", help="Why; it is kept with each.")
@click.option("--dry-run", is_flag=True, help="Only say what it would do to the first twenty.")
@json_option
@click.pass_context
def review_answer_group(context: click.Context, group: str, choice: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Answer all open reviews of a group (`review list --groups`); a candidate is each review's best one.

    \b
    Example:
      moorings review answer-group 3f9a… different --dry-run
    """
    with house(context) as opened:
        found, tally, place = reviews.group(opened.graph, group), Tally(), ""
        if dry_run:
            tally = preview_group(opened.graph, opened.catalogue, group, choice)
        else:
            opened.ledger.audit.write(ACTOR, "review.answer-group", group, {"answer": choice, "count": found["count"]})
            while ids := reviews.open_ids(opened.graph, filters={"group": group}, after=place, limit=STEP):
                answer_all(opened.graph, opened.catalogue, ids, choice, by=ACTOR, reason=reason, tally=tally, say=answering(opened, ACTOR))
                place = ids[-1]
    told = tally.to_json()
    left = [f"left open: {shown(one['title'])} ({one['id']}): {shown(one['why'])}" for one in told["left"]]
    say(
        told,
        as_json=as_json,
        text="\n".join([f"{told['answered']:,} of {found['count']:,} {'would be ' if dry_run else ''}answered", *left]),
    )


@review.command("take-back")
@click.argument("review_id", metavar="REVIEW")
@click.option("--reason", default="", help="Why; it is kept.")
@json_option
@click.pass_context
def review_take_back(context: click.Context, review_id: str, reason: str, as_json: bool) -> None:
    """Take an answer back: what it did is undone, and the question is open again.

    \b
    Example:
      moorings review take-back 0198… --reason "wrong desk"
    """
    with house(context) as opened:
        told = taking_back(opened, review_id, by=ACTOR, reason=reason).to_json()
        opened.ledger.audit.write(ACTOR, "review.take-back", review_id)
    say(told, as_json=as_json, text=changes_text(told["changes"], told["counts"]))
