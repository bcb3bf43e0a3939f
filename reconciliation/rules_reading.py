"""Reading rule sets: the shipped files, over them those of a site, checked, and tried on their own cases.

A set that is wrong is refused as a whole with file, line and reason, so a house never runs on half of one. What is unsafe cannot be
switched on: what many share (an address, a class) identifies nothing by itself, and the forms by which the graph keeps values stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue, CatalogueError
from cmdb.model.catalogue.source import MAX_FILE, Part, read_text
from reconciliation import rules_blocking, rules_strengths
from reconciliation.authority import precedence_of
from reconciliation.evidence import BlockList, Kind
from reconciliation.rules import Entry, RuleSet, Weighing
from reconciliation.rules_cases import Case, case_of, tried
from reconciliation.rules_yaml import amount, plain

KEYS = ("version", "name", "identifiers", "strengths", "blocklist", "weighing", "entries", "precedence", "tests")
MAX_FILES = 50
MAX_CASES = 2_000
_SHIPPED = ("identifiers.yaml", "blocklist.yaml", "precedence.yaml", "rules.yaml")


@dataclass(slots=True)
class Reading:
    """A set while it is read. `strengths`: class → kind → grade as written; `alone`: classes that take nothing from above."""

    catalogue: Catalogue
    version: int = 0
    name: str = ""
    kinds: dict[str, Kind] = field(default_factory=dict)
    blocklist: dict[str, Any] = field(default_factory=dict)
    precedence: dict[str, Any] = field(default_factory=dict)
    strengths: dict[str, dict[str, str]] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    entries: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    weighing: Weighing = field(default_factory=Weighing)
    cases: dict[str, Case] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def shipped(catalogue: Catalogue) -> RuleSet:
    """The shipped set for this catalogue."""
    return load(catalogue, {})


def read_folder(folder: Path | None) -> dict[str, str]:
    """Name → text of the rule files of a folder; none where there is no folder. Raises CatalogueError for what is no text or too large."""
    if folder is None or not folder.is_dir():
        return {}
    found: dict[str, str] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.is_file()):
        try:
            raw = path.read_bytes()
            found[path.name] = raw.decode("utf-8-sig")
        except OSError as error:
            raise CatalogueError(path.name, 0, f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CatalogueError(path.name, 0, "is not UTF-8 text") from error
    return found


def load(catalogue: Catalogue, files: Mapping[str, str]) -> RuleSet:
    """The shipped set with a site's files over it, in the order of their names; all cases of all files have passed.

    Raises CatalogueError naming file, line and reason.
    """
    if len(files) > MAX_FILES:
        raise CatalogueError("rules", 0, f"there are more than {MAX_FILES} files")
    reading = _base(catalogue)
    for name in sorted(files):
        if len(files[name].encode()) > MAX_FILE:
            raise CatalogueError(name, 0, f"is larger than {MAX_FILE:,} bytes")
        _read(reading, name, files[name])
    made = _made(reading, files)
    for case in reading.cases.values():
        _try(made, catalogue, case, own=not files or case.place[0] in files)
    return made


def _base(catalogue: Catalogue) -> Reading:
    texts = _shipped_texts()
    reading = Reading(catalogue)
    data = {name: plain(_part(name, texts[name])) for name in _SHIPPED[:3]}
    rows = {name: row for name, row in data["identifiers.yaml"].items() if isinstance(row, dict)}
    reading.kinds = {n: Kind(n, r["form"], r["scope"], int(r.get("rank", 99)), r["differs"], r.get("family", "")) for n, r in rows.items()}
    reading.blocklist, reading.precedence = data["blocklist.yaml"], data["precedence.yaml"]
    _read(reading, "rules.yaml", texts["rules.yaml"])
    reading.files = []
    return reading


@lru_cache(maxsize=1)
def _shipped_texts() -> Mapping[str, str]:
    folder = resources.files("reconciliation") / "data"
    return {name: (folder / name).read_text(encoding="utf-8") for name in _SHIPPED}


def _part(name: str, text: str) -> Part:
    part = read_text(text, name)
    if part is None:
        raise CatalogueError(name, 0, "is empty")
    return part


def _read(reading: Reading, name: str, text: str) -> None:
    said = _part(name, text).fields(KEYS)
    reading.files.append(name)
    if "version" not in said:
        raise CatalogueError(name, 1, "says no version; begin with `version: 1`, and count it up with every change")
    reading.version = int(amount(said["version"], 0, 1_000_000, whole=True))
    if "name" in said:
        reading.name = said["name"].text()
    readers: dict[str, Callable[[Part], None]] = {
        "identifiers": lambda part: rules_strengths.read_kinds(reading, part),
        "blocklist": lambda part: rules_blocking.read_blocklist(reading.blocklist, part),
        "strengths": lambda part: rules_strengths.read_strengths(reading, part),
        "weighing": lambda part: _weighing(reading, part),
        "entries": lambda part: rules_strengths.read_entries(reading, part),
        "precedence": lambda part: _precedence(reading, part),
        "tests": lambda part: _tests(reading, part),
    }
    for key, reader in readers.items():
        if key in said:
            reader(said[key])


def _weighing(reading: Reading, part: Part) -> None:
    said = part.fields(("live_days", "gone_days", "weak_matches"))
    new = reading.weighing
    if "live_days" in said:
        new = replace(new, live_days=amount(said["live_days"], 0, 90))
    if "gone_days" in said:
        new = replace(new, gone_days=amount(said["gone_days"], 1, 3650))
    if "weak_matches" in said:
        new = replace(new, weak_matches=said["weak_matches"].word(("take", "ask")))
    if new.gone_days <= new.live_days:
        part.refuse("gone_days must be more than live_days: what is alive is not gone")
    reading.weighing = new


def _precedence(reading: Reading, part: Part) -> None:
    said = plain(part)
    allowed = ("default", "ties", "order", "attributes", "classes", "generic_classes")
    part.fields(allowed)
    merged = dict(reading.precedence)
    for key, value in said.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    for cls in said.get("classes") or {}:
        if cls not in reading.catalogue.classes:
            part.refuse(f"there is no class {cls[:60]!r}")
    try:
        precedence_of(merged)
    except (Invalid, AttributeError, TypeError) as error:
        part.refuse(f"precedence{f'.{error.field}' if isinstance(error, Invalid) and error.field else ''}: {error}")
    reading.precedence = merged


def _tests(reading: Reading, part: Part) -> None:
    said = plain(part)
    if not isinstance(said, list) or len(said) > MAX_CASES:
        part.refuse(f"tests must be a list of at most {MAX_CASES} cases")
    for node, one in zip(part.node.value, said, strict=True):
        line = node.start_mark.line + 1
        try:
            case = case_of(one, (part.spot.file, line))
        except Invalid as error:
            raise CatalogueError(part.spot.file, line, error.message) from None
        if case.name in reading.cases:
            raise CatalogueError(part.spot.file, line, f"there is a case {case.name!r} already; give yours another name")
        reading.cases[case.name] = case


def _try(rules: RuleSet, catalogue: Catalogue, case: Case, *, own: bool) -> None:
    """Its own cases a file must pass to the letter; by the shipped ones it may be stricter, and never join what they keep apart."""
    file, line = case.place
    try:
        wrong = tried(rules, catalogue, case, exactly=own)
    except Invalid as error:
        raise CatalogueError(file, line, f"case {case.name!r}: {error.message}") from None
    if wrong:
        raise CatalogueError(file, line, f"{'' if own else 'the shipped '}case {case.name!r} fails: {wrong}")


def _made(reading: Reading, files: Mapping[str, str]) -> RuleSet:
    content = orjson.dumps([dict(_shipped_texts()), dict(files)], option=orjson.OPT_SORT_KEYS)
    return RuleSet(
        version=reading.version,
        name=reading.name,
        digest=hashlib.sha256(content).hexdigest(),
        kinds=reading.kinds,
        blocklist=BlockList(reading.blocklist),
        precedence=precedence_of(reading.precedence),
        strengths=rules_strengths.resolved(reading),
        entries=rules_strengths.entries_resolved(reading),
        weighing=reading.weighing,
        files=tuple(reading.files),
        cases=len(reading.cases),
    )
