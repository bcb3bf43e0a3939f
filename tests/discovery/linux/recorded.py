"""Recorded hosts: what the script printed there, in files people can read (`@@` is the marker; sizes and ends are added here).

The debian-vm host was recorded on a real machine and shortened; the others follow the real output of their distributions' tools.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from cmdb.model.observation import Identifier, Item, Observation, Source
from discovery.linux.observe import Look, observe
from discovery.linux.reading import Reader
from discovery.linux.transcript import Section, Transcript, parse_transcript

MARKER = "mrg-0123456789abcdef"
HOSTS = Path(__file__).with_name("hosts")
LOOK = Look(Source("ssh", "scan"), datetime(2026, 11, 22, 10, 0, tzinfo=UTC), "10.1.0.5")


def output_of(name: str, without: Collection[str] = ()) -> bytes:
    """The bytes as they would come over the wire."""
    return framed((HOSTS / f"{name}.txt").read_text(encoding="utf-8"), without)


def framed(text: str, without: Collection[str] = ()) -> bytes:
    """Readable sections to the script's output."""
    parts = []
    for part in re.split(r"^@@ section ", text, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        if name in without:
            continue
        body = re.sub(r"^@@(?= [<>])", MARKER, body.rstrip("\n"), flags=re.MULTILINE)
        body = re.sub(rf"^(?={MARKER} <)", "\n", body, flags=re.MULTILINE)
        whole = f"{body}\n{MARKER} rc 0"
        parts.append(f"{MARKER} section {name}\n{whole}\n{MARKER} end {name} {len(whole.encode())}\n")
    return "".join((*parts, f"{MARKER} done\n")).encode()


def transcript_of(name: str) -> Transcript:
    """The recorded host's transcript."""
    return parse_transcript(output_of(name), MARKER)


def observed(name: str, look: Look = LOOK) -> Observation:
    """The recorded host's observation."""
    return observe(Reader(transcript_of(name)), look)


def section(**outputs: str) -> Section:
    """A section in which these commands printed that."""
    body = "\n".join(f"@@ > {name} root\n{output}\n@@ < 0 " for name, output in outputs.items())
    return parse_transcript(framed(f"@@ section x\n{body}\n"), MARKER).section("x")


def host(observation: Observation) -> Item:
    """The host itself."""
    return next(item for item in observation.items if item.ref == "host")


def of_class(observation: Observation, cls: str) -> dict[str, Item]:
    """Items of a class by ref."""
    return {item.ref: item for item in observation.items if item.cls == cls}


def relations(observation: Observation, kind: str) -> set[tuple[str, str]]:
    """Relations of a type as (source, target)."""
    return {(relation.source, relation.target) for relation in observation.relations if relation.type == kind}


def values(item: Item, kind: str) -> list[str]:
    """The item's identifiers of a kind."""
    return [identifier.value for identifier in item.identifiers if identifier.kind == kind]


def has(item: Item, kind: str, value: str, scope: str = "") -> bool:
    """Whether it carries that identifier."""
    return Identifier(kind, value, scope) in item.identifiers


def coverage(observation: Observation) -> dict[str, str]:
    """Part → state of the host."""
    return {one.part: one.state for one in observation.coverage if one.item == "host"}


def reasons(observation: Observation) -> dict[str, str]:
    """Part → reason of the host."""
    return {one.part: one.reason for one in observation.coverage if one.item == "host"}
