"""Two questions in one message are two; a statement around one is left out; an end that asks nothing belongs to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.questions import MAX_PARTS, split_questions


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("what causes it and is it contagious?", ["what causes it", "is it contagious"]),
        ("what is leukopenia? how is it treated?", ["what is leukopenia", "how is it treated"]),
        ("what is it, how is it treated and can i catch it", ["what is it", "how is it treated", "can i catch it"]),
        ("i have leukopenia. is it serious?", ["is it serious"]),
        ("causes and symptoms", ["what are the causes", "what are the symptoms"]),
        ("signs and symptoms of low wbc", ["signs and symptoms of low wbc"]),
        ("low white cells from pills, which ones", ["low white cells from pills, which ones"]),
        ("people say they are the same, is that right?", ["people say they are the same, is that right?"]),
        ("is 2.9 low", ["is 2.9 low"]),
        ("thanks", ["thanks"]),
        ("", [""]),
    ],
)
def test_parts(text: str, parts: list[str]) -> None:
    assert split_questions(text) == parts


@given(st.text(max_size=400))
def test_any_text_gives_one_to_three_parts(text: str) -> None:
    assert 1 <= len(split_questions(text)) <= MAX_PARTS
