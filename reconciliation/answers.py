"""Answers: what a person says to a review goes the same way as every observation, with an author and a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cmdb.errors import Conflict, Invalid, NotFound
from cmdb.graph import candidates, cis, review_stakes, review_writes, reviews
from cmdb.graph.door import Graph
from cmdb.inventory import edit
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from cmdb.model.change import Change, Changes
from cmdb.model.ids import uuid7
from cmdb.model.observation_json import from_stored
from reconciliation.evidence import Evidence, evidence_of
from reconciliation.joining import join
from reconciliation.memory import WORDS
from reconciliation.prepare import DIRECT, prepare
from reconciliation.reconcile import reconcile
from reconciliation.records import from_row, to_data
from reconciliation.resolve import NEW_PREFIX
from reconciliation.settling import settle
from reconciliation.splitting import split
from reconciliation.subjects import root_of
from reconciliation.waiting import answered

SAME = "same"
DIFFERENT = "different"
REPLACED_PART = "replaced-part"
RETIRED_REPLACED = "retired-replaced"
CHOICES = (SAME, DIFFERENT, REPLACED_PART, RETIRED_REPLACED)
"""The same; none of them; the same with a part replaced; another, which took the place of that one."""

PARTS = frozenset(
    (
        "serial", "board_serial", "chassis_serial", "uuid", "mac", "imei", "wwn", "machine_id", "ssh_host_key", "agent_id",
        "snmp_engine_id", "chassis_id", "fingerprint",
    )
)  # fmt: skip
"""Kinds of identifiers that belong to a part (board, network card, disk, installation) and leave with it. Names and tags do not."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as checked: which CI it names ("" for none of them), and who says it why and when."""

    choice: str
    ci: str
    by: str
    reason: str
    at: str

    def why(self) -> dict[str, str]:
        """As events keep it."""
        return {"source": edit.PERSON.key, "actor": self.by, "reason": self.reason, "at": self.at}


@dataclass(slots=True)
class Done:
    """What an answer did, and what is needed to take it back."""

    changes: list[Change]
    undo: dict[str, Any]


def answer(graph: Graph, catalogue: Catalogue, review: str, choice: str, ci: str, *, by: str, reason: str = "") -> Changes:
    """Settle a review. `choice` is one of CHOICES; `ci` the candidate it is about (ignored for `different`).

    Raises NotFound, Invalid (naming the field), Conflict when somebody else answered first. An answer that cannot be carried out
    leaves the question open.
    """
    asked = reviews.get(graph, review)
    said = Said(choice, checked(asked, choice, ci), by, reason, times.to_text(times.now()))
    new = uuid7() if asked["kind"] == "who" and choice in (DIFFERENT, RETIRED_REPLACED) else ""
    text = choice if choice == DIFFERENT else f"{choice}:{said.ci}"
    decided = new or (said.ci if asked["kind"] == "who" else "")
    review_writes.close(graph, review, answer=text, decided=decided, by=by, reason=reason, at=said.at)
    try:
        done = _carry_out(graph, catalogue, asked, said, new)
    except BaseException:
        review_writes.reopen(graph, review, by=by, reason="", at=said.at, told=None)
        raise
    _tell_apart(graph, asked, said, new, done)
    review_writes.carried_out(graph, review, done.undo, about(asked, said, decided), said.why())
    return Changes(review, tuple(done.changes), (), applied=True)


def about(asked: dict[str, Any], said: Said, decided: str) -> list[Change]:
    """The answer as the history of each CI it concerns tells it."""
    who = {decided, said.ci} if asked["kind"] == "who" else {str(c["id"]) for c in asked["candidates"]}
    if asked["kind"] == "double" and said.choice in (SAME, REPLACED_PART):
        who = {min(subject_of(asked), said.ci)}
    words = WORDS[said.choice]
    source = edit.PERSON.key
    return [Change("review_answered", ci, "", "", "", None, None, source, f"{words}: {asked['title']}") for ci in sorted(who - {""})]


