"""What docs/how-to/import-csv.md shows is so."""

from __future__ import annotations

import re
from pathlib import Path

from tests.discovery.tables.reading import identifiers, read, relations, told

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "import-csv.md").read_text(encoding="utf-8")


def test_the_example_is_imported_without_a_word() -> None:
    example = re.findall(r"```csv\n(.*?)```", GUIDE, re.DOTALL)[0]
    result = read(example)
    assert (result.errors, result.warnings, result.rows) == ((), (), 3)
    assert {(kind, source) for kind, source, _ in relations(result)} == {
        ("located_in", "ada-laptop"), ("located_in", "bob-laptop"), ("owned_by", "ada-laptop"),
    }  # fmt: skip
    assert ("complete", "owned_by") in {(seen.state, seen.part) for seen in result.observation.coverage if "a-1002" in seen.item}


def test_the_errors_are_as_shown() -> None:
    shown = re.findall(r"```text\n(.*?)\n```", GUIDE, re.DOTALL)[0].splitlines()
    wrong = read("class,serial,status\nlaptop,1,lost\nlaptop,2,fine\n")
    assert told(wrong) == [shown[0]]
    twice = read("class,serial,asset_tag\nlaptop,1,\nlaptop,2,\nlaptop,7XK2M13,A-1\nlaptop,3,\nlaptop,4,\nlaptop,7XK2M13,A-2\n")
    assert told(twice)[0] == shown[1]


def test_the_references_mean_what_the_guide_says() -> None:
    section = GUIDE.partition("## References")[2].partition("## Errors")[0]
    cells = re.findall(r"^\| `([^`]+)`(?:, `[^`]+`)* (?:below `(\w+)` )?\| (?:the|by|both)", section, re.MULTILINE)
    assert len(cells) == 7
    for cell, column in cells:
        result = read(f"class,serial,{column or 'depends_on'}\nserver,S1,{cell}\n")
        assert result.errors == (), cell
        assert all(identifiers(item) for item in result.observation.items)


def test_columns_that_fix_their_meaning() -> None:
    for column in ("used_by:person.login", "located_in:room", "located_in:site>building>room", "located_in:rack.name"):
        assert f"`{column}`" in GUIDE
        assert read(f"class,serial,{column}\nlaptop,S1,x\n").errors == ()
