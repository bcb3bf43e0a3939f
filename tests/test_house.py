"""Sizes, names, docstrings and walls of the house (CONTRIBUTING.md, docs/architecture.md). A reviewer need not look for these."""

from __future__ import annotations

import ast
import re
import tomllib

from tests.house.sources import CODE, PACKAGES, ROOT, files, functions, imports, name_of, public, strings, text_of, tree_of

MOST_LINES = 400
MOST_FUNCTION_LINES = 50
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
CYPHER = re.compile(r"\b(?:MATCH|MERGE)\s*\(|\bUNWIND\s+[$\[]|\bDETACH\s+DELETE\b|\bSHORTESTPATH\s*\(", re.IGNORECASE)
CYPHER_WORDS = re.compile(r"\b(?:MATCH|MERGE|UNWIND|DETACH DELETE|CREATE (?:CONSTRAINT|INDEX|TEXT INDEX|RANGE INDEX))\b")
# Statements made from the catalogue's own names (checked there), never from input.
GENERATORS = ("cmdb/graph/write", "cmdb/graph/schema", "cmdb/graph/plan")
ENVIRONMENT = {"environ", "environb", "getenv", "putenv", "unsetenv"}
MAY_READ_ENVIRONMENT = ("cmdb/config.py", "cmdb/graph/engine/")
INLINE = re.compile(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)
# Spelt in two halves so that this file does not name them either.
NO_TRACE = (
    "/wor" + "k/",
    "/tmp/" + "dl",
    "/tmp/" + "neo/",
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "repo1." + "maven",
    ".pyenv" + "/",
)


def test_no_file_is_over_400_lines() -> None:
    long = {
        name_of(path): lines for path in files(CODE, ".py", ".js", ".css", ".html") if (lines := text_of(path).count("\n")) > MOST_LINES
    }
    assert not long, f"a room to divide: {long}"


def test_no_function_is_over_50_lines() -> None:
    long = [
        f"{name_of(path)}:{function.lineno} {function.name} has {lines} lines"
        for path in files(CODE, ".py")
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_every_module_is_named_for_what_it_does() -> None:
    vague = [name_of(path) for path in files(CODE, ".py") if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES]
    assert not vague, vague


def test_every_public_name_has_a_docstring() -> None:
    silent = []
    for path in files(PACKAGES, ".py"):
        tree = tree_of(path)
        if not ast.get_docstring(tree):
            silent.append(f"{name_of(path)} (the module)")
        silent += [
            f"{name_of(path)}:{node.lineno} {name}"
            for name, node in public(tree.body)
            if not ast.get_docstring(node) and not _is_overload(node)
        ]
    assert not silent, "\n".join(silent)


def _is_overload(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(ast.unparse(decorator).endswith(("overload", ".setter", "override")) for decorator in decorators)


def test_cypher_lives_in_the_graph_room_only() -> None:
    strays = [
        f"{name_of(path)}:{line} {text[:60]!r}"
        for path in files(PACKAGES, ".py")
        if not name_of(path).startswith("cmdb/graph/")
        for line, text in strings(path)
        if CYPHER.search(text)
    ]
    assert not strays, "\n".join(strays)


def test_cypher_is_a_literal_but_in_the_generator() -> None:
    made = [
        f"{name_of(path)}:{node.lineno}"
        for path in files(("cmdb/graph",), ".py")
        if not name_of(path).startswith(GENERATORS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.JoinedStr)
        and CYPHER_WORDS.search("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)))
    ]
    assert not made, made


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        f"{name_of(path)}:{node.lineno}"
        for path in files(PACKAGES, ".py")
        if not name_of(path).startswith(MAY_READ_ENVIRONMENT)
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT and ast.unparse(node.value) == "os")
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and any(alias.name in ENVIRONMENT for alias in node.names))
    ]
    assert not readers, readers


def test_templates_hold_no_inline_script_or_style() -> None:
    inline = [
        f"{name_of(path)}:{number} {line.strip()[:80]}"
        for path in files(("web",), ".html", ".svg")
        for number, line in enumerate(_without_comments(text_of(path)).splitlines(), start=1)
        if INLINE.search(line)
    ]
    assert not inline, "\n".join(inline)


def _without_comments(template: str) -> str:
    return re.sub(r"\{#.*?#\}", lambda comment: "\n" * comment[0].count("\n"), template, flags=re.DOTALL)


def test_nothing_names_a_machine_or_a_registry() -> None:
    everything = [*files(CODE), *files((".ci", "requirements"))]
    everything += [
        path for path in ROOT.iterdir() if path.is_file() and path.suffix in {".toml", ".md", ".yml", ""} and path.name != ".git"
    ]
    traces = [f"{name_of(path)}: {trace}" for path in everything for trace in NO_TRACE if trace in text_of(path)]
    assert not traces, "\n".join(traces)


def test_no_recording_under_another_licence_is_in_the_tree() -> None:
    assert not files(CODE, ".snmprec"), "the recordings are GPL data: tests read them where they lie"


def test_every_room_of_cmdb_stands_on_a_floor() -> None:
    contracts = tomllib.loads(text_of(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    floors = set(re.findall(r"[\w.]+", " ".join(next(contract for contract in contracts if contract["type"] == "layers")["layers"])))
    rooms = {
        f"cmdb.{path.stem}"
        for path in (ROOT / "cmdb").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }
    assert rooms <= floors, f"on no floor of the layers contract: {sorted(rooms - floors)}"


def test_no_import_is_relative() -> None:
    relative = [
        name_of(path)
        for path in files(PACKAGES, ".py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative, relative


def test_tests_do_not_reach_the_network_by_name() -> None:
    far = [
        f"{name_of(path)}:{line}"
        for path in files(("tests",), ".py")
        for line, name in imports(path)
        if name.split(".")[0] in {"ftplib", "smtplib", "telnetlib"}
    ]
    assert not far, far
