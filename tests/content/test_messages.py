"""The fixed texts: every key that the code asks for is there, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

from bot.content.folder import read_folder

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = [*sorted((ROOT / "actions").rglob("*.py")), *sorted((ROOT / "bot").rglob("*.py"))]


def test_every_key_that_is_asked_for_is_there() -> None:
    asked = {
        key
        for path in SOURCES
        for key in re.findall(r"(?:\.message|filled_message)\((?:[\w.]+, )?[\"'](\w+)[\"']", path.read_text("utf-8"))
    }
    assert asked, "the pattern finds no call any more"
    assert asked - set(read_folder(ROOT / "content").messages) == set()


def test_no_text_is_left_over() -> None:
    code = "\n".join(path.read_text("utf-8") for path in SOURCES)
    unused = [
        key
        for key in read_folder(ROOT / "content").messages
        if not re.search(rf"[\"']{key}[\"']", code) and not re.match(r"fact_(yes|other)_", key)
    ]
    assert unused == []
