"""Nothing public is undocumented, and what the hand-written pages name is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from cmdb.cli import moorings as cli
from cmdb.compliance.policy import parse, shipped
from cmdb.compliance.truth import REASONS
from cmdb.compliance.vocabulary import FACTS
from cmdb.config import Settings
from cmdb.model.catalogue import Catalogue
from docs._ext import catalogue_pages, cli_pages, policies_pages, routes_pages, settings_pages
from tests.house.sources import ROOT, files, name_of, text_of
from web.api import describe

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:\$ |sudo (?:-u \S+ )?|docker compose exec \S+ |[A-Z_]+=\S+ )*(?:\S*/)?moorings(?:\s+(.*))?$")
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
SETTING = re.compile(r"\bMOORINGS_[A-Z0-9_]*[A-Z0-9]\b")
PATH = re.compile(r"/api/v1(/[\w{}<>/.-]*\w)")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return Catalogue.load()


@pytest.fixture(scope="module")
def app(catalogue: Catalogue) -> Flask:
    """The application over nothing."""
    return routes_pages.application(catalogue)


def written() -> list[Path]:
    """The pages that people wrote."""
    pages = [path for path in files(("docs",), ".md") if "generated" not in path.parts]
    return [*pages, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"))]


# ---------------------------------------------------------------- what is generated is complete


def test_every_class_attribute_and_relation_is_described(catalogue: Catalogue) -> None:
    silent = [known.name for known in catalogue.classes.values() if len(known.description) < 6]
    silent += [
        f"{known.name}.{one.name}" for known in catalogue.classes.values() for one in known.attributes.values() if len(one.description) < 4
    ]
    silent += [one.name for one in catalogue.relations.values() if len(one.description) < 6]
    assert not silent, silent


def test_the_reference_shows_every_class_attribute_relation_and_identifier(catalogue: Catalogue) -> None:
    pages = catalogue_pages.pages(catalogue)
    for known in catalogue.classes.values():
        page = pages[f"classes/{known.name}"]
        lost = [one.name for one in known.attributes.values() if f"| `{one.name}` |" not in page]
        lost += [kind for kind, strength in known.identifiers.items() if f"| `{kind}` | {strength} |" not in page]
        assert not lost, f"{known.name}: {lost}"
        assert f"({known.name}.md)" in pages["classes/index"]
    assert [one for one in catalogue.relations if f"## `{one}`" not in pages["relations"]] == []
    assert [kind for kind in catalogue.identifier_kinds if f"| `{kind}` |" not in pages["identifiers"]] == []


def test_the_reference_shows_every_policy_fact_and_reason() -> None:
    page = policies_pages.pages()["policies"]
    assert [one.id for one in shipped() if f"`{one.id}`, version" not in page or len(one.why) < 20] == []
    assert [name for name in (*FACTS, *REASONS) if f"| `{name}` |" not in page] == []


def test_every_setting_is_described() -> None:
    settings = Settings().describe()
    assert [one.name for one in settings if len(one.description) < 15] == []
    page = settings_pages.pages(settings)["settings"]
    assert [one.name for one in settings if f"| `{one.name}` |" not in page] == []


def test_every_route_says_what_it_does_and_who_may(app: Flask) -> None:
    found = routes_pages.routes(app)
    assert len(found) > 30
    assert [f"{route.methods} {route.path}" for route in found if len(route.what) < 8] == []
    assert [f"{route.methods} {route.path}" for route in found if route.who is None] == []


def test_every_api_operation_parameter_and_key_is_described(app: Flask) -> None:
    with app.app_context():
        document = describe.document()
    silent = []
    for path, method, one in routes_pages.operations(document):
        silent += [] if one.get("summary") or one.get("description") else [f"{method} {path}"]
        silent += [f"{method} {path} {each['name']}" for each in one.get("parameters", ()) if not each.get("description")]
    for name, schema in document["components"]["schemas"].items():
        silent += [f"{name}.{key}" for key, one in schema.get("properties", {}).items() if not one.get("description") and "$ref" not in one]
    assert not silent, silent


def test_every_command_and_option_has_help_and_every_command_an_example() -> None:
    silent = []
    for path, command in cli_pages.commands(cli):
        words = " ".join(path)
        silent += [] if command.help else [words]
        silent += [f"{words} {one.opts[0]}" for one in command.params if isinstance(one, click.Option) and not one.hidden and not one.help]
        if not isinstance(command, click.Group) and words not in f"{command.help}{command.epilog}":
            silent.append(f"{words}: no example")
    assert not silent, silent


def test_the_reference_shows_every_command_and_option() -> None:
    page = cli_pages.pages(cli)["cli"]
    for path, command in cli_pages.commands(cli):
        assert f"## {' '.join(path)}\n" in page
        assert [
            one.opts[-1] for one in command.params if isinstance(one, click.Option) and not one.hidden and one.opts[-1] not in page
        ] == []


# ---------------------------------------------------------------- what is written is true


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    """Each `moorings …` line of the hand-written pages: where it stands, and its words."""
    for path in written():
        for language, body in FENCE.findall(text_of(path)):
            if language in {"sh", "bash", "console", "shell"}:
                for line in body.replace("\\\n", " ").splitlines():
                    if found := CALL.match(line.partition(" #")[0].strip()):
                        yield f"{name_of(path)}: {line.strip()}", shlex.split(re.split(r"\s(?:[|>&<]|&&)\s?", found[1] or "")[0])


@pytest.mark.parametrize(("place", "words"), list(shown_commands()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_command_that_a_page_shows_exists(place: str, words: list[str]) -> None:
    command: click.Command = cli
    context = click.Context(cli, info_name="moorings")
    rest = list(words)
    while isinstance(command, click.Group):
        while rest and rest[0].startswith("-"):
            rest.pop(0)
        assert rest, place
        found = command.get_command(context, rest.pop(0))
        assert found is not None, place
        command, context = found, click.Context(found, parent=context)
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
    unknown = [word for word in rest if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
    assert not unknown, f"{place}: no such option {unknown}"


def test_the_policy_that_a_page_shows_is_accepted() -> None:
    shown = re.findall(r"^```yaml\n(.*?)^```", text_of(ROOT / "docs" / "how-to" / "add-a-policy.md"), re.MULTILINE | re.DOTALL)
    assert [parse(text, "shown.yaml").id for text in shown] == ["guarded-twice"]


def test_every_setting_that_a_page_names_exists() -> None:
    known = {one.name for one in Settings().describe()}
    wrong = [
        f"{name_of(path)}: {name}"
        for path in written()
        for name in SETTING.findall(text_of(path))
        if name not in known and not name.startswith(("MOORINGS_TEST_", "MOORINGS_SHARED", "MOORINGS_BENCH_"))
    ]
    assert not wrong, wrong


def test_every_api_path_that_a_page_names_exists(app: Flask) -> None:
    known = {re.sub(r"<[^>]*>|\{[^}]*\}", "*", str(rule)) for rule in app.url_map.iter_rules()}
    wrong = []
    for path in written():
        for tail in PATH.findall(text_of(path)):
            shape = re.sub(r"<[^>]*>|\{[^}]*\}", "*", f"/api/v1{tail}").rstrip("/")
            if shape not in known and shape != "/api/v1":
                wrong.append(f"{name_of(path)}: {shape}")
    assert not wrong, wrong


def test_every_file_that_a_page_links_to_exists() -> None:
    dead = [
        f"{name_of(path)}: {target}"
        for path in written()
        for target in LINK.findall(FENCE.sub("", text_of(path)))
        if not (path.parent / target).exists() and not (ROOT / "docs" / target.lstrip("/")).exists()
    ]
    assert not dead, dead


def test_every_make_word_that_a_page_names_exists_and_is_listed() -> None:
    makefile = text_of(ROOT / "Makefile")
    words = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert words == set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)), "a word without its line in `make help`"
    wrong = [
        f"{name_of(path)}: make {word}"
        for path in written()
        for word in re.findall(r"(?:`|^)make ([a-z]+)", text_of(path), re.MULTILINE)
        if word not in words
    ]
    assert not wrong, wrong


def test_the_changelog_knows_the_version() -> None:
    version = re.search(r'__version__ = "([^"]+)"', text_of(ROOT / "cmdb" / "__init__.py"))
    assert version is not None
    assert tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["dynamic"] == ["version"]
    text = text_of(ROOT / "CHANGELOG.md")
    assert "## [Unreleased]" in text or f"## [{version[1]}]" in text


def test_every_how_to_stands_in_the_index() -> None:
    """The index groups them by hand: none is forgotten, and none is named that is gone."""
    named = re.findall(r"^how-to/([\w-]+)$", (ROOT / "docs/index.md").read_text(), re.MULTILINE)
    assert sorted(named) == sorted(path.stem for path in (ROOT / "docs/how-to").glob("*.md"))
