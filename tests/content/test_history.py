"""Which content was shown when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.content.build import build
from bot.content.history import note_release, read_history
from bot.content.problems import ContentError


def test_releases_say_what_changed(content: Path, article: Path, tmp_path: Path) -> None:
    (content / "history.jsonl").unlink()
    first = note_release(content, date(2026, 11, 21))
    assert first is not None and first.version == build(content, tmp_path / "x.db").version
    assert note_release(content) is None
    article.write_text(article.read_text("utf-8").replace("It is a Greek word.", "It is an old Greek word."), "utf-8")
    second = note_release(content, date(2026, 12, 1))
    assert second is not None and second.changed == ("leukopenia.word_origin",)
    assert [release.version for release in read_history(content)] == [first.version, second.version]


def test_a_damaged_line_is_named(content: Path) -> None:
    with (content / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    with pytest.raises(ContentError, match=r"history\.jsonl:2"):
        read_history(content)
