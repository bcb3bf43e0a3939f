"""What the script printed, wherever it ran → Observation. Shared by SSH and by the look at the own machine."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from cmdb.errors import TimedOut, Unreadable
from cmdb.model.observation import Observation
from discovery.linux.observe import Look, observe
from discovery.linux.platform import read_platform
from discovery.linux.reading import Reader
from discovery.linux.transcript import parse_transcript
from discovery.unix import observe_unix

Ending = Literal["complete", "deadline", "lost", "too_long"]
"""How the conversation ended: the script came to its end, time ran out, the connection broke, or it said more than we read."""

_WHY = {
    "complete": "the script ended early",
    "deadline": "the time for this host ran out",
    "lost": "the connection broke",
    "too_long": "the host sent more than is read of one",
}


def observe_output(output: bytes, marker: str, look: Look, *, ending: Ending = "complete", without: Collection[str] = ()) -> Observation:
    """The observation; parts that did not arrive are `failed` in its coverage.

    Raises Unreadable for a system the script does not know, and TimedOut or Unreadable when not even the identity arrived.
    """
    if ending == "deadline" and marker.encode() not in output:
        raise TimedOut(f"The host did not answer the script: {_WHY[ending]}.")
    transcript = parse_transcript(output, marker)
    platform = read_platform(transcript.section("platform"))
    if platform.kernel in ("Darwin", "FreeBSD"):
        return observe_unix(platform, transcript.section("foreign"), look)
    if platform.kernel and platform.kernel != "Linux":
        raise Unreadable(f"The host runs {platform.kernel[:40]!r}; over SSH only Linux, macOS and FreeBSD can be read so far.")
    if not platform.kernel or transcript.section("identity").state != "complete":
        reason = f"Only part of the script ran ({_WHY[ending]}); what the host is was not among it."
        raise TimedOut(reason) if ending == "deadline" or transcript.section("identity").state == "timed_out" else Unreadable(reason)
    return observe(Reader(transcript, without), look)
