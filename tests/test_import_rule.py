"""Holds the import rule: the table of docs/architecture.md says what each package may import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: What the table speaks of; anything else may be imported anywhere.
RULED = ("bot", "actions", "rasa", "rasa_sdk", "nio")
NAME = re.compile(r"`([\w.]+)`")


def table() -> dict[str, list[str]]:
    """Package → what it may import besides itself."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8").partition("## Import rule")[2]
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    return {name: NAME.findall(allowed) for names, allowed in rows for name in NAME.findall(names)}


TABLE = table()


def module(path: Path) -> str:
    """The name under which the file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def row(name: str) -> str:
    """The row of the table that holds for a module: the one with the longest name."""
    return max((package for package in TABLE if is_in(name, package)), key=len)


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, f"{path}: write the whole name instead of dots"
            yield from ([f"bot.{alias.name}" for alias in node.names] if node.module == "bot" else [node.module])


FILES = [path for folder in ("bot", "actions") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_the_table_names_every_package_and_nothing_that_is_not_there() -> None:
    there = {module(path) for path in FILES}
    packages = {".".join(name.split(".")[:2]) for name in there if name.count(".") > 1} | {"actions"}
    assert packages <= set(TABLE)
    named = {name for allowed in TABLE.values() for name in allowed} | set(TABLE)
    assert {name for name in named if name.split(".")[0] in ("bot", "actions")} <= there | packages


@pytest.mark.parametrize("package", TABLE)
def test_a_package_imports_what_its_row_names_and_no_more(package: str) -> None:
    files = [path for path in FILES if row(module(path)) == package]
    assert files
    allowed = [".".join(package.split(".")[:2]), *TABLE[package]]
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path)
        if name.split(".")[0] in RULED and not any(is_in(name, prefix) for prefix in allowed)
    ]
    assert broken == []


def test_every_action_file_fits_on_a_screen() -> None:
    """A screenful and a bit: 160 lines."""
    too_long = [
        path.name for path in sorted((ROOT / "actions").glob("*.py")) if len(path.read_text().splitlines()) > 160
    ]
    assert too_long == []
