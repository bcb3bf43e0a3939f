"""A site's own privacy rules: files that drop more than the shipped table does. They cannot keep more: that table is the floor.

drop:
  - {section: monitors, of: [corporate, loaned], why: "the works council asked for it"}
  - {section: softwares, fields: [publisher], of: [corporate]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cmdb.errors import Invalid
from discovery.reports.tables import table

CLASSES = ("corporate", "loaned", "personal")
MAX_FILE = 262_144
_LOOSER = ("keep", "allow", "hash", "never", "watch_list", "sections", "envelope", "admin_groups", "no_category")


@dataclass(frozen=True, slots=True)
class Drop:
    """One rule: of these ownership classes these fields of a section (all when none is named) do not come in."""

    section: str
    fields: frozenset[str]
    of: frozenset[str]
    why: str = ""


_chosen: tuple[Drop, ...] = ()


def in_force() -> tuple[Drop, ...]:
    """The site's rules; empty where it has none."""
    return _chosen


def use(rules: Iterable[Drop]) -> None:
    """From now on these are in force, for every report that comes in."""
    global _chosen  # noqa: PLW0603 - one house, one set of rules; chosen once when it opens
    _chosen = tuple(rules)


def read_folder(folder: Path | None) -> tuple[Drop, ...]:
    """The rules of all *.yaml of a folder, in the order of their names. Raises Invalid with file, line and reason; then none counts."""
    if folder is None:
        return ()
    found: list[Drop] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{path}: cannot be read ({type(error).__name__}).", field="MOORINGS_PRIVACY") from None
        found += read_rules(text, str(path))
    return tuple(found)


def read_rules(text: str, file: str) -> list[Drop]:
    """The rules of one file. Raises Invalid with file, line and reason: for what is no such file, names a section or field that does not
    exist, or would keep more than the shipped table."""
    if len(text) > MAX_FILE:
        raise Invalid(f"{file}: larger than {MAX_FILE:,} characters.", field="MOORINGS_PRIVACY")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong(file, mark.line + 1 if mark else 1, "is not YAML") from None
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(file, 1, "must be a mapping with the key drop")
    found: list[Drop] = []
    for key, value in node.value:
        word, line = str(key.value), key.start_mark.line + 1
        if word in _LOOSER:
            raise _wrong(file, line, f"{word}: a site's rules can only drop more; what the shipped table drops stays dropped")
        if word != "drop":
            raise _wrong(file, line, f"there is no key {word[:40]!r}; use drop")
        if not isinstance(value, yaml.SequenceNode):
            raise _wrong(file, line, "drop must be a list")
        found += [_drop(one, file) for one in value.value]
    return found


def _drop(node: yaml.Node, file: str) -> Drop:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(file, line, "each rule is a mapping with section, fields, of and why")
    parts: dict[str, yaml.Node] = {str(key.value): value for key, value in node.value}
    for name in parts.keys() - {"section", "fields", "of", "why"}:
        raise _wrong(file, line, f"there is no key {name[:40]!r} in a rule; use section, fields, of, why")
    section = _texts(parts, "section", file, line)
    sections: Mapping[str, Any] = table("privacy")["sections"]
    if len(section) != 1 or section[0] not in sections:
        raise _wrong(file, line, f"there is no section {', '.join(section)[:60]!r}")
    known = {name for who, names in sections[section[0]].items() if isinstance(names, list) for name in names}
    fields, of = _texts(parts, "fields", file, line), _texts(parts, "of", file, line) or list(CLASSES)
    for name in fields:
        if name not in known:
            raise _wrong(file, line, f"the section {section[0]} has no field {name[:60]!r}")
    for name in of:
        if name not in CLASSES:
            raise _wrong(file, line, f"{name[:60]!r} is no ownership; use {', '.join(CLASSES)}")
    return Drop(section[0], frozenset(fields), frozenset(of), " ".join(_texts(parts, "why", file, line))[:300])


def _texts(parts: Mapping[str, yaml.Node], name: str, file: str, line: int) -> list[str]:
    node = parts.get(name)
    if node is None:
        return []
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(one, yaml.ScalarNode) for one in nodes):
        raise _wrong(file, line, f"{name} must be a word or a list of words")
    return [str(one.value) for one in nodes]


def _wrong(file: str, line: int, reason: str) -> Invalid:
    return Invalid(f"{file}, line {line}: {reason}.", field="MOORINGS_PRIVACY")
