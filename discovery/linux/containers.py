"""Section `containers`: what docker, podman and CRI engines run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from discovery.linux.transcript import Section
from discovery.linux.untrusted import clean, load_json, mapping, rows, whole

_PUBLISHED = re.compile(r"(?:[0-9a-fA-F.:\[\]*]+:)?(\d{1,5})(?:-(\d{1,5}))?->\d")
_ENGINES = ("docker", "podman", "crictl")


@dataclass(frozen=True, slots=True)
class Container:
    """One container. `ports` are the host's ports that lead to it."""

    id: str
    name: str
    image: str
    state: str
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Engines:
    """The containers of all engines together, and what kept us from others."""

    containers: tuple[Container, ...] = ()
    denied: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def read_containers(section: Section) -> Engines:
    """Every engine's containers by id (an engine may answer to two commands). Raises Unreadable on broken JSON."""
    found: dict[str, Container] = {}
    denied: list[str] = []
    failures: list[str] = []
    for engine in _ENGINES:
        command = section.get(engine)
        if command is None or command.missing:
            continue
        if command.ok:
            parsed = {"docker": parse_docker, "podman": parse_podman, "crictl": parse_crictl}[engine](command.output)
            found.update({one.id: one for one in parsed if one.id})
        else:
            (denied if command.denied else failures).append(command.why)
    return Engines(tuple(found.values()), tuple(denied), tuple(failures))


def parse_docker(text: str) -> list[Container]:
    """`docker ps --format '{{json .}}'`: one JSON object a line (podman's docker shim prints the same). Raises Unreadable."""
    found = []
    for line in text.splitlines():
        row = mapping(load_json(line))
        name = clean(row.get("Names"), 255).split(",")[0]
        state = clean(row.get("State"), 40) or clean(row.get("Status"), 40).split(" ")[0].lower()
        found.append(
            Container(_id(row.get("ID")), name, clean(row.get("Image"), 500), state, published_ports(clean(row.get("Ports"), 5000)))
        )
    return found


def parse_podman(text: str) -> list[Container]:
    """`podman ps --format json`: a list; names are a list too. Raises Unreadable."""
    found = []
    for row in rows(load_json(text)):
        names = row.get("Names")
        name = clean(names[0] if isinstance(names, list) and names else names, 255)
        ports: list[int] = []
        for port in rows(row.get("Ports")):
            first = whole(port.get("host_port", port.get("hostPort")))
            if first:
                ports.extend(range(first, first + min(max(whole(port.get("range")) or 1, 1), 1000)))
        found.append(
            Container(_id(row.get("Id") or row.get("ID")), name, clean(row.get("Image"), 500), clean(row.get("State"), 40), _valid(ports))
        )
    return found


def parse_crictl(text: str) -> list[Container]:
    """`crictl ps -o json`: the name in metadata, the state as CONTAINER_RUNNING. Raises Unreadable."""
    found = []
    for row in rows(mapping(load_json(text)).get("containers")):
        pod = clean(mapping(row.get("labels")).get("io.kubernetes.pod.name"), 255)
        name = clean(mapping(row.get("metadata")).get("name"), 255)
        image = clean(mapping(row.get("image")).get("userSpecifiedImage"), 500) or clean(mapping(row.get("image")).get("image"), 500)
        state = clean(row.get("state"), 40).removeprefix("CONTAINER_").lower()
        found.append(Container(_id(row.get("id")), f"{pod}/{name}" if pod else name, image, state))
    return found


def published_ports(text: str) -> tuple[int, ...]:
    """docker's `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 9000-9002->9000-9002/tcp`: the host's ports."""
    found: list[int] = []
    for first, last in _PUBLISHED.findall(text):
        start, end = int(first), int(last or first)
        found.extend(range(start, min(end, start + 1000) + 1))
    return _valid(found)


def _valid(ports: list[int]) -> tuple[int, ...]:
    return tuple(sorted({port for port in ports if 0 < port < 65536}))


def _id(value: object) -> str:
    text = clean(value, 128)
    return text if re.fullmatch(r"[0-9a-f]{12,64}", text) else ""
