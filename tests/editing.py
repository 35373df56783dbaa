"""Edits a file as a person would, for tests of what is made of it."""

from __future__ import annotations

from pathlib import Path


def change(path: Path, old: str, new: str) -> int:
    """Replaces the first place of a text, which must be there; gives the line that it begins on."""
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1
