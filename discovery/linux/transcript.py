"""Reading back what the script printed: sections, and in them commands with output, exit code and complaint.

    MARK section NAME
    MARK > COMMAND root|user
    …output…
    MARK < EXIT_CODE FIRST LINE OF ITS COMPLAINT
    MARK rc EXIT_CODE_OF_THE_SECTION
    MARK end NAME BYTES
    MARK done

A section without its `end`, or with another size than it says, was cut off and is not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cmdb.errors import Unreadable

SectionState = Literal["complete", "timed_out", "truncated", "lost"]

_NOT_INSTALLED = (126, 127)
_STOPPED = (124, 137, 143)
_DENIED = re.compile(
    r"permission denied|operation not permitted|not permitted|access denied|a password is required|a terminal is required"
    r"|not allowed|must be root|need to be root|be superuser|are you root|requires? root|not authori[sz]ed"
    r"|interactive authentication|authentication unavailable",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a section. `error` is the first line of what it complained about."""

    name: str
    output: str
    rc: int
    error: str = ""
    as_root: bool = False

    @property
    def ok(self) -> bool:
        """It ran and ended well."""
        return self.rc == 0

    @property
    def missing(self) -> bool:
        """It is not installed there."""
        return self.rc in _NOT_INSTALLED

    @property
    def denied(self) -> bool:
        """It said that we may not."""
        return self.rc != 0 and _DENIED.search(self.error) is not None

    @property
    def why(self) -> str:
        """The failure in words, for coverage."""
        if self.rc in _STOPPED:
            return f"{self.name} timed out"
        return f"{self.name}: {self.error}" if self.error else f"{self.name} ended with {self.rc}"


@dataclass(frozen=True, slots=True)
class Section:
    """One section as it arrived. Commands that did not end are in it with exit code 124."""

    name: str
    state: SectionState
    commands: Mapping[str, Command] = field(default_factory=dict)

    def get(self, name: str) -> Command | None:
        """The command of that name, if it was started at all."""
        return self.commands.get(name)

    def output(self, name: str) -> str:
        """What that command printed; empty where it was not started or failed."""
        command = self.commands.get(name)
        return command.output if command is not None and command.ok else ""


LOST = Section("", "lost")


@dataclass(frozen=True, slots=True)
class Transcript:
    """All sections that arrived. `done` is false when the conversation ended before the script did."""

    sections: Mapping[str, Section]
    done: bool

    def section(self, name: str) -> Section:
        """That section; a lost one where it did not arrive."""
        return self.sections.get(name, LOST)


def parse_transcript(data: bytes, marker: str) -> Transcript:
    """Split the script's output. Raises Unreadable when not even the first heading is there (not a POSIX shell, a banner, nothing)."""
    heading = f"{marker} section ".encode()
    start = data.find(heading)
    if start < 0:
        told = data[:200].decode("utf-8", "replace").strip().splitlines()
        said = f" It said: {told[0][:120]!r}" if told else " It said nothing."
        raise Unreadable(f"The host did not run the script; it has no POSIX shell for this account.{said}")
    sections: dict[str, Section] = {}
    done = False
    mark = marker.encode()
    for part in (b"\n" + data[start:]).split(b"\n" + mark + b" section ")[1:]:
        name, _, rest = part.partition(b"\n")
        body, ending, tail = rest.rpartition(b"\n" + mark + b" end ")
        section = _section(name.decode("ascii", "replace"), body if ending else rest, tail if ending else b"", marker)
        sections[section.name] = section
        done = done or tail.rstrip().endswith(mark + b" done")
    return Transcript(sections, done)


def _section(name: str, body: bytes, tail: bytes, marker: str) -> Section:
    text = body.decode("utf-8", "replace")
    ending = tail.split()
    if len(ending) < 2 or ending[0].decode("ascii", "replace") != name:
        return Section(name, "lost", _commands(text, marker))
    # ${#o} counts bytes in most shells and characters in some.
    if ending[1] not in (str(len(body)).encode(), str(len(text)).encode()):
        return Section(name, "truncated", {})
    content, found, code = text.rpartition(f"\n{marker} rc ")
    if not found:
        return Section(name, "truncated", _commands(text, marker))
    state: SectionState = "timed_out" if code.strip() in {str(rc) for rc in _STOPPED} else "complete"
    return Section(name, state, _commands(content, marker))


def _commands(text: str, marker: str) -> dict[str, Command]:
    commands: dict[str, Command] = {}
    for part in ("\n" + text).split(f"\n{marker} > ")[1:]:
        heading, _, rest = part.partition("\n")
        name, _, by = heading.partition(" ")
        output, ended, tail = ("\n" + rest).rpartition(f"\n{marker} < ")
        if not ended:
            commands[name] = Command(name, rest, 124, "", by == "root")
            continue
        code, _, error = tail.partition("\n")[0].partition(" ")
        rc = int(code) if code.isascii() and code.isdigit() and len(code) < 4 else 125
        commands[name] = Command(name, output[1:], rc, error.strip(), by == "root")
    return commands
