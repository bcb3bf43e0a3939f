"""The commands that answer and act – impact, loan, compliance, review – beside a running server and without one.

They run inside this process: what a process of its own adds (start, signals, secrets) is in test_commands.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cmdb.cli import main
from cmdb.compliance.policy import shipped
from cmdb.compliance.truth import REASONS
from cmdb.config import Settings
from cmdb.graph import search
from cmdb.graph.door import Graph
from cmdb.model.observation import Identifier, Item, Observation, Relation, Source
from cmdb.runtime.house import House, open_house
from reconciliation import reconcile
from tests.cli.test_commands import Served

pytestmark = pytest.mark.timeout(300)
MACS = ("00:1b:21:00:00:01", "00:1b:21:00:00:02")
DUE = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
LIST = Source("import", "list.csv")


@dataclass(frozen=True)
class Told:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON: with --json there is nothing else on it."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Types commands on one data folder."""

    data: Path

    def __call__(self, *words: str, code: int = 0) -> Told:
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for name in ("MOORINGS_GRAPH", "MOORINGS_SMTP_HOST"):
                patch.delenv(name, raising=False)
            patch.setenv("MOORINGS_DATA", str(self.data))
            patch.setattr(sys, "argv", ["moorings", *words])
            ended = 0
            try:
                main()
            except SystemExit as exit_:
                ended = int(exit_.code or 0)
        told = Told(ended, out.getvalue(), err.getvalue())
        assert told.code == code, told
        return told


def fill(house: House) -> None:
    """Two people, two laptops, a service on a server, and something that shows the network cards of two more laptops."""

    def say(items: tuple[Item, ...], *relations: Relation, source: Source = LIST, minute: int = 0) -> None:
        at = datetime(2026, 11, 1, 8, minute, tzinfo=UTC)
        reconcile(house.graph, house.catalogue, Observation(f"o-{source}-{minute}", source, at, items, relations))

    ada = Item("ada", "person", (Identifier("email", "ada@example.org"),), {"name": "Ada", "email": "ada@example.org"})
    bob = Item("bob", "person", (Identifier("email", "bob@example.org"),), {"name": "Bob", "email": "bob@example.org"})
    laptops = tuple(
        Item(f"l{n}", "laptop", (Identifier("asset_tag", f"IT-000{n}"), Identifier("serial", f"SER000{n}")), {"name": f"Latitude {n}"})
        for n in (1, 2)
    )
    server = Item("db1", "server", (Identifier("serial", "MX-900", "dell"),), {"name": "db1"})
    shop = Item("shop", "service", (Identifier("name", "Webshop"),), {"name": "Webshop"})
    say((ada, bob, *laptops, server, shop), Relation("depends_on", "shop", "db1"), Relation("used_by", "shop", "ada"))
    for number, mac in enumerate(MACS):
        shows = (Identifier("hostname", f"desk-{number}"), Identifier("mac", mac), Identifier("machine_id", f"{number + 1}" * 32))
        say((Item("x", "laptop", shows, {"name": f"desk-{number}"}),), source=Source("ssh", str(number)), minute=1)
    both = tuple(Identifier("mac", mac) for mac in MACS)
    say((Item("x", "laptop", both, {"model": "M5"}),), source=Source("ssh", "both"), minute=5)


