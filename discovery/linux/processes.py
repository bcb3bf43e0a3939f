"""Section `processes`: which programs run, with their arguments word by word."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, whole

_ARGUMENTS = re.compile(r"^/proc/(\d{1,9})/cmdline:(.*)$")
_KERNEL_NAME_LENGTH = 15
# Main threads that carry the name of the runtime's thread and not of the program.
_THREAD_NAMES = {"MainThread", "main", "Main"}
_MAX_WORDS = 200


@dataclass(frozen=True, slots=True)
class Process:
    """One process. `arguments` are as given, secrets included: only `discovery.redact` may hand them on."""

    pid: int
    parent: int
    user: str
    command: str
    arguments: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The program's name: the kernel's, which is cut at 15 characters, completed from the first argument where that fits."""
        is_cut, is_thread = len(self.command) == _KERNEL_NAME_LENGTH, self.command in _THREAD_NAMES
        if not self.arguments or not (is_cut or is_thread):
            return self.command
        first = posixpath.basename(self.arguments[0].split(" ")[0].rstrip(":"))
        return clean(first, 100) if first and (is_thread or first.startswith(self.command)) else self.command


def read_processes(section: Section) -> dict[int, Process]:
    """All processes by pid."""
    return parse_ps(section.output("ps"), parse_arguments(section.output("arguments")))


def parse_ps(text: str, arguments: Mapping[int, tuple[str, ...]] | None = None) -> dict[int, Process]:
    """`ps -o pid,ppid,user,comm` of procps and BusyBox; the plain `ps` of very small BusyBoxes (PID USER … COMMAND) has no parents."""
    lines = text.splitlines()
    heading = lines[0].split() if lines else []
    with_parents = "PPID" in heading
    found: dict[int, Process] = {}
    for line in lines[1:]:
        words = line.split(None, 3)
        pid = whole(words[0]) if len(words) == 4 else None
        if pid is None:
            continue
        given = (arguments or {}).get(pid, ())
        if with_parents:
            found[pid] = Process(pid, whole(words[1]) or 0, clean(words[2], 100), _program(words[3]), given)
        else:
            found[pid] = Process(pid, 0, clean(words[1], 100), _program(line.split()[-1] if not given else given[0]), given)
    return found


def parse_arguments(text: str) -> dict[int, tuple[str, ...]]:
    """`/proc/PID/cmdline:` lines with the words separated by U+001F; an argument may itself hold line ends."""
    found: dict[int, str] = {}
    for line in text.split("\n"):
        match = _ARGUMENTS.match(line)
        if match is None:
            continue
        pid = int(match[1])
        found[pid] = f"{found[pid]}\n{match[2]}" if pid in found else match[2]
    return {pid: tuple(words.rstrip("\x1f").split("\x1f")[:_MAX_WORDS]) for pid, words in found.items()}


def _program(text: str) -> str:
    """A program's name without path, brackets of kernel threads and the colon of those that retitle themselves."""
    word = clean(text, 200)
    if word.startswith(("[", "{")):
        return word.strip("[]{}").split("}")[0]
    first = word.split(" ")[0] if word.startswith("/") else word
    return posixpath.basename(first).rstrip(":").lstrip("-") if first.startswith(("/", "-")) else first.rstrip(":")