def checked(asked: dict[str, Any], choice: str, ci: str) -> str:
    """The candidate an answer names. Raises Invalid naming the field and what may be said."""
    if choice not in CHOICES:
        raise Invalid(f"Answer one of {', '.join(CHOICES)}.", field="answer")
    if choice not in answers_to(str(asked["kind"])):
        said = ", ".join(answers_to(str(asked["kind"]))) or "what its page says"
        raise Invalid(f"A question of the kind {asked['kind']} is settled by {said}.", field="answer")
    if choice == DIFFERENT:
        return ""
    others = [str(c["id"]) for c in asked["candidates"] if str(c["id"]) != subject_of(asked)]
    if ci == subject_of(asked) and ci and len(others) == 1:
        return others[0]
    if ci not in others:
        raise Invalid(f"Say which of the candidates it is: {', '.join(others) or 'there are none any more'}.", field="ci")
    return ci


def answers_to(kind: str) -> tuple[str, ...]:
    """Which answers a kind of question has."""
    return {"who": CHOICES, "double": CHOICES, "split": (SAME, DIFFERENT)}.get(kind, ())


def subject_of(asked: dict[str, Any]) -> str:
    """Of a double, the CI that is asked about: the one that came last; "" where what is asked about is no CI yet."""
    if asked["kind"] != "double":
        return ""
    ids = [str(c["id"]) for c in asked["candidates"]]
    return str(asked["subject"]) if asked["subject"] in ids else max(ids, default="")


def _tell_apart(graph: Graph, asked: dict[str, Any], said: Said, new: str, done: Done) -> None:
    """What a person told apart, evidence never makes one by itself: it would be a question again."""
    subject = new or subject_of(asked)
    others = {str(c["id"]) for c in asked["candidates"]} - {subject} if said.choice == DIFFERENT else {said.ci}
    if said.choice in (DIFFERENT, RETIRED_REPLACED) and subject and asked["kind"] in ("who", "double"):
        pairs = sorted((subject, other) for other in others)
        review_writes.apart(graph, pairs, {"by": said.by, "reason": said.reason, "at": said.at})
        done.undo["apart"] = pairs


def _carry_out(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], said: Said, new: str) -> Done:
    if asked["kind"] == "who":
        return _who(graph, catalogue, asked, said, new)
    return _double(graph, catalogue, asked, said) if asked["kind"] == "double" else _split(graph, catalogue, asked, said)


def _split(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], said: Said) -> Done:
    """What was recognised by a shared value only: `same` leaves it, `different` parts it from the CI it was put to."""
    if said.choice == SAME:
        return Done([], {})
    told = part(graph, catalogue, asked, by=said.by, reason=said.reason, apply=True)
    ci = str(asked["candidates"][0]["id"])
    into = next(str(change.ci) for change in told if change.kind == "split" and change.before == ci)
    return Done(told, {"parted": {"ci": ci, "into": into}})


def part(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], *, by: str, reason: str, apply: bool) -> list[Change]:
    """What a `split` question asks, done or (with `apply` False) foreseen. Raises Conflict where it is gone or parted already."""
    subjects = {root_of(str(one)) for one in asked["verdict"].get("subjects", ()) or [asked["ref"]]}
    if not asked["candidates"]:
        raise Conflict("The configuration item is gone.")
    ci, why = str(asked["candidates"][0]["id"]), reason or "a person said that these are two"
    try:
        return [*split(graph, catalogue, ci, subjects, by=by, reason=why, apply=apply).changes]
    except (Invalid, NotFound) as error:
        raise Conflict(f"It cannot be parted so any more: {error.message}") from error


def _who(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], said: Said, new: str) -> Done:
    """What waited comes in as the CI that was named, or as a new one."""
    ending = differing(graph, said.ci, waiting_evidence(catalogue, asked)) if said.choice == REPLACED_PART else []
    body = answered(asked["body"], str(asked["ref"]), f"{NEW_PREFIX}{new}" if new else said.ci) | {"actor": said.by, "note": said.reason}
    told = reconcile(graph, catalogue, from_stored(body))
    done = Done(list(told.changes), {"created": new} if new else {"applied": said.ci, "observation": body["id"]})
    if said.choice == REPLACED_PART:
        _end(graph, done, said, said.ci, ending)
    elif said.choice == RETIRED_REPLACED:
        _replace(graph, catalogue, done, said, new)
    return done