@pytest.fixture(scope="module", params=["with a server", "without a server"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """Commands beside a server with workers, or with nothing but an engine that somebody else holds open."""
    data = tmp_path_factory.mktemp("house") / "data"
    settings = Settings(data=data, engine_heap_mb=512, engine_compile="light")
    if request.param == "without a server":
        with open_house(settings) as house:
            fill(house)
            yield Shell(data)
        return
    server = Served(data)
    try:
        with open_house(settings) as house:
            fill(house)
        yield Shell(data)
    finally:
        server.end()


def test_impact(shell: Shell) -> None:
    told = shell("impact", "db1", "--json").json
    assert [row["name"] for row in told["services"]] == ["Webshop"]
    assert [row["name"] for row in shell("impact", "Webshop", "--up", "--json").json["needs"]] == ["db1"]
    text = shell("impact", "db1").out
    assert "Services (1)\n  service Webshop" in text
    assert "People: 1" in text
    assert shell("impact", "db1", "--exclude", "Webshop", "--json").json["services"] == []
    assert shell("impact", "nobody-knows", code=1).err == "moorings: Nothing is known by 'nobody-knows'.\n"
    wrong = shell("impact", "db1", "--from", "tomorrow", "--json", code=2)
    assert (wrong.out, wrong.err.startswith("moorings: from ")) == ("", True)
    assert "to must be after from" in shell("impact", "db1", "--from", "2026-12-25T00:00:00Z", "--to", "2026-12-24T00:00:00Z", code=2).err
    assert "Missing argument" in shell("impact", code=2).err


def test_loans_out_and_in(shell: Shell) -> None:
    terms = ("--to", "ada@example.org", "--due", DUE, "--accessory", "charger", "--note", "for a trip")
    (loan,) = shell("loan", "out", "IT-0001", *terms, "--json").json
    assert (loan["person_name"], loan["due_on"], loan["state"], loan["note"]) == ("Ada", DUE, "open", "for a trip")
    held = shell("loan", "out", "SER0001", "--to", "Bob", "--due", DUE, code=4)
    assert held.err == f"moorings: Latitude 1 is with Ada until {DUE}. [device]\n"
    assert shell("ci", "show", "IT-0001").out.count("Ada") >= 1, "the device's page knows its user"
    listed = shell("loan", "list", "--json").json
    assert [(one["asset_tag"], one["person_name"], one["days_late"]) for one in listed] == [("IT-0001", "Ada", 0)]
    assert shell("loan", "list", "--overdue").out == "Nothing is on loan.\n"
    assert shell("loan", "remind", "--dry-run").out == "Nobody is to be reminded.\n"
    assert "MOORINGS_SMTP_HOST" in shell("loan", "remind", code=2).err
    rows = shell("loan", "in", "IT-0001", "IT-0002", "IT-9999", "--json", code=1)
    assert [row["outcome"] for row in rows.json] == ["accessory_missing", "not_on_loan", "unknown_tag"]
    assert rows.err == "moorings: 3 of 3 need a look.\n"
    back = shell("loan", "in", "IT-0001", "--all-accessories").out
    assert back.startswith("ok")
    assert shell("loan", "list", "--json").json == []
    assert [one["state"] for one in shell("loan", "list", "--state", "returned", "--json").json] == ["returned"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("IT-0002", "--to", "ada@example.org", "--due", "soon"), 2, "due on"),
        (("IT-0002", "--to", "ada@example.org", "--due", "2020-01-01"), 2, "in the past"),
        (("IT-0002", "--to", "ada@example.org", "--due", DUE, "--condition", "shiny"), 2, "condition"),
        (("IT-0002", "--to", "db1", "--due", DUE), 2, "db1 is no person"),
        (("Webshop", "--to", "Ada", "--due", DUE), 1, "device"),
        (("IT-9999", "--to", "Ada", "--due", DUE), 1, "No device is known by 'IT-9999'"),
        (("IT-0002", "--to", "Ada"), 2, "Missing option '--due'"),
    ],
)
def test_what_cannot_be_lent_says_what_is_wrong(shell: Shell, words: tuple[str, ...], code: int, said: str) -> None:
    told = shell("loan", "out", *words, "--json", code=code)
    assert told.out == ""
    assert said in told.err.replace("due_on", "due on")
    assert "Traceback" not in told.err


