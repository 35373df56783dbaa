"""Names of conditions and facts in a text, in any order, with small words between; and what is another thing."""

from __future__ import annotations

import pytest

from bot.content.models import Name
from bot.nlu.name_index import MAX_FILLERS, NameIndex

NAMES = [
    Name("leukopenia", "condition", "leukopenia"),
    Name("low white blood cell count", "condition", "leukopenia"),
    Name("low white count", "condition", "leukopenia"),
    Name("low wbc", "condition", "leukopenia"),
    Name("neutropenia", "fact", "neutropenia"),
    Name("zinc deficiency", "fact", "zinc-deficiency"),
    Name("zinc", "fact", "zinc-deficiency"),
    Name("white blood cells", "fact", "leukocytes"),
]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return NameIndex(NAMES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what is leukopenia", ["leukopenia"]),
        ("my white count is really low", ["leukopenia"]),
        ("wbc low", ["leukopenia"]),
        ("a zinc deficiency", ["zinc-deficiency"]),
        ("leukopenia from low zinc", ["leukopenia", "zinc-deficiency"]),
        ("white blood cells", ["leukocytes"]),
        ("a low red count", []),
        ("white paint, low price, count me in", []),
        ("", []),
    ],
)
def test_names_are_found(index: NameIndex, text: str, found: list[str]) -> None:
    assert [mention.ref for mention in index.find(text)] == found


def test_the_longest_name_wins(index: NameIndex) -> None:
    (mention,) = index.find("a low white blood cell count")
    assert (mention.kind, mention.words) == ("condition", 5)


def test_a_special_kind_is_marked(index: NameIndex) -> None:
    (mention,) = index.find("what causes cyclic neutropenia")
    assert mention.modifier == "cyclic"


def test_too_many_small_words_part_a_name(index: NameIndex) -> None:
    assert index.find("white count is low") != []
    assert index.find("white count " + "really " * (MAX_FILLERS + 1) + "low") == []


def test_spans_are_where_the_words_stand(index: NameIndex) -> None:
    text = "so is zinc deficiency bad?"
    (mention,) = index.find(text)
    assert text[mention.start : mention.end] == "zinc deficiency"
