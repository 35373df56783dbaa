"""Which numbers are a temperature, which a count, and which neither."""

from __future__ import annotations

import pytest

from bot.safety import Detector

FEVERS = [
    "my temp is 38.4", "38.3", "101.2", "101F", "101 f", "38,5 C", "38.5°C", "temp of 39", "one oh one", "one-oh-one",
    "hundred and two", "a hundred and one point five", "one hundred three fever", "thirty eight point five",
    "thirty nine and a half fever", "fever of 102", "it's 102 now", "he's 103", "I'm at 101.8 tonight", "102!",
    "temperature: 38,7", "thermometer says 100.6", "38 point 3", "temp 38-39", "Temp. 38.6", "39 °", "100.4",
]  # fmt: skip
NO_FEVERS = [
    "my temp is 37.9", "100.3 F", "98.6", "36.8", "my wbc is 3.8", "anc 0.5", "platelets 101", "i am 39", "39F here",
    "hemoglobin 10.1, hematocrit 38.5", "38.5 weeks pregnant", "i weigh 101.2", "call 555-0139", "it is 38 degrees outside",
    "temp went down from 39 to 36.9", "mcv 101.2", "38.5%", "101 mg of azathioprine", "room 101", "bp 101/65", "39 years old",
    "temp 380", "45 C", "lymphocytes 39.5 and wbc 3.1", "10:38", "born in 1938", "1,010 cells",
]  # fmt: skip


@pytest.mark.parametrize("text", FEVERS)
def test_a_temperature_at_the_threshold_is_a_fever(detector: Detector, text: str) -> None:
    assert "fever" in detector.check(text).concepts


@pytest.mark.parametrize("text", NO_FEVERS)
def test_other_numbers_are_none(detector: Detector, text: str) -> None:
    assert detector.check(text).level is None


@pytest.mark.parametrize(
    ("text", "fever"),
    [
        ("my temp is 37.9", False), ("my temp is 38.0", True), ("my temp is 38", True),
        ("my temp is 100.3", False), ("my temp is 100.4", True), ("my temp is 100.5", True),
    ],
)  # fmt: skip
def test_the_threshold_in_both_units(detector: Detector, text: str, fever: bool) -> None:
    assert ("fever" in detector.check(text).rules) is fever


@pytest.mark.parametrize(
    ("text", "fever"), [("temp 37.4", False), ("temp 37.5", True), ("temp 99.4 F", False), ("99.5 F", True)]
)
def test_the_clinic_sets_the_threshold(detector: Detector, text: str, fever: bool) -> None:
    christie = Detector(detector.book, 37.5, 99.5)
    assert ("fever" in christie.check(text).rules) is fever


@pytest.mark.parametrize(
    "text", ["my temp is 35.2", "95.3 F", "temp of 35 and feeling awful", "thermometer reads 34.9"]
)
def test_low_temperatures_are_seen(detector: Detector, text: str) -> None:
    assert "low_temperature" in detector.check(text).concepts


@pytest.mark.parametrize(
    "text", ["anc 0.4", "my neutrophils are 300", "wbc is 1.1", "wbc 1,500", "only 0.9 white cells"]
)
def test_low_counts_make_a_fever_an_emergency(detector: Detector, text: str) -> None:
    assert "low_counts" in detector.check(text).concepts
    assert detector.check(f"{text} and my temp is 38.5").level == "emergency"


@pytest.mark.parametrize("text", ["neutrophils 52 %", "wbc 7.2", "neutrophils 3.9", "wbc 6,500"])
def test_counts_that_are_not_low_are_none(detector: Detector, text: str) -> None:
    assert "low_counts" not in detector.check(text).concepts
