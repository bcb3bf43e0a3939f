"""`moorings ci split|join|undo-join|subjects` and `moorings source`, on a data folder without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.cli import applying
from cmdb.config import Settings
from cmdb.runtime.house import open_house
from tests.cli.test_answers import Shell, fill

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Commands beside an engine that somebody else holds open."""
    data = tmp_path_factory.mktemp("house") / "data"
    with open_house(Settings(data=data, engine_heap_mb=512, engine_compile="light")) as house:
        fill(house)
        yield Shell(data)


def test_joined_parted_and_split(shell: Shell) -> None:
    ids = {one["display_name"]: one["id"] for one in shell("ci", "list", "--class", "laptop", "--json").json}
    one, two = sorted((ids["Latitude 1"], ids["Latitude 2"]))
    dry = shell("ci", "join", one, two, "--reason", "registered twice", "--dry-run")
    assert dry.out.endswith("Nothing was written.\n")
    assert shell("ci", "join", one, two, "--reason", "registered twice", "--json").json["counts"]["joined"] == 1
    assert [row["id"] for row in shell("ci", "joins", one, "--json").json] == [two]
    shell("ci", "undo-join", two, "--reason", "they are two")
    assert shell("ci", "joins", one).out == "Nothing was joined into it.\n"
    assert "there is no join to undo" in shell("ci", "undo-join", two, "--reason", "again", code=1).err
    shell("ci", "join", one, two, "--reason", "registered twice")
    rows = shell("ci", "subjects", one, "--json").json
    leaves = next(row["subject"] for row in rows if row["says"]["name"] == "Latitude 2")
    assert leaves in shell("ci", "subjects", one).out.replace("\n", "") or len(rows) == 2
    assert "No source speaks of x" in shell("ci", "split", one, "--subject", "x", "--reason", "r", code=2).err
    assert shell("ci", "split", one, "--subject", leaves, "--reason", "two after all", "--json").json["counts"]["split"] == 2


def test_a_source_is_distrusted_and_trusted(shell: Shell) -> None:
    dry = shell("source", "distrust", "ssh:0", "--reason", "a proxy answered", "--dry-run", "--json").json
    assert (dry["applied"], dry["counts"]["became_absent"]) == (False, 1)
    shell("source", "distrust", "ssh:0", "--reason", "a proxy answered")
    believed = {row["source"]: row["not_believed"] for row in shell("source", "list", "--json").json}
    assert "a proxy answered" in believed["ssh:0"]
    assert believed["ssh:1"] == ""
    assert shell("source", "distrust", "ssh:0", "--reason", "again", code=4).err.startswith("moorings: ")
    shell("source", "trust", "ssh:0", "--reason", "repaired")
    assert "came back" in shell("ci", "history", "desk-0").out.replace("_", " ")


def test_a_large_source_is_a_job(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "MOST_AT_ONCE", 0)
    dry = shell("source", "distrust", "ssh:0", "--reason", "a proxy answered", "--dry-run")
    assert dry.out.endswith("Nothing was written.\n")
    assert "CIs: job " in dry.err
    assert shell("source", "distrust", "ssh:0", "--reason", "a proxy answered", "--json").json["counts"]["became_absent"] == 1
    assert "distrusted already" in shell("source", "distrust", "ssh:0", "--reason", "again", code=4).err
    assert shell("source", "trust", "ssh:0", "--reason", "repaired", "--json").json["counts"]["came_back"] == 1


def test_one_import_is_distrusted_by_its_name(shell: Shell, tmp_path: Path) -> None:
    """The same table twice, the second time wrong: listed, foreseen, done, undone; a name that is none is told."""
    table = tmp_path / "laps.csv"
    for model in ("A", "B"):
        table.write_text(f"class,name,serial,model\nlaptop,lap9,LAP9999,{model}\n", encoding="utf-8")
        shell("import", str(table))

    def model_now() -> str:
        ci = next(one for one in shell("ci", "list", "--class", "laptop", "--json").json if one["display_name"] == "lap9")
        return str(shell("ci", "show", ci["id"], "--json").json["model"])

    looks = shell("source", "looks", "import:laps.csv", "--json").json
    assert (len(looks), model_now()) == (2, "B")
    name = looks[0]["subject"]
    order = ("import:laps.csv", "--subject", name, "--reason", "the wrong sheet")
    assert shell("source", "distrust", *order, "--dry-run").out.endswith("Nothing was written.\n")
    assert shell("source", "distrust", *order, "--json").json["counts"]["distrusted"] == 1
    assert model_now() == "A"
    assert "distrusted already" in shell("source", "distrust", *order, code=4).err
    shell("source", "trust", "import:laps.csv", "--subject", name, "--reason", "right after all")
    assert model_now() == "B"
    assert "no such entry" in shell("source", "distrust", "import:laps.csv", "--subject", "look:none", "--reason", "x", code=1).err
