"""What must hold for every message of danger, however it is typed."""

from __future__ import annotations

import random

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.safety import Detector, RuleBook
from bot.safety.model import LEVELS
from tests.safety.conftest import CONTENT, RED_FLAGS
from tests.safety.typos import mistyped

DETECTOR = Detector(RuleBook.load(CONTENT / "red_flags.yml"), 38.0, 100.4)
#: Phrases in plain words, one or two of each rule, in which fillers may stand anywhere.
PHRASES = [
    "i have a fever", "my chest hurts", "i can't breathe", "she is confused", "i'm coughing up blood", "my dad collapsed",
    "i want to die", "i have been cutting myself", "it burns when i pee", "my mouth is full of sores", "i have chills",
    "my throat is sore", "i have a rash", "my neck is stiff", "i keep vomiting", "my lips are blue", "his speech is slurred",
    "i have a fever and i'm on chemo", "shaking and can't get warm", "my port is red", "i think i have sepsis",
]  # fmt: skip
CAUGHT = [
    text for path in sorted(RED_FLAGS.glob("*.yml")) for text in yaml.safe_load(path.read_text("utf-8"))["caught"]
]
#: A bare number is a temperature only when it is all that is said.
IN_CONTEXT = [text for text in CAUGHT if text != "one oh one"]
FILLERS = ["really", "so", "just", "um", "like", "fucking", "very", "literally", "omg", "damn"]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def level(text: str) -> str | None:
    return DETECTOR.check(text).level


@QUICK
@given(
    st.sampled_from(PHRASES),
    st.lists(st.sampled_from(FILLERS), min_size=1, max_size=2),
    st.randoms(use_true_random=False),
)
def test_fillers_lose_no_flag(phrase: str, fillers: list[str], source: random.Random) -> None:
    words = phrase.split()
    for filler in fillers:
        words.insert(source.randrange(len(words) + 1), filler)
    assert level(" ".join(words)) is not None


@QUICK
@given(st.sampled_from(CAUGHT), st.data())
def test_case_loses_no_flag(phrase: str, data: st.DataObject) -> None:
    upper = data.draw(st.lists(st.booleans(), min_size=len(phrase), max_size=len(phrase)))
    changed = "".join(char.upper() if up else char.lower() for char, up in zip(phrase, upper, strict=True))
    assert level(changed) == level(phrase)


@QUICK
@given(
    st.sampled_from(CAUGHT),
    st.text(alphabet="!. \n🙂", max_size=6),
    st.text(alphabet="!.…😭 \n", max_size=6),
)
def test_marks_around_lose_no_flag(phrase: str, before: str, after: str) -> None:
    assert level(f"{before}{phrase}{after}") is not None


@QUICK
@given(
    st.sampled_from(IN_CONTEXT),
    st.sampled_from(["Hi there. ", "I read your page. It was good. ", "What is leukopenia? "]),
)
def test_a_sentence_before_loses_no_flag(phrase: str, opening: str) -> None:
    assert level(opening + phrase) is not None


@QUICK
@given(st.sampled_from(PHRASES), st.integers(0, 10_000))
def test_a_typing_mistake_loses_no_flag(phrase: str, seed: int) -> None:
    for wrong in mistyped(phrase, random.Random(seed), DETECTOR):
        assert level(wrong) is not None, wrong


@QUICK
@given(st.integers(330, 430))
def test_celsius_around_the_threshold(tenths: int) -> None:
    value = f"{tenths / 10:.1f}"
    for text in (
        f"my temp is {value}",
        f"{value} C",
        f"temperature {value.replace('.', ',')}",
        f"my temperature is {value} degrees",
    ):
        rules = DETECTOR.check(text).rules
        assert ("fever" in rules) is (tenths >= 380), text
        assert ("low_temperature" in rules) is (tenths < 360), text


@QUICK
@given(st.integers(925, 1090))
def test_fahrenheit_around_the_threshold(tenths: int) -> None:
    value = f"{tenths / 10:.1f}"
    for text in (f"my temp is {value}", f"{value} F", f"{value}°F", f"fever thermometer says {value}"):
        finding = DETECTOR.check(text)
        if "fever thermometer" not in text:
            assert ("fever" in finding.rules) is (tenths >= 1004), text
            assert ("low_temperature" in finding.rules) is (tenths < 968), text


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_finding(text: str) -> None:
    finding = DETECTOR.check(text)
    assert finding.level is None or finding.level in LEVELS
    assert finding == DETECTOR.check(text)


CUES = "i my no not never if a the , . ? and or but fever chest pain 38.5 101 chemo die had last year when what is"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(CUES.split(" ")), max_size=60))
def test_any_heap_of_cue_words_gives_a_finding(words: list[str]) -> None:
    assert DETECTOR.check(" ".join(words)) == DETECTOR.check(" ".join(words))
