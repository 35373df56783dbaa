"""Whose is it? A question that turns out to be the writer's own, and what is only told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.safety import Detector

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.from_files(CONTENT)


@pytest.mark.parametrize(
    ("asked", "claimed"),
    [
        ("is 38.4 a fever?", "is 38.4 a fever? its me, day 8 after chemo"),
        ("what does it mean when you cough up blood?", "what does it mean when you cough up blood, just did"),
        ("what are night sweats and chills", "what are night sweats and chills, having them tonight"),
        ("is confusion a sign of sepsis?", "is confusion a sign of sepsis? it's my wife"),
        ("in general if the fever is 102 what is to be done", "in general if the fever is 102 what is to be done, my father is having since morning"),
        ("can a seizure come from this?", "can a seizure come from this? my sister is having one on the floor"),
    ],
)  # fmt: skip
def test_a_question_that_is_claimed_alarms(detector: Detector, asked: str, claimed: str) -> None:
    assert detector.check(asked).level is None and detector.check(asked).lookalike
    assert detector.check(claimed).level is not None


@pytest.mark.parametrize(
    "text",
    [
        "saw a film where a woman with leukaemia was coughing blood, is that realistic",
        "crossword clue, blood poisoning 6 letters, is it sepsis??",
        "my sister in law says chemo patients always end up with blue lips",
        "the leaflet says call an ambulance if you cant breathe, do most people ever need one?",
        "last year I had sepsis, I'm fine now, what is a normal white count?",
        "my son had a febrile seizure when he was two, he's 14 now",
        "The cough I had last month is completely gone, can I swim?",
        "thanks so much, the rash has been gone for over a week now",
        "does rigor on my old discharge letter mean the same as shivering",
        "i want a letter in spanish in case i ever need an ambulance over there",
    ],
)
def test_what_is_told_of_is_a_lookalike(detector: Detector, text: str) -> None:
    assert detector.check(text).level is None and detector.check(text).lookalike


@pytest.mark.parametrize(
    "text",
    [
        "saw a film about sepsis and now i have a fever and can't stop shaking",
        "my sister says patients get blue lips, my lips are blue",
        "last year I had sepsis and now I have a fever of 39 and chills",
        "I had a stem cell transplant 40 days ago and I've got a temperature of 100.8",
        "fever 100.6, kidney transplant 2 years ago, on tacrolimus",
        "the fever was gone for over a week and now it's back",
        "last week i was diagnosed with neutropenia and have a fever",
        "101.5 and no neutrophils",
    ],
)
def test_what_is_there_alarms_beside_it(detector: Detector, text: str) -> None:
    assert detector.check(text).level is not None
