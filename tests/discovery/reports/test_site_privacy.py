"""A site's privacy rules drop more, never less; a wrong file is refused with file, line and reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.errors import Invalid
from discovery.reports.message import read_message
from discovery.reports.privacy import clean, rules_for
from discovery.reports.site_privacy import read_folder, read_rules, use
from tests.discovery.reports.made import GLPI, KEY, glpi, windows_content


@pytest.fixture(autouse=True)
def _none_afterwards() -> Iterator[None]:
    yield
    use(())


def test_what_a_site_drops_does_not_come_in(tmp_path: Path) -> None:
    message = glpi(windows_content())
    before = clean(read_message(message, GLPI), "corporate", KEY)
    assert before.rows("monitors")
    assert any(row.get("publisher") for row in before.rows("softwares"))
    (tmp_path / "10-council.yaml").write_text(
        "drop:\n  - {section: monitors, of: [corporate], why: works council}\n  - {section: softwares, fields: [publisher]}\n"
    )
    use(read_folder(tmp_path))
    after = clean(read_message(message, GLPI), "corporate", KEY)
    assert not after.rows("monitors")
    assert "monitors" in after.dropped
    assert after.rows("softwares")
    assert not any(row.get("publisher") for row in after.rows("softwares"))
    assert clean(read_message(message, GLPI), "loaned", KEY).rows("monitors")
    assert "publisher" not in rules_for("personal").sections["softwares"].keep


def test_no_rule_of_a_site_keeps_more_than_the_floor() -> None:
    floor = {name: {s: dict(r.keep) for s, r in rules_for(name).sections.items()} for name in ("corporate", "loaned", "personal")}
    use(read_rules("drop:\n- {section: bios, fields: [ssn]}\n- {section: envs}\n", "x.yaml"))
    for name, sections in floor.items():
        for section, keep in sections.items():
            assert rules_for(name).sections[section].keep.items() <= keep.items()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("drop: []\nkeep:\n- {section: envs}\n", 2, "can only drop more"),
        ("\nsections: {envs: {CLP: [val]}}\n", 2, "can only drop more"),
        ("drop:\n- {section: monitors}\n- {section: nothing}\n", 3, "no section 'nothing'"),
        ("drop:\n- {section: monitors, fields: [colour]}\n", 2, "no field 'colour'"),
        ("drop:\n- {section: monitors, of: [mine]}\n", 2, "no ownership"),
        ("drop:\n- {section: monitors, keep: true}\n", 2, "no key 'keep'"),
        ("drop: [\n", 2, "not YAML"),
        ("- a\n", 1, "mapping"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_reason(text: str, line: int, reason: str) -> None:
    with pytest.raises(Invalid, match=f"site.yaml, line {line}: .*{reason}"):
        read_rules(text, "site.yaml")
