"""What a clinician gets to read when the file has a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety import Detector, RedFlagsError, RuleBook

GOOD = """sources:
  cdc: CDC
lists:
  hurts: [hurts, pain]
concepts:
  fever:
    label: Fever
    reading: fever
    mentions:
      - burning up
  chest_pain:
    label: Chest pain
    mentions: [chest & <hurts>]
  chemo:
    label: Chemotherapy
    context: true
    mentions: [chemo]
rules:
  - id: chest_pain
    level: emergency
    signs: [chest_pain]
    sources: [cdc]
    why: Chest pain.
  - id: fever_on_chemo
    level: emergency
    signs: [fever]
    together_with: [[chemo]]
    sources: [cdc]
    why: Fever on chemotherapy.
"""


def test_a_good_file_is_read() -> None:
    book = RuleBook.parse(GOOD)
    assert [rule.id for rule in book.rules] == ["chest_pain", "fever_on_chemo"]
    detector = Detector(book, 38.0, 100.4)
    assert detector.check("my chest hurts").rules == ("chest_pain",)
    assert detector.check("39.1 on chemo").rules == ("fever_on_chemo",)
    assert detector.check("39.1").rules == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("level: emergency", "level: urgent", 20, "level: urgent` is unknown; one of crisis, emergency, call_today"),
        ("signs: [chest_pain]", "signs: [chestpain]", 19, "names the concept `chestpain`"),
        ("sources: [cdc]", "sources: [nice]", 19, "names the source `nice`"),
        ("<hurts>", "<hurtz>", 13, "no list of words named <hurtz>; one of hurts"),
        ("burning up", "(burning up", 10, "`(` is not closed"),
        ("burning up", "?!", 10, "is no word"),
        ("reading: fever", "reading: heat", 8, "`reading: heat` is unknown"),
        ("context: true", "context: maybe", 16, "`context` of concept `chemo` must be true or false"),
        ("label: Fever\n", "title: Fever\n", 7, "unknown field `title` of concept `fever`"),
        ("id: fever_on_chemo", "id: chest_pain", 24, "two rules `chest_pain`"),
        ("together_with: [[chemo]]", "together_with: [chemo]", 27, "must be a list of lists"),
        ("    why: Chest pain.\n", "", 19, "a rule needs `id`, `level`, `signs`, `sources` and `why`"),
        ("sources:\n", "sauces:\n", 1, "unknown field `sauces`"),
        ("mentions: [chemo]", "mentions: chemo", 17, "must be a list of words"),
        ("mentions: [chemo]", "", 14, "has no words"),
        ("  chest_pain:\n    label", "  fever:\n    label", 11, "fever"),
        ("label: Chest pain", "label: [", 14, "no valid YAML"),
    ],
)
def test_mistakes_name_file_line_and_field(old: str, new: str, line: int, says: str) -> None:
    with pytest.raises(RedFlagsError) as caught:
        RuleBook.parse(GOOD.replace(old, new, 1), "red_flags.yml")
    text = str(caught.value)
    assert says in text
    assert f"red_flags.yml:{line}:" in text


@pytest.mark.parametrize("text", ["", "[]", "hello", "concepts: {}\nrules: []\nsources: {}\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(RedFlagsError):
        RuleBook.parse(text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RedFlagsError, match=r"red_flags\.yml: error: the file is missing"):
        RuleBook.load(tmp_path / "red_flags.yml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "red_flags.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RedFlagsError, match="no text in UTF-8"):
        RuleBook.load(path)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(RedFlagsError) as caught:
        RuleBook.parse(GOOD.replace("burning up", "(burning").replace("level: emergency", "level: soon"))
    assert len(caught.value.problems) >= 3
