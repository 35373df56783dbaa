"""Holds the import rule of docs/architecture.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RASA = ("rasa", "rasa_sdk")
#: package → prefixes it must not import.
FORBIDDEN = {
    "bot/settings.py": ("bot", "actions", *RASA),
    "bot/content": ("bot.nlu", "bot.policies", "bot.safety", "bot.channels", "bot.turn", "bot.runtime", "bot.settings",
                    "bot.cli", "actions", *RASA),
    "bot/safety": ("bot.nlu", "bot.policies", "bot.channels", "bot.turn", "bot.runtime", "bot.cli", "actions", *RASA),
    "bot/matrix_bridge": ("bot.nlu", "bot.policies", "bot.channels", "bot.turn", "bot.runtime", "bot.cli", "actions", *RASA),
    "actions": ("rasa", "bot.nlu", "bot.policies", "bot.safety", "bot.channels", "bot.turn", "bot.runtime", "bot.cli"),
    "bot": ("actions",),
    **{f"bot/handover/{name}.py": RASA for name in ("case", "desk", "settings", "signing", "webhook")},
}  # fmt: skip


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("place", FORBIDDEN)
def test_nobody_imports_what_is_above_them(place: str) -> None:
    root = ROOT / place
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    assert files
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path)
        if any(name == prefix or name.startswith(prefix + ".") for prefix in FORBIDDEN[place])
    ]
    assert broken == []


def test_every_action_file_fits_on_a_screen() -> None:
    """A screenful and a bit: 160 lines."""
    too_long = [
        path.name for path in sorted((ROOT / "actions").glob("*.py")) if len(path.read_text().splitlines()) > 160
    ]
    assert too_long == []
