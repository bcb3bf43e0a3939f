"""Notes of people on a configuration item: a text, a file, or both.

The text is in the graph and the file in the ledger, so the order of the writes matters. Adding: the file, the note, then that the file
stays. Removing: that the file may go, the note, then the file. Wherever it ends half way, `settle_doubts` finds it a day later.
"""

from __future__ import annotations

import mimetypes
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from cmdb.errors import Invalid, NotAllowed
from cmdb.graph import notes as store
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.model.change import Change, ChangeKind
from cmdb.model.clean import clean_text, one_line
from cmdb.model.events import event_of
from cmdb.model.ids import uuid7
from cmdb.store import Ledger
from cmdb.store.attachments import check_size

MAX_TEXT = 20_000
MAX_NAME = 200
PERSON = "person:edit"
UNKNOWN_TYPE = "application/octet-stream"
_TYPES = mimetypes.MimeTypes(filenames=())
_LONGEST_END = 20
_OPEN_FOR = timedelta(days=1)
_STEP = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: the name its sender gave it, and its bytes."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `at`: ISO text; `by`: whose login or token; `file`: SHA-256 (hex) of what is attached, empty where nothing is."""

    id: str
    ci: str
    at: str
    by: str
    text: str
    file: str = ""
    file_name: str = ""
    media_type: str = ""
    size: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Note:
        """From a row of the graph."""
        return cls(**{name: row[name] for name in cls.__slots__ if row.get(name) is not None})

    def may_go(self, actor: str, *, rules: bool) -> bool:
        """Whether this actor may remove it: who wrote it, or who rules here (an administrator)."""
        return rules or self.by == actor


def safe_name(given: str) -> str:
    """A file's name as it may be kept: no path, no control characters, at most 200 characters, its ending kept. Doing it twice changes
    nothing."""
    line = unicodedata.normalize("NFC", one_line(given))
    name = line.replace("\\", "/").rstrip("/ ").rpartition("/")[2].strip(" .") or "file"
    if len(name) > MAX_NAME:
        path = PurePosixPath(name)
        end = path.suffix if len(path.suffix) <= _LONGEST_END else ""
        name = name[: MAX_NAME - len(end)].rstrip(" .") + end
    return name


def media_type(name: str) -> str:
    """What a file of that name says it is, by its ending alone; its bytes are not asked."""
    kind, packing = _TYPES.guess_type(f"x{PurePosixPath(name).suffix}", strict=True)
    return UNKNOWN_TYPE if kind is None or packing else kind


def add(graph: Graph, ledger: Ledger, ci: Mapping[str, Any], text: str, file: Upload | None, *, by: str) -> Note:
    """Put a note on a CI (its properties), told in its history.

    Raises Invalid naming the field: neither text nor file, a text over 20,000 characters, a file that is empty or over 20 MB; Conflict
    where the CI went meanwhile. Then nothing is kept.
    """
    words = clean_text(text)
    if len(words) > MAX_TEXT:
        raise Invalid(f"The text is longer than {MAX_TEXT:,} characters; shorten it, or attach it as a file.", field="text")
    if not words and file is None:
        raise Invalid("A note needs a text or a file.", field="text")
    note = Note(uuid7(), str(ci["id"]), times.to_text(times.now()), by, words)
    if file is not None:
        check_size(len(file.body))
        name = safe_name(file.name)
        sha256 = ledger.attachments.keep(note.id, file.body)
        note = Note(note.id, note.ci, note.at, by, words, sha256, name, media_type(name), len(file.body))
    props = {name: value for name, value in asdict(note).items() if name != "ci"}
    # Where this fails, the file is not dropped: with a connection that was lost, the note may be there. Its reference stays open.
    store.add(graph, note.ci, props, _told("note_added", ci, note, by))
    if file is not None:
        ledger.attachments.settle([note.id])
    return note


def _told(kind: ChangeKind, ci: Mapping[str, Any], note: Note, by: str) -> dict[str, Any]:
    """The event of the history. The text is not in it: what is removed is not to be read there."""
    added, name = kind == "note_added", note.file_name or None
    why = f"SHA-256 {note.file}" if note.file and not added else ""
    words = ("", None if added else name, name if added else None, PERSON, why)
    change = Change(kind, str(ci["id"]), str(ci["class"]), str(ci.get("display_name") or ""), *words)
    return {**event_of(change, times.to_text(times.now()), by), "reason": ""}


def listed(graph: Graph, ci: str, *, before: str | None = None, limit: int = 50) -> list[Note]:
    """Notes on a CI, the newest first. `before`: id of the last one seen."""
    return [Note.of(row) for row in store.of_ci(graph, ci, before=before, limit=limit)]


def one(graph: Graph, note: str) -> Note:
    """One note. Raises NotFound."""
    return Note.of(store.get(graph, note))


def remove(graph: Graph, ledger: Ledger, ci: Mapping[str, Any], note: Note, *, by: str, rules: bool) -> None:
    """Take a note away, its file too where no other note has the same; the history tells who, and the file's name and hash.

    Raises NotAllowed unless `by` wrote it or `rules` (an administrator), Conflict where somebody else removed it.
    """
    if not note.may_go(by, rules=rules):
        raise NotAllowed(f"Only {note.by}, who wrote this note, and administrators may remove it.")
    if note.file:
        ledger.attachments.doubt([note.id])
    store.remove(graph, note.id, note.ci, _told("note_removed", ci, note, by))
    if note.file:
        ledger.attachments.drop([note.id])


def settle(graph: Graph, ledger: Ledger, notes: Collection[str]) -> int:
    """Files of these notes stay where the note is there, and go where it is not. Returns how many bodies went."""
    if not notes:
        return 0
    present = store.there(graph, notes)
    ledger.attachments.settle(present)
    return ledger.attachments.drop(set(notes) - present)


def settle_doubts(graph: Graph, ledger: Ledger, now: datetime | None = None) -> int:
    """What was left half done a day ago or longer: files whose note never came or was removed go. Returns how many bodies went."""
    before, gone = (now or times.now()) - _OPEN_FOR, 0
    while some := ledger.attachments.doubted(before, _STEP):
        gone += settle(graph, ledger, some)
    return gone
