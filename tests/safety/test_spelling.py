"""Typos come back to danger words; everyday words stay what they are."""

from __future__ import annotations

import pytest

from bot.safety import Detector
from bot.safety.spelling import Spelling


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(
        ["fever", "chest", "breathe", "seizure", "confused", "temperature", "have", "pain"],
        others=["fiebre", "respirar"],
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fevr", "fever"), ("feverr", "fever"), ("feevr", "fever"), ("feeeever", "fever"), ("cheest", "chest"),
        ("seizur", "seizure"), ("tempreature", "temperature"), ("temprature", "temperature"), ("confussed", "confused"),
        ("rspirar", "respirar"),
    ],
)  # fmt: skip
def test_typos_are_corrected(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.correct(typed)[0] == (meant,)


@pytest.mark.parametrize(
    "word", ["fewer", "favor", "cheat", "beast", "breast", "never", "lever", "leisure", "chess", "fiebre", "wbc", "feb"]
)
def test_everyday_words_stay(spelling: Spelling, word: str) -> None:
    assert spelling.correct(word) == [(word,)]


def test_run_together_words_are_parted(spelling: Spelling) -> None:
    assert spelling.correct("ihavechestpain") == [("i", "have", "chest", "pain")]
    assert spelling.correct("neutropeniaxyz") == [("neutropeniaxyz",)]


@pytest.mark.parametrize(
    "text", ["fewer white cells", "what is a good beast to cheat", "breast milk", "bread is breaded", "i favor tea"]
)
def test_words_near_danger_words_do_not_alarm(detector: Detector, text: str) -> None:
    assert detector.check(text).level is None
