"""What a scan was asked to do: the arguments of a job of kind `scan`, checked, and those of its hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from cmdb.errors import Invalid
from discovery.targets import Target, Targets, parse_targets

SCAN = "scan"
SCAN_HOST = "scan-host"

Method = Literal["local", "ssh", "snmp"]
METHODS: tuple[Method, ...] = ("local", "ssh", "snmp")
PORTS: Mapping[Method, int] = {"local": 0, "ssh": 22, "snmp": 161}
THIS_MACHINE = "this machine"
_KINDS: Mapping[Method, str] = {"ssh": "ssh-", "snmp": "snmp-"}


@dataclass(frozen=True, slots=True)
class ScanOrder:
    """One scan. `pacing_per_s`: at most so many hosts are begun in a second (0: no limit); `deadline_s` is for one host."""

    method: Method
    targets: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    credential: str = ""
    port: int = 0
    concurrency: int = 16
    pacing_per_s: float = 0.0
    deadline_s: float = 120.0
    dry_run: bool = False
    by: str = ""

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> ScanOrder:
        """From the arguments of a job. Raises Invalid naming the field."""
        method = args.get("method")
        if method not in METHODS:
            raise Invalid(f"method must be one of {', '.join(METHODS)}.", field="method")
        known = cast("Method", method)
        return cls(
            method=known,
            targets=_words(args, "targets"),
            exclude=_words(args, "exclude"),
            credential=str(args.get("credential") or ""),
            port=int(_number(args, "port", 0, 65535) or PORTS[known]),
            concurrency=int(_number(args, "concurrency", 1, 64) or 16),
            pacing_per_s=_number(args, "pacing_per_s", 0, 10_000),
            deadline_s=_number(args, "deadline_s", 1, 3600) or 120.0,
            dry_run=bool(args.get("dry_run")),
            by=str(args.get("by") or "")[:200],
        )

    def expanded(self) -> Targets:
        """The hosts, each once. Raises Invalid."""
        if self.method == "local":
            return Targets([Target(THIS_MACHINE)])
        return parse_targets(self.targets, exclude=self.exclude)

    def check_credential(self, kind: str) -> None:
        """Raises Invalid when a credential of that kind does not open what this scan looks at."""
        if not kind.startswith(_KINDS.get(self.method, "")):
            raise Invalid(f"The credential {self.credential} is of kind {kind}, and this is a scan by {self.method}.", field="credential")

    def to_args(self) -> dict[str, Any]:
        """The arguments of the job."""
        return {
            "method": self.method,
            "targets": list(self.targets),
            "exclude": list(self.exclude),
            "credential": self.credential,
            "port": self.port,
            "concurrency": self.concurrency,
            "pacing_per_s": self.pacing_per_s,
            "deadline_s": self.deadline_s,
            "dry_run": self.dry_run,
            "by": self.by,
        }

    def host_args(self, target: Target) -> dict[str, Any]:
        """The arguments of the job of one host."""
        return {
            "method": self.method,
            "host": target.host,
            "port": target.port or self.port,
            "credential": self.credential,
            "deadline_s": self.deadline_s,
            "dry_run": self.dry_run,
            "by": self.by,
        }


def _words(args: Mapping[str, Any], name: str) -> tuple[str, ...]:
    given = args.get(name) or ()
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Sequence) or not all(isinstance(word, str) for word in given):
        raise Invalid(f"{name} must be a list of texts.", field=name)
    return tuple(given)


def _number(args: Mapping[str, Any], name: str, least: float, most: float) -> float:
    given = args.get(name)
    if given is None or given == "" or given == 0:
        return 0.0
    if isinstance(given, bool) or not isinstance(given, int | float) or not least <= given <= most:
        raise Invalid(f"{name} must be a number from {least:g} to {most:g}.", field=name)
    return float(given)
