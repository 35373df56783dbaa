"""The clinic's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.clinic import ClinicError, load_clinic
from tests.editing import change


def test_the_demo_clinic(content: Path) -> None:
    clinic = load_clinic(content / "clinic.yml")
    assert (clinic.demo, clinic.phone, clinic.emergency_number, clinic.fever_c, clinic.fever_f) == (
        True, "555-0100", "911", 38.0, 100.4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("fever_c: 38.0", "fever_c: 100.4", "fever_c"),
        ("fever_c: 38.0", "fever_c: hot", "fever_c"),
        ('phone: "555-0100"', 'phone: "call us"', "no phone number"),
        ('phone: "555-0100"', "", "`phone` is missing"),
        ("demo: true", "demoo: true", "unknown field `demoo`"),
        ("keep_days: 30", "keep_days: -1", "whole number of days"),
        ('  number: "988"', "", "needs `name` and `number`"),
        ("name: Demo Clinic", "name: [", "no valid YAML"),
        ("zone: America/New_York", "zone: New York", "needs a time zone"),
        ('tuesday: "08:00-17:00"', "tuesday: open", "tuesday: 'open' is no time of day"),
        ("closed_on: [2026-12-25, 2027-01-01]", "closed_on: [25 December]", "is no date"),
        ("staff_silence_minutes: 60", "staff_silence_minutes: 600", "minutes from 5 to 240"),
    ],
)
def test_a_bad_setting_is_named(content: Path, old: str, new: str, says: str) -> None:
    path = content / "clinic.yml"
    change(path, old, new)
    with pytest.raises(ClinicError, match=says):
        load_clinic(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ClinicError, match="missing"):
        load_clinic(tmp_path / "clinic.yml")
