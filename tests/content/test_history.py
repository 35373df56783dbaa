"""Which content was shown when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.content.build import build
from bot.content.history import note_release, read_history, unnoted
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


def test_a_change_of_a_fact_or_a_fixed_text_is_told(content: Path, article: Path) -> None:
    (content / "history.jsonl").unlink()
    assert unnoted(content) is not None
    note_release(content, date(2026, 11, 21))
    assert unnoted(content) is None
    article.write_text(
        article.read_text("utf-8").replace("Malaria is an infection", "Malaria is one infection"), "utf-8"
    )
    messages = content / "messages.yml"
    messages.write_text(messages.read_text("utf-8").replace("Which one do you mean?", "Which one is it?", 1), "utf-8")
    (content / "disclaimers" / "other.md").write_text("Short.\n---\nThe whole text.\n", "utf-8")
    second = note_release(content, date(2026, 12, 1))
    assert second is not None
    assert second.changed == ("disclaimer:other", "leukopenia.cause.malaria", "message:which_one")


def test_a_change_of_the_clinics_numbers_is_a_new_version(content: Path) -> None:
    before = unnoted(content)
    clinic = content / "clinic.yml"
    clinic.write_text(clinic.read_text("utf-8").replace("555-0100", "555-0101"), "utf-8")
    assert unnoted(content) not in (before, None)


def test_what_can_not_be_built_is_not_noted(content: Path, article: Path) -> None:
    """As `bot content build`: a text that is too hard to read keeps the content from being a release."""
    history = (content / "history.jsonl").read_bytes()
    hard = "Notwithstanding considerable interindividual heterogeneity, transmissibility remains categorically unsubstantiated throughout contemporary epidemiological literature."
    text = article.read_text("utf-8")
    assert "No. It does not spread from person to person." in text
    article.write_text(text.replace("No. It does not spread from person to person.", hard), "utf-8")
    with pytest.raises(ContentError, match="Use shorter words"):
        note_release(content)
    assert (content / "history.jsonl").read_bytes() == history


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "[]",
        '{"version": 1}',
        "\udcff",
        '{"version": "a", "noted_on": "b", "articles": [1], "texts": {}, "changed": []}',
    ],
)
def test_a_line_that_is_no_release_is_named(content: Path, line: str) -> None:
    with (content / "history.jsonl").open("ab") as file:
        file.write(line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(ContentError, match=r"history\.jsonl:\d+"):
        read_history(content)


def test_a_damaged_line_is_named(content: Path) -> None:
    path = content / "history.jsonl"
    damaged = len(path.read_text("utf-8").splitlines()) + 1
    with path.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    with pytest.raises(ContentError, match=rf"history\.jsonl:{damaged}"):
        read_history(content)
