"""Which compiler the engine of a demo gets: the light one for a small sample, unless somebody chose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cmdb.cli import demo


@pytest.mark.parametrize(
    ("options", "chosen", "used"),
    [
        ((), "", "light"),
        (("--size", str(demo.LIGHT)), "", "light"),
        (("--size", str(demo.LIGHT + 1)), "", "auto"),
        ((), "full", "full"),
        (("--size", str(demo.LIGHT + 1)), "light", "light"),
    ],
)
def test_a_small_sample_compiles_lightly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], chosen: str, used: str
) -> None:
    seen: list[str] = []

    def run_server(settings: Any, **_: object) -> None:
        seen.append(settings.engine_compile)

    monkeypatch.setattr(demo, "run_server", run_server)
    result = CliRunner().invoke(demo.demo, ["--data", str(tmp_path), *options], env={"MOORINGS_ENGINE_COMPILE": chosen})
    assert result.exception is None
    assert seen == [used]
