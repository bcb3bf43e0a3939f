"""Whether a report says itself when it was made, and a hash that tells its bytes from those of every other one.

A token is all that a report needs to come in, so who holds one can send an old report again. What carries its own time is made only once:
the same bytes twice are one report (sent again because the answer was lost, or played back), however late the second comes. What carries
none cannot be told from a device of which nothing changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from lxml import etree

_TIME = re.compile(r"(?:20(?:1[5-9]|[2-9]\d)|2[1-9]\d\d)-\d\d-\d\d[T ]\d\d:\d\d")
"""Since 2015: a machine whose clock starts anew each time it does may write the same 1970 twice, and means two moments."""
_EARLIEST_S = 1_420_070_400
_LYNIS = re.compile(rb"^report_datetime_(?:start|end)=([^\n]{1,40})", re.MULTILINE)
_RESULTS = ("TestResult", "Benchmark", "asset-report-collection")


def once(body: bytes | Sequence[bytes], said: etree._Element | Mapping[str, Any] | None, about: str = "") -> str:
    """The hash of an unpacked body (or of its pieces), in hex; empty where it carries no time of its own.

    `said`: what was parsed of it, None for the text of Lynis. `about`: what came beside the body and says of which device it is.
    """
    pieces = (body,) if isinstance(body, bytes) else body
    if not any(_TIME.search(text) for text in _times(pieces[0], said)):
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for piece in (*pieces, b"\0", about.encode("utf-8", "replace")) if about else pieces:
        digest.update(piece)
    return digest.hexdigest()


def once_of_lines(agent: str, tree: Mapping[str, Any]) -> str:
    """The same for lines of osquery's log, of one agent: they carry the second in which their query ran."""
    lines = tree.get("data")
    timed = (line.get("unixTime") for line in lines if isinstance(line, dict)) if isinstance(lines, list) else ()
    return _of_values(agent, tree.get("log_type"), lines) if any(_is_moment(value) for value in timed) else ""


def once_of_answers(agent: str, tree: Mapping[str, Any]) -> str:
    """A hash of an agent's answers to distributed queries. They carry no time: only who knows whether it asked can use it."""
    return _of_values(agent, tree.get("queries"), tree.get("statuses"))


def _of_values(*values: object) -> str:
    return hashlib.blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _is_moment(value: object) -> bool:
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return text.isascii() and text.isdigit() and len(text) < 13 and int(text) > _EARLIEST_S


def _times(body: bytes, said: etree._Element | Mapping[str, Any] | None) -> Iterator[str]:
    """The texts in which a format says when it was made."""
    if said is None:
        yield from (found.decode("utf-8", "replace") for found in _LYNIS.findall(body))
    elif isinstance(said, Mapping):
        yield from (value for value in _json_times(said) if isinstance(value, str))
    else:
        yield from (value for value in _xml_times(said) if value)


def _json_times(tree: Mapping[str, Any]) -> Iterator[object]:
    yield tree.get("observed_at")  # the native report
    yield _object(tree.get("metadata")).get("timestamp")  # CycloneDX
    yield _object(tree.get("creationInfo")).get("created")  # SPDX
    log = _object(tree.get("content")).get("accesslog")
    yield from (_object(row).get("logdate") for row in (log if isinstance(log, list) else [log]))


def _xml_times(root: etree._Element) -> Iterator[str | None]:
    name = str(root.tag).rpartition("}")[2]
    if name in _RESULTS:
        for result in root.iter("{*}TestResult"):
            yield from (result.get("end-time"), result.get("start-time"))
    elif name == "bom":
        yield root.findtext("{*}metadata/{*}timestamp")
    else:  # FusionInventory and its kin; CONTENT is the root where the list of software was cut out before
        yield from (row.findtext("LOGDATE") for row in root.iterfind("ACCESSLOG"))
        yield from (row.findtext("LOGDATE") for row in root.iterfind("CONTENT/ACCESSLOG"))


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
