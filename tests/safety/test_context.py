"""The same words, happening and not happening."""

from __future__ import annotations

import pytest

from bot.safety import Detector

PRESENT = [
    # denial that denies something else
    "no fever but chills", "No, i have a fever", "no i have chest pain", "not sleeping because of chest pain",
    "I've never had chest pain like this", "no idea why i have a fever", "my fever is not going away",
    "fever went away but came back", "no cough. just a fever", "i can't stop shaking", "not sure if it matters but my temp is 39",
    # a question about something that is there
    "i have a fever of 102 what should i do", "can't breathe is that leukopenia?", "is it bad that i have chills",
    "why do i have a fever", "how do i get rid of this fever", "should i go to the er with chest pain", "is 38.6 too high?",
    "what is leukopenia? also my chest hurts", "am i having a stroke", "what should i do, she is confused",
    # lately
    "i had a fever last night", "had chills this morning", "i fainted", "he had a seizure", "fever since yesterday",
    # someone else
    "my son has a temperature", "she is confused", "dad collapsed", "my wife's chest hurts", "the baby has a fever of 39",
    # long, loud and odd
    "I FUCKING CANT BREATHE", "chest pain 😭😭", "🤒 and shivering", "feeeever", "f e v e r 39", "ihaveafever", "chest-pain",
    "Hello, I hope you are well. I read your page about white cells and found it useful. My question is about diet. "
    "By the way since noon I have a fever and my chest hurts. Thank you.",
]  # fmt: skip
NOT_PRESENT = [
    "no fever", "I don't have a fever, cough or chest pain", "without fever or chills", "no chest pain, no fever",
    "my fever is gone", "the chest pain has gone away", "he denies chest pain", "never had a fever", "fever free for days",
    "what if I get a fever?", "if i have chest pain what do i do", "in case of fever", "should i call when i get a fever",
    "can i get a fever from this", "could it cause a seizure", "i'm afraid of getting a fever", "how do i prevent a fever",
    "what counts as a fever?", "is fever a symptom of leukopenia?", "does chemo cause mouth sores", "why is fever dangerous",
    "do vaccines cause fever", "tell me about chest pain", "symptoms of sepsis", "fever in adults", "people with leukopenia get fevers",
    "I had a fever last year", "I had a fever as a child", "he had a stroke in 2015", "my uncle died of sepsis",
    "when i was pregnant i had a fever", "I had chest pain two months ago", "I've had mouth ulcers for years",
    "i get a fever every few months", "my dog has a fever", "dying to know", "this is killing me", "heart attack risk?",
    "i'm confused about my results", "bleeding disorders", "hay fever", "what the hell is a fever",
]  # fmt: skip


@pytest.mark.parametrize("text", PRESENT)
def test_danger_that_is_there_is_caught(detector: Detector, text: str) -> None:
    assert detector.check(text).level is not None


@pytest.mark.parametrize("text", NOT_PRESENT)
def test_danger_that_is_not_there_does_not_alarm(detector: Detector, text: str) -> None:
    assert detector.check(text).level is None


@pytest.mark.parametrize(
    "text",
    [
        "what counts as a fever?",
        "I had a fever last year",
        "no fever",
        "do vaccines cause fever?",
        "suicide rate in patients",
    ],
)
def test_lookalikes_get_the_urgent_line(detector: Detector, text: str) -> None:
    finding = detector.check(text)
    assert finding.lookalike
    assert finding.lookalike_concepts


@pytest.mark.parametrize("text", ["what is leukopenia", "hello", "2", "", None, "   ", "🙂", "\n\n", "?!"])
def test_other_words_are_no_lookalikes(detector: Detector, text: str | None) -> None:
    finding = detector.check(text)
    assert (finding.level, finding.lookalike, finding.concepts) == (None, False, ())


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("I've had chest pain on and off for months", "call_today"),
        ("I've had night sweats for months", None),
        ("suddenly much worse chest pain after months", "emergency"),
    ],
)
def test_what_has_lasted_for_months_is_one_step_less_urgent(detector: Detector, text: str, level: str | None) -> None:
    assert detector.check(text).level == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("my chest pain is so bad i want to die", "crisis"),
        ("i have a fever and can't breathe", "emergency"),
        ("i have a fever and a cough", "call_today"),
    ],
)
def test_the_most_urgent_level_wins(detector: Detector, text: str, level: str) -> None:
    assert detector.check(text).level == level


def test_very_long_messages_are_read_to_their_end(detector: Detector) -> None:
    text = "i would like to know more about white cells and what they do in the blood " * 1000
    assert detector.check(text + "and my chest hurts").level == "emergency"
