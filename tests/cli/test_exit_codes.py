"""What a script sees of an answer that is no: the exit code of the whole command, not only its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmdb.cli import main
from cmdb.compliance.bundle import Scope, build
from cmdb.compliance.signing import SigningKey
from cmdb.graph.door import Graph
from cmdb.model import times
from cmdb.store import Ledger


def _code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["moorings", *words])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_a_bundle_that_is_not_genuine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedded_graph: Graph, capsys: pytest.CaptureFixture[str]
) -> None:
    """`moorings audit verify FILE && …` must not go on."""
    file, now = tmp_path / "bundle.zip", times.now()
    with Ledger(tmp_path / "ledger.db") as ledger:
        build(embedded_graph, ledger, SigningKey(tmp_path / "audit.key"), Scope(now), file, by="adam", now=now)
    assert _code(monkeypatch, "--data", str(tmp_path), "audit", "verify", str(file)) == 0
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(bytes(changed))
    assert _code(monkeypatch, "--data", str(tmp_path), "audit", "verify", str(file)) == 1
    assert "NOT genuine" in capsys.readouterr().out


def test_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _code(monkeypatch, "--version") == 0
    assert _code(monkeypatch, "audit", "--help") == 0
    assert _code(monkeypatch, "--data", str(tmp_path), "audit", "verify", str(tmp_path / "none.zip")) == 2
