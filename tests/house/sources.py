"""The project's own files, read once: what the tests of the house look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("cmdb", "discovery", "reconciliation", "web")
CODE = (*PACKAGES, "tests", "bench", "tools", "docs")
NOT_OURS = {
    ".venv",
    ".git",
    ".setup",
    "_build",
    "vendor",
    "__pycache__",
    "node_modules",
    "build",
    "dist",
    ".hypothesis",
    ".mypy_cache",
    ".ruff_cache",
}

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files(folders: tuple[str, ...], *suffixes: str) -> tuple[Path, ...]:
    """Our files below those folders with one of these suffixes (every file where none is named), in a stable order."""
    found = [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and NOT_OURS.isdisjoint(path.relative_to(ROOT).parts) and (not suffixes or path.suffix in suffixes)
    ]
    return tuple(found)


def name_of(path: Path) -> str:
    """The path as a person writes it."""
    return path.relative_to(ROOT).as_posix()


@cache
def text_of(path: Path) -> str:
    """The file's text; bytes that are no UTF-8 are replaced."""
    return path.read_text("utf-8", "replace")


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(text_of(path), str(path))


def functions(path: Path) -> Iterator[Function]:
    """Every function and method of the file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Public classes and functions of a module, and the public methods of its public classes, with their dotted names."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every text literal with its line, docstrings left out; the fixed parts of an f-string count as one text."""
    tree = tree_of(path)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside and id(node) not in docstrings:
            yield node.lineno, node.value


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every absolute import with its line."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
