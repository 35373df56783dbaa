"""What people say around a question is left out; the question itself never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.frames import without_frame
from bot.nlu.words import spell_out


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("Hi, could somebody kindly tell me what leukopenia is?", "what leukopenia is?"),
        ("i would like to know the causes of leukopenia", "the causes of leukopenia"),
        ("I was wondering whether lupus causes it, thanks", "lupus causes it"),
        ("do you know if it is contagious", "it is contagious"),
        ("so what is it exactly", "what is it exactly"),
        ("i have a question, is it bad", "is it bad"),
        ("please explain leukopenia", "explain leukopenia"),
        ("Dear Sir or Madam, what is leukopenia? With kind regards, H. Whitcombe", "what is leukopenia?"),
        ("To whom it may concern: is it contagious? Thanks, Grandfather Tom", "is it contagious?"),
        ("Good afternoon. Which infections, if any, cause leukopenia?", "which infections cause leukopenia?"),
    ],
)
def test_the_question_stays(typed: str, question: str) -> None:
    assert without_frame(spell_out(typed)) == question


@pytest.mark.parametrize(
    "text", ["hello", "thank you", "ok thanks", "do you know me", "can you help me", "hi there", "please"]
)
def test_talk_stays_as_it_is(text: str) -> None:
    assert without_frame(text) == text


@given(st.text(alphabet="abcdefghij ,.?", max_size=80))
def test_words_of_a_question_are_never_lost(question: str) -> None:
    kept = without_frame(f"hello, can you tell me what {question}")
    assert kept.split()[:1] in (["what"], ["hello,"])
    assert set(question.split()) <= set(kept.split())
