"""The second reader: it adds to the rules, never takes away, and may be missing."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.danger_sense import (
    AS_A_SENTENCE,
    AS_A_WHOLE,
    CRISIS,
    IN_PASSING,
    MEDICAL,
    RULE,
    DangerSense,
    check,
    danger_sense,
    parts_of,
)
from bot.nlu.red_flags import RedFlagDetector
from bot.safety import Detector
from bot.safety.evaluation import NONE, evaluate, read_messages, summary
from bot.settings import Settings

SETTINGS = Settings.read()
EXAMPLES = SETTINGS.root / "data" / "safety" / "examples.csv"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.from_files(SETTINGS.content)


@pytest.fixture(scope="module")
def sense() -> DangerSense:
    return danger_sense()


def test_what_the_rules_say_stands(detector: Detector, sense: DangerSense) -> None:
    for text in ("i can't breathe", "what temperature is a fever?", "no fever", "i want to die"):
        assert check(detector, text, sense) == detector.check(text)


@pytest.mark.parametrize(
    "text",
    [
        "it feels like i'm breathing through a blocked pipe and it scares me",
        "everything turned dark and then i was on the floor",
    ],
)
def test_it_hears_danger_that_no_rule_has(detector: Detector, sense: DangerSense, text: str) -> None:
    finding = check(detector, text, sense)
    assert detector.check(text).level is None
    assert (finding.level, finding.rules) == ("emergency", (RULE,))


@pytest.mark.parametrize(
    "name", ["seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"]
)
def test_measured_messages_of_strangers_stay_caught(detector: Detector, sense: DangerSense, name: str) -> None:
    messages = read_messages(SETTINGS.root / "tests" / "red_flags" / f"independent_{name}.csv")
    figures = summary(evaluate(lambda text: check(detector, text, sense), messages))
    assert figures["levels"]["emergency"]["recall"] >= 0.98
    assert figures["levels"]["call_today"]["recall"] >= 0.95
    assert figures["levels"]["crisis"]["recall"] >= 0.96
    assert figures["ordinary"]["false_alarm_rate"] <= 0.05


@pytest.mark.parametrize(
    "text", ["what is leukopenia", "hello", "thanks", "my wbc is 3.8", "who won the game", "", "2", "?"]
)
def test_ordinary_words_stay_ordinary(detector: Detector, sense: DangerSense, text: str) -> None:
    assert check(detector, text, sense).level is None


def test_without_it_the_rules_go_on(detector: Detector) -> None:
    assert check(detector, "i can't breathe", None).level == "emergency"
    assert RedFlagDetector(detector)._finding("i can't breathe", "").level == "emergency"


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"gone\.npz"):
        DangerSense(tmp_path / "gone.npz")


def test_the_examples_are_read_and_each_stands_once() -> None:
    messages = read_messages(EXAMPLES)
    texts = [message.text for message in messages]
    assert len(texts) == len(set(texts)) > 4000
    assert sum(message.level == NONE for message in messages) > 3000


def test_the_trained_file_fits_the_examples(sense: DangerSense) -> None:
    """It was trained from these examples: their danger lies inside, of its own kind, their ordinary words outside."""
    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        rows = [row for number, row in enumerate(csv.DictReader(file)) if number % 25 == 0]
    inside = sense.scores([row["text"] for row in rows]) > 0
    crisis = np.array([row["level"] == "crisis" for row in rows])
    danger = np.array([row["level"] != NONE for row in rows])
    assert (inside[:, CRISIS] == crisis).mean() > 0.97
    assert (inside[:, MEDICAL] == (danger & ~crisis)).mean() > 0.97


def test_what_is_said_in_passing_is_heard(detector: Detector, sense: DangerSense) -> None:
    for hidden in ("i keep looking at the bridge on the way home", "i have counted out the pills for tonight"):
        text = f"My hemoglobin was fine, the nurse was lovely and the bus was late as usual, {hidden}, and what is WBC?"
        assert detector.check(text).level is None
        assert check(detector, text, sense).level == "crisis"


def test_parts_are_the_whole_its_sentences_and_their_clauses() -> None:
    short = "My count is low. Why?"
    assert parts_of(short) == {short: AS_A_WHOLE, "My count is low.": IN_PASSING}
    long = "The vein blew again and the traffic was awful, but the soup was good when I came home."
    clauses = ("The vein blew again", "the traffic was awful", "the soup was good when I came home.")
    assert parts_of(long) == {long: AS_A_WHOLE, **dict.fromkeys(clauses, IN_PASSING)}
    assert not parts_of("ok")
    letter = parts_of(" ".join(f"This is sentence {number}, it has more than ten words in it." for number in range(50)))
    assert next(iter(letter)) == "This is sentence 0, it has more than ten words in it."
    assert list(letter)[-1] == "This is sentence 49, it has more than ten words in it."
    assert list(letter.values()) == [AS_A_SENTENCE] * 16