def _double(graph: Graph, catalogue: Catalogue, asked: dict[str, Any], said: Said) -> Done:
    """Whether two CIs that both exist are one: the older survives."""
    subject, done = subject_of(asked), Done([], {})
    if said.choice == DIFFERENT:
        return done
    if said.choice == RETIRED_REPLACED:
        _replace(graph, catalogue, done, said, subject)
        return done
    ending = differing(graph, said.ci, shown_by(graph, subject)) if said.choice == REPLACED_PART else []
    keep, gone = sorted((subject, said.ci))
    why = said.reason or "a person said they are one"
    done.changes += join(graph, catalogue, keep, gone, reason=why, by=said.by).changes
    done.undo["joined"] = {"keep": keep, "gone": gone}
    if ending:
        _end(graph, done, said, keep, ending)
    done.changes += settle(graph, catalogue, lambda told: reconcile(graph, catalogue, told), (), [keep])
    return done


def shown_by(graph: Graph, ci: str) -> tuple[Evidence, ...]:
    """What identifies a CI."""
    rows = review_stakes.identifiers(graph, [ci])[ci]
    return tuple(Evidence(r["kind"], r["value"], r["key"], r["grade"], r["scope"] or "") for r in rows)


def waiting_evidence(catalogue: Catalogue, asked: dict[str, Any]) -> tuple[Evidence, ...]:
    """What the waiting item shows, normalised and graded."""
    item = prepare(from_stored(asked["body"]), catalogue).items[str(asked["ref"])]
    return evidence_of((i for i in item.identifiers if i.kind != DIRECT), catalogue.cls(item.cls))


def differing(graph: Graph, ci: str, shows: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    """Identifiers of `ci` that belong to a part and are of a kind in which `shows` has other values only."""
    mine = {kind: {e.value for e in shows if e.kind == kind and e.grade != "none"} for kind in PARTS}
    rows = [row for row in review_stakes.identifiers(graph, [ci])[ci] if mine.get(row["kind"])]
    kept = {row["kind"] for row in rows if row["value"] in mine[row["kind"]]}
    return [row for row in rows if row["kind"] not in kept]


def _end(graph: Graph, done: Done, said: Said, ci: str, rows: list[dict[str, Any]]) -> None:
    """The identifiers leave the CI and the records that showed them; a source that shows one again brings it back."""
    keys = {str(row["key"]) for row in rows}
    records, lost = records_without(graph, ci, keys)
    ended = review_writes.end_identifiers(graph, ci, keys, said.why(), records)
    done.undo |= {"links": [*done.undo.get("links", ()), *ended], "shown": {**done.undo.get("shown", {}), **lost}}
    done.changes += ended_changes(ci, ended, said.reason)


def records_without(graph: Graph, ci: str, keys: set[str]) -> tuple[list[dict[str, Any]], dict[str, dict[str, list[str]]]]:
    """The records of a CI that show one of these, as they are without (key, data); and what each showed, for taking it back."""
    rows, lost = [], {}
    for row in candidates.states(graph, [ci])[ci][1]:
        record = from_row(row)
        gone = {key: list(what) for key, what in record.identifiers.items() if key in keys}
        if gone:
            kept = {key: what for key, what in record.identifiers.items() if key not in keys}
            rows.append({"key": row["key"], "data": to_data(replace(record, identifiers=kept))})
            lost[str(row["key"])] = gone
    return rows, lost


def ended_changes(ci: str, rows: list[dict[str, Any]], reason: str) -> list[Change]:
    """Ended identifiers as people read them."""
    return [Change("identifier_ended", ci, "", "", str(r["kind"]), r["value"], None, edit.PERSON.key, reason) for r in rows]


def _replace(graph: Graph, catalogue: Catalogue, done: Done, said: Said, new: str) -> None:
    """The old one is retired, the new one is said to replace it, and what both show is the new one's from now on."""
    old = cis.get(graph, said.ci)
    done.undo |= {"replaced": {"new": new, "old": said.ci, "status": old.get("status")}}
    words = {"actor": said.by, "reason": said.reason or "replaced"}
    done.changes += reconcile(graph, catalogue, edit.changed(catalogue, old, {"status": "retired"}, **words, rev=None)).changes
    relation = edit.related(graph, catalogue, "replaces", new, said.ci, attributes={}, **words)
    done.changes += reconcile(graph, catalogue, relation).changes
    both = review_stakes.identifiers(graph, [new, said.ci])
    keys = {row["key"] for row in both[new]}
    _end(graph, done, said, said.ci, [row for row in both[said.ci] if row["key"] in keys])
