"""What the code imports is asked for in requirements/run.in, each line with its reason."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The bridge to encrypted Matrix rooms has an environment and requirements of its own.
APART = ROOT / "bot" / "matrix_bridge"
LINE = re.compile(r"(?P<name>[\w.-]+)(?:[=<>!~][^#]*)?\s+# \S.*")


def asked_for() -> dict[str, str]:
    """Every line of run.in by the name of its package."""
    lines = (ROOT / "requirements" / "run.in").read_text("utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith("#")]
    found = {line: LINE.fullmatch(line) for line in kept}
    assert [line for line, match in found.items() if match is None] == [], "a line without a reason"
    return {normal(match["name"]): line for line, match in found.items() if match}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def makers() -> dict[str, set[str]]:
    """Top-level name that can be imported → the packages that are installed with it."""
    found: dict[str, set[str]] = {}
    for distribution in distributions():
        for top in {file.parts[0].removesuffix(".py") for file in distribution.files or ()}:
            found.setdefault(top, set()).add(normal(distribution.metadata["Name"]))
    return found


def imported() -> Iterator[tuple[str, Path]]:
    """Top-level packages that are neither ours nor Python's own, with the file that imports them."""
    paths = [path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py")]
    for path in (path for path in paths if APART not in path.parents):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"bot", "actions"}:
                yield name, path


def test_every_package_that_is_imported_is_asked_for() -> None:
    known, installed = asked_for(), makers()
    missing = {
        f"{path.relative_to(ROOT)} imports {name}"
        for name, path in imported()
        if not known.keys() & installed.get(name, {name})
    }
    assert missing == set()