def test_compliance(shell: Shell, tmp_path: Path) -> None:
    rows = shell("compliance", "--evaluate", "--json").json
    assert {row["policy"] for row in rows} >= {"disk-encryption", "reported-recently", "owner-known"}
    encryption = next(row for row in rows if row["policy"] == "disk-encryption")
    assert (encryption["pass"], encryption["unknown"] >= 3) == (0, True), "silence is never a pass"
    table = shell("compliance").out
    assert table.splitlines()[0].split() == ["POLICY", "PASS", "FAIL", "UNKNOWN", "NOT", "ASKED"]
    found = shell("compliance", "--policy", "disk-encryption", "--state", "unknown", "--class", "laptop", "--json").json
    assert {one["name"] for one in found} >= {"Latitude 1", "Latitude 2"}
    assert {one["state"] for one in found} == {"unknown"}
    assert {row["reason"] for row in found} == {"never_reported"}, "for programs the word of the vocabulary"
    told = shell("compliance", "--policy", "disk-encryption", "--state", "unknown", "--class", "laptop").out
    assert REASONS["never_reported"] in told
    assert "never_reported" not in told
    text = tmp_path / "disk-encryption.yaml"
    text.write_text(next(one.text for one in shipped() if one.id == "disk-encryption"), encoding="utf-8")
    assert f": {REASONS['never_reported']}" in shell("policy", "try", str(text)).out
    assert shell("compliance", "--policy", "disk-encryption", "--state", "pass").out == "No endpoint is like that.\n"
    assert shell("compliance", "--policy", "no-such-policy", code=1).err == "moorings: There is no such policy.\n"
    assert "Invalid value for '--state'" in shell("compliance", "--policy", "disk-encryption", "--state", "maybe", code=2).err


def test_a_policy_is_tried_on_the_endpoints_named(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "disk-encryption.yaml"
    text.write_text(next(one.text for one in shipped() if one.id == "disk-encryption"), encoding="utf-8")
    reads: list[int] = []
    called = search.called

    def counted(graph: Graph, words: Sequence[Any], **more: Any) -> Any:
        reads.append(len(words))
        return called(graph, words, **more)

    monkeypatch.setattr(search, "called", counted)
    names = ("IT-0001", "latitude 2", "IT-0002")
    told = shell("policy", "try", str(text), *(word for name in names for word in ("--endpoint", name)), "--json").json
    assert (told["tried"], told["states"], reads) == (2, {"unknown": 2}, [3]), "one read for all names; one named twice is tried once"
    refused = shell("policy", "try", str(text), "--endpoint", "IT-9999", "--endpoint", "nobody", "--endpoint", "Ada", code=2).err
    assert "“IT-9999”, “nobody”: nothing is known by that name." in refused
    assert "“Ada”: this is no endpoint (person)." in refused


def test_reviews(shell: Shell) -> None:
    (asked,) = shell("review", "list", "--json").json
    assert (asked["kind"], asked["class"], sorted(one["name"] for one in asked["candidates"])) == ("who", "laptop", ["desk-0", "desk-1"])
    assert asked["id"] in shell("review", "list").out
    candidate = asked["candidates"][0]["id"]
    assert "Give one of --same CI" in shell("review", "answer", asked["id"], code=2).err
    assert "Give one of --same CI" in shell("review", "answer", asked["id"], "--same", candidate, "--different", code=2).err
    assert "Say which of the candidates" in shell("review", "answer", asked["id"], "--same", "x", code=2).err
    assert shell("review", "answer", "0198", "--different", code=1).err.startswith("moorings: ")
    whole = shell("review", "show", asked["id"], "--changes", "--json").json
    assert {line["kind"]: line["candidates"][0]["state"] for line in whole["evidence"]}["mac"] == "agree"
    assert [one["answer"] for one in whole["choices"]] == [*["same", "replaced-part", "retired-replaced"] * 2, "different"]
    assert "mac (medium)" in shell("review", "show", asked["id"]).out
    dry = shell("review", "answer", asked["id"], "--retired-replaced", candidate, "--dry-run", "--json").json
    assert (dry["applied"], dry["counts"]["ci_created"]) == (False, 1)
    assert shell("review", "list", "--groups").out == "No two open reviews are alike.\n"
    told = shell("review", "answer", asked["id"], "--same", candidate, "--reason", "the label says so", "--json").json
    assert "changes" in told
    assert shell("review", "list").out == "No review is open.\n"
    assert [one["answer"] for one in shell("review", "list", "--closed", "--json").json] == [f"same:{candidate}"]
    assert shell("review", "answer", asked["id"], "--same", candidate, code=4).err.startswith("moorings: ")
    shell("review", "take-back", asked["id"], "--reason", "wrong desk")
    assert [one["kind"] for one in shell("review", "list", "--json").json] == ["double"]
    assert "Only a person's answer" in shell("review", "take-back", asked["id"], code=4).err
