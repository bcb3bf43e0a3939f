"""The last word of a voice: what one source said of the same things the last time, so that a report that says it again costs little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from cmdb.graph.door import Graph, Tx


@dataclass(frozen=True, slots=True)
class LastWord:
    """`voice`: who speaks of which things; `digest`: all that was said; `at`: when.

    `records`: keys of the source records it stands in; `refs` and `cis`: what each item is, in step; `roots`: the independent ones among
    the CIs; `crossing`: their identifiers that other CIs show as well (`key id`).
    """

    voice: str
    digest: str
    at: str
    records: tuple[str, ...]
    refs: tuple[str, ...]
    cis: tuple[str, ...]
    roots: tuple[str, ...]
    crossing: tuple[str, ...] = ()


class _NotAsBefore(Exception):
    """Something was written meanwhile: roll back, and let the observation be thought through. `places`: which of many."""

    def __init__(self, places: Collection[int] = ()) -> None:
        super().__init__()
        self.places = frozenset(places)


_CROSSING: LiteralString = """
    UNWIND $roots AS id
    MATCH (c:CI {id: id})<-[:IDENTIFIES]-(i:Identifier)-[:IDENTIFIES]->(d:CI)
    RETURN i.key AS key, d.id AS ci
    """
_FIND_MANY: LiteralString = """
    UNWIND $rows AS row
    MATCH (w:LastWord {voice: row.voice}) WHERE w.digest = row.digest
    RETURN collect([row.n, w.at, w.records, w.refs, w.cis, w.roots, w.crossing]) AS found
    """
_CROSSING_MANY: LiteralString = """
    UNWIND $roots AS id
    MATCH (c:CI {id: id})<-[:IDENTIFIES]-(i:Identifier)-[:IDENTIFIES]->(d:CI)
    RETURN id AS root, collect(i.key + ' ' + d.id) AS others
    """
_TOUCH_MANY: LiteralString = """
    UNWIND $rows AS row
    MATCH (s:SourceRecord {key: row.key})-[:RECORD_OF]->(c:CI)
    SET s.lock = row.at
    WITH row, s, c WHERE s.observed_at = row.before AND s.absent_at = '' AND c.presence = 'present'
    SET s.observed_at = row.at, c.last_seen_at = CASE WHEN c.last_seen_at < row.at THEN row.at ELSE c.last_seen_at END
    RETURN collect(row.n) AS places
    """
_TOUCH: LiteralString = """
    UNWIND $records AS key
    MATCH (s:SourceRecord {key: key})-[:RECORD_OF]->(c:CI)
    SET s.lock = $at
    WITH s, c WHERE s.observed_at = $before AND s.absent_at = '' AND c.presence = 'present'
    SET s.observed_at = $at, c.last_seen_at = CASE WHEN c.last_seen_at < $at THEN $at ELSE c.last_seen_at END
    RETURN count(s) AS n
    """


def again(graph: Graph, voice: str, digest: str, at: str) -> LastWord | None:
    """Where this voice said exactly this the last time, not later than `at`: mark it seen at `at` and return that word, else None.

    None, too, when anything it stands on was changed, moved or ended since, or when another CI shows an identifier of these since.
    """

    def work(tx: Tx) -> LastWord | None:
        word = _find(tx, voice, digest)
        if word is None or word.at > at or _crossing(tx, word.roots) != word.crossing:
            return None
        if word.at < at:
            done = tx.run(_TOUCH, records=list(word.records), at=at, before=word.at)
            if done[0]["n"] != len(word.records):
                raise _NotAsBefore
            tx.run("MATCH (w:LastWord {voice: $voice}) SET w.at = $at", voice=voice, at=at)
        return word

    try:
        return graph.writing(work)
    except _NotAsBefore:
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """That a voice said exactly this at a time (ISO text)."""

    voice: str
    digest: str
    at: str


def again_many(graph: Graph, said: Sequence[Said]) -> list[LastWord | None]:
    """`again` for many at once, in step with `said`, in one transaction: statements for all of them, not for each.

    Of several of one voice only the first counts; the others are None. Where one turns out not to be as before, the rest is done without.
    """
    places = {one.voice: place for place, one in reversed(list(enumerate(said)))}
    left = sorted(places.values(), key=lambda place: said[place].voice)  # everybody locks in the same order
    found: dict[int, LastWord] = {}
    while left:
        try:
            found = graph.writing(lambda tx, left=left: _again(tx, {place: said[place] for place in left}))  # type: ignore[misc]
            break
        except _NotAsBefore as error:
            left = [place for place in left if place not in error.places]
    return [found.get(place) for place in range(len(said))]


def _again(tx: Tx, said: Mapping[int, Said]) -> dict[int, LastWord]:
    words = _find_many(tx, said)
    crossing: dict[str, set[str]] = {}
    for row in tx.run(_CROSSING_MANY, roots=sorted({root for word in words.values() for root in word.roots})):
        crossing.setdefault(str(row["root"]), set()).update(row["others"])
    words = {n: w for n, w in words.items() if tuple(sorted(set().union(*(crossing.get(r, set()) for r in w.roots)))) == w.crossing}
    later = {n: w for n, w in words.items() if w.at < said[n].at}
    rows = [{"n": n, "key": key, "at": said[n].at, "before": w.at} for n, w in later.items() for key in w.records]
    touched: Counter[int] = Counter(tx.run(_TOUCH_MANY, rows=rows)[0]["places"]) if rows else Counter()
    missed = {n for n, w in later.items() if touched[n] != len(w.records)}
    if missed:
        raise _NotAsBefore(missed)
    if later:
        tx.run(
            "UNWIND $rows AS row MATCH (w:LastWord {voice: row.voice}) SET w.at = row.at",
            rows=[{"voice": w.voice, "at": said[n].at} for n, w in later.items()],
        )
    return words


def _find_many(tx: Tx, said: Mapping[int, Said]) -> dict[int, LastWord]:
    rows = tx.run(_FIND_MANY, rows=[{"n": n, "voice": one.voice, "digest": one.digest} for n, one in said.items()])
    words: dict[int, LastWord] = {}
    for n, at, *lists in rows[0]["found"]:
        if str(at) <= said[n].at:
            words[n] = LastWord(said[n].voice, said[n].digest, str(at), *(tuple(one or ()) for one in lists))
    return words


def _find(tx: Tx, voice: str, digest: str) -> LastWord | None:
    rows = tx.run("MATCH (w:LastWord {voice: $voice}) WHERE w.digest = $digest RETURN w AS word", voice=voice, digest=digest)
    if not rows:
        return None
    word = rows[0]["word"]
    lists = {name: tuple(word.get(name) or ()) for name in ("records", "refs", "cis", "roots", "crossing")}
    return LastWord(voice, digest, str(word["at"]), **lists)


def _crossing(tx: Tx, roots: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({f"{row['key']} {row['ci']}" for row in tx.run(_CROSSING, roots=list(roots))}))


def keep(tx: Tx, word: LastWord) -> None:
    """Keep a word in the transaction that wrote what it says, unless a later one is kept already."""
    props: dict[str, Any] = {name: list(getattr(word, name)) for name in ("records", "refs", "cis", "roots")}
    props |= {"digest": word.digest, "at": word.at, "crossing": list(_crossing(tx, word.roots))}
    tx.run(
        """
        MERGE (w:LastWord {voice: $voice})
        ON CREATE SET w.at = ''
        WITH w WHERE w.at <= $at
        SET w += $props
        """,
        voice=word.voice,
        at=word.at,
        props=props,
    )


def keep_many(tx: Tx, words: Sequence[LastWord]) -> None:
    """`keep` for words of different voices, in two statements."""
    crossing: dict[str, set[str]] = {}
    for row in tx.run(_CROSSING_MANY, roots=sorted({root for word in words for root in word.roots})):
        crossing.setdefault(str(row["root"]), set()).update(row["others"])
    rows = []
    for word in words:
        props: dict[str, Any] = {name: list(getattr(word, name)) for name in ("records", "refs", "cis", "roots")}
        crosses = sorted(set().union(*(crossing.get(root, set()) for root in word.roots)))
        rows.append({"voice": word.voice, "at": word.at, "props": {**props, "digest": word.digest, "at": word.at, "crossing": crosses}})
    tx.run(
        """
        UNWIND $rows AS row
        MERGE (w:LastWord {voice: row.voice})
        ON CREATE SET w.at = ''
        WITH w, row WHERE w.at <= row.at
        SET w += row.props
        """,
        rows=rows,
    )


def forget(graph: Graph, before: str) -> int:
    """Drop words that were not repeated since `before`: their voices are gone, or speak otherwise now. Returns how many."""
    return int(graph.write("MATCH (w:LastWord) WHERE w.at < $before DELETE w RETURN count(*) AS n", before=before)[0]["n"])
