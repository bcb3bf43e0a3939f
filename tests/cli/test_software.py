"""`moorings software`: the questions about software as tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cmdb.config import Settings
from cmdb.runtime.house import open_house
from tests.cli.test_answers import Shell
from tests.inventory.test_software import fleet, tell

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Commands on a house that somebody else holds open."""
    data = tmp_path_factory.mktemp("house") / "data"
    with open_house(Settings(data=data, engine_heap_mb=512, engine_compile="light")) as house:
        fleet(house.graph, house.catalogue)
        tell(house.graph, house.catalogue, "bare", [("bash", "5.3", "deb")], day=2)
        yield Shell(data)


def test_who_has_and_how_many(shell: Shell) -> None:
    """By range, as JSON and as CSV."""
    rows = shell("software", "who", "openssl", "--range", "<3.0.13", "--json").json
    assert sorted((row["name"], row["version"], row["class"]) for row in rows) == [
        ("pc0", "3.0.2-0ubuntu1.9", "laptop"),
        ("pc1", "3.0.2-0ubuntu1.15", "laptop"),
        ("pc3", "3.0.2-0ubuntu1.15", "laptop"),
    ]
    lines = shell("software", "who", "openssl", "--range", ">=3.0.13", "--csv").out.splitlines()
    assert [line.split(",")[:5] for line in lines] == [
        ["name", "version", "ecosystem", "class", "sources"],
        ["pc2", "3.0.13-1", "deb", "laptop", "agent:glpi"],
    ]
    counted = shell("software", "versions", "openssl", "--json").json
    assert [row["endpoints"] for row in counted] == [1, 1, 2, 1]
    assert "OpenSSL" in shell("software", "products", "open").out


def test_who_lacks_it_and_what_changed(shell: Shell) -> None:
    """Lacking and unknown apart; changes since a day; a wrong range is refused with its field."""
    assert [row["name"] for row in shell("software", "lacking", "openssl", "--state", "lacks", "--json").json] == ["bare"]
    assert [row["name"] for row in shell("software", "lacking", "bash", "--state", "unknown", "--json").json] == ["mute"]
    changed = shell("software", "changes", "bare", "--since", "2026-11-02", "--json").json
    assert [(row["kind"], row["before"], row["after"]) for row in changed] == [("updated", "bash 5.2", "bash 5.3")]
    assert "range" in shell("software", "who", "openssl", "--range", ">=", code=2).err
    assert "No source" in shell("software", "who", "nobody-has-this", code=1).err
