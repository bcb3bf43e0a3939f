"""The rule set of a house: files in a folder, switched as a whole, with a journal of the switches so that each can be undone.

The journal (`switches.json`) is written first, then the files: a crash between the two is finished at the next start. Other processes on
the same data, as that of the workers, see a switch when they look next (`refresh`), which everybody does before anything is decided.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cmdb.errors import CmdbError, Conflict, Invalid
from cmdb.model import times
from cmdb.model.catalogue import Catalogue
from reconciliation.rules import RuleSet
from reconciliation.rules_reading import load, read_folder

log = logging.getLogger(__name__)

JOURNAL = "switches.json"
KEPT = 50
"""Switches that the journal keeps."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: when, by whom, why, to which set, with its files; `undoes` is the label of a set that was left by an undo."""

    at: str
    by: str
    reason: str
    label: str
    name: str
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    undoes: str = ""

    def to_json(self) -> dict[str, Any]:
        """As command, page and API tell it: without the text of the files."""
        told = {"at": self.at, "by": self.by, "reason": self.reason, "label": self.label, "name": self.name, "undoes": self.undoes}
        return {**told, "files": sorted(self.files)}


class RulesFolder:
    """Keeps the set of a house. `fixed`: the folder is the site's own (MOORINGS_RULES) and is not written to. Safe between threads."""

    def __init__(self, catalogue: Catalogue, folder: Path, *, fixed: bool = False) -> None:
        """Read the folder, which need not exist. Raises CatalogueError with file, line and reason."""
        self._catalogue = catalogue
        self.folder = folder
        self.fixed = fixed
        self._lock = threading.Lock()
        self._journal_file = str(folder / JOURNAL)
        if not fixed and (folder / JOURNAL).exists():
            with self._alone():
                self._finish()
        self._stamp = self._now()
        self._rules = load(catalogue, read_folder(folder))

    @property
    def rules(self) -> RuleSet:
        """The set in force."""
        return self._rules

    def refresh(self) -> None:
        """Read anew what another process put in force; costs two microseconds where nothing changed.

        A set that cannot be read leaves the old one, and is logged. A switch that is not finished yet is looked at the next time.
        """
        if self._now() == self._stamp:
            return
        with self._lock:
            stamp = self._now()
            if stamp == self._stamp:
                return
            try:
                if self._journal().get("pending"):
                    return
                self._rules = load(self._catalogue, read_folder(self.folder))
                log.info("rules: another process put a set in force label=%s", self._rules.label)
            except CmdbError as error:
                log.error("rules: the set that another process wrote cannot be read, the old one stays reason=%s", error.message)
            self._stamp = stamp

    def tried(self, files: Mapping[str, str]) -> RuleSet:
        """The set that these files would make. Raises CatalogueError."""
        return load(self._catalogue, files)

    def history(self) -> list[Switch]:
        """The switches, the newest first."""
        return [Switch(**row) for row in reversed(self._journal()["switches"])]

    def use(self, files: Mapping[str, str], *, by: str, reason: str, undoes: str = "") -> Switch:
        """Put the set of these files in force (none: the shipped one).

        Raises CatalogueError for a set that is wrong, Invalid without a reason, Conflict where the folder is fixed or the set is in force.
        """
        made = self.may_use(files, reason=reason)
        with self._lock, self._alone():
            if made.digest == self._rules.digest:
                raise Conflict("This rule set is in force already.")
            journal, now = self._journal(), times.to_text(times.now())
            if not journal["switches"]:
                found = Switch(now, "", "as it was found", self._rules.label, self._rules.name, read_folder(self.folder))
                journal["switches"].append(_row(found))
            switch = Switch(now, by, reason.strip()[:500], made.label, made.name, dict(files), undoes)
            journal = {"switches": [*journal["switches"], _row(switch)][-KEPT:], "pending": True}
            _write(self.folder / JOURNAL, json.dumps(journal, ensure_ascii=False, indent=1))
            self._finish()
            self._rules, self._stamp = made, self._now()
        return switch

    def may_use(self, files: Mapping[str, str], *, reason: str) -> RuleSet:
        """The set, if it may be put in force. Raises as `use`."""
        if self.fixed:
            raise Conflict("MOORINGS_RULES names the rules of this house; change the files there and start anew.")
        if not reason.strip():
            raise Invalid("Say why the rules change.", field="reason")
        if any(not _plain_name(name) for name in files):
            raise Invalid("A rule file is called like site.yaml, without a path.", field="files")
        made = self.tried(files)
        if made.digest == self._rules.digest:
            raise Conflict("This rule set is in force already.")
        return made

    def undo(self, *, by: str, reason: str) -> Switch:
        """Put the set before the last switch in force again. Raises Conflict where there is none."""
        standing: list[Switch] = []
        for switch in reversed(self.history()):
            if not switch.undoes:
                standing.append(switch)
            elif standing:
                standing.pop()
        if len(standing) < 2:
            raise Conflict("There is no earlier rule set to go back to.")
        return self.use(standing[-2].files, by=by, reason=reason, undoes=self._rules.label)

    def _journal(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / JOURNAL).read_text("utf-8"))
        except FileNotFoundError:
            return {"switches": [], "pending": False}
        except (OSError, ValueError) as error:
            raise Invalid(f"{JOURNAL} of the rules folder cannot be read; restore it or take it away.", field="rules") from error
        return dict(found)

    def _finish(self) -> None:
        """Write the files of the last switch, where that is not done."""
        journal = self._journal()
        if not journal.get("pending"):
            return
        files = journal["switches"][-1]["files"]
        for name, text in files.items():
            _write(self.folder / name, text)
        for name in read_folder(self.folder).keys() - files.keys():
            (self.folder / name).unlink()
        _write(self.folder / JOURNAL, json.dumps({**journal, "pending": False}, ensure_ascii=False, indent=1))

    def _now(self) -> tuple[int, int]:
        """Which journal it is: each is a new file, written while the one before is still there."""
        try:
            found = os.stat(self._journal_file)  # noqa: PTH116 - a path made anew each time costs more than the look
        except OSError:
            return 0, 0
        return found.st_ino, found.st_mtime_ns

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process writes at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _row(switch: Switch) -> dict[str, Any]:
    told = {"at": switch.at, "by": switch.by, "reason": switch.reason, "label": switch.label, "name": switch.name}
    return {**told, "files": dict(switch.files), "undoes": switch.undoes}


def _plain_name(name: str) -> bool:
    ours = name.endswith((".yaml", ".yml")) and not name.startswith(".")
    return ours and Path(name).name == name and "\\" not in name and len(name) <= 100 and name.isprintable()


def _write(path: Path, text: str) -> None:
    """The whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
