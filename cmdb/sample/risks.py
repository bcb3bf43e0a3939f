"""Which failures people of the sample organisation accepted until when, and what owners of personal devices answered for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cmdb.sample.plan import DOMAIN

ASKS = f"ines.moreau@{DOMAIN}"
"""Runs the endpoints, and asks."""
DECIDES = f"karim.haddad@{DOMAIN}"
"""Answers for information security, and decides: never the one who asked."""


@dataclass(frozen=True, slots=True)
class Risk:
    """An exception or attestation as it was asked for. Days count from the sample's own; `asked` and `decided` lie before it.

    Of whom: all of `group`, or else the `number`th by name of the endpoints of `ownership` that this policy finds in `state`.
    """

    kind: Literal["exception", "attestation"]
    policy: str
    reason: str
    asked: int
    until: int
    control: str = ""
    decided: int = 0
    refused: str = ""
    group: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    ownership: tuple[str, ...] = ("corporate",)

    @property
    def state(self) -> str:
        """What an endpoint must be found as for this to be about it."""
        return "fail" if self.kind == "exception" else "unknown"


RISKS = (
    Risk(
        "exception",
        "disk-encryption",
        "The encryption driver stops this model from waking up; the maker promised a mend for the next firmware.",
        asked=82,
        decided=80,
        until=5,
        control="It holds no documents: its user works on the terminal server.",
    ),
    Risk(
        "exception",
        "os-supported",
        "The measuring bench in the laboratory has software for this release only; a new bench is ordered.",
        asked=41,
        decided=38,
        until=140,
        control="Its network port is in a network of its own, without a way to the internet.",
    ),
    Risk(
        "exception",
        "signatures-fresh",
        "Halifax was cut off from the update server by the works on its line.",
        asked=20,
        decided=19,
        until=24,
        control="Mail and web are filtered at the border, with signatures of the day.",
        group={"site": "Halifax", "ownership": "corporate"},
    ),
    Risk(
        "exception",
        "firewall-on",
        "A licence server on this computer must be reached by the whole team.",
        asked=2,
        until=90,
        control="One port only, by a rule on the switch.",
    ),
    Risk(
        "exception",
        "antimalware-on",
        "The build takes twice as long with the scanner on.",
        asked=12,
        decided=11,
        until=180,
        control="Only sources from our own repository.",
        refused="Leave the build folder out of the scan instead; that is no reason to switch it off.",
    ),
    Risk(
        "attestation",
        "screen-lock",
        "PIN of six digits, locks after one minute; shown at the service desk.",
        asked=30,
        until=55,
        ownership=("personal", "unknown"),
    ),
    Risk(
        "attestation",
        "disk-encryption",
        "Encrypted by the maker as delivered; the owner showed the page of the settings.",
        asked=84,
        until=4,
        number=1,
        ownership=("personal", "unknown"),
    ),
)
