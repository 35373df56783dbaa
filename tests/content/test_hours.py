"""When a person answers, on the clinic's own clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.content.hours import read_staff_hours

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = read_staff_hours(
    {
        "zone": "Europe/Berlin",
        "monday": "08:00-12:00, 13:00-17:00",
        "friday": "20:00-24:00",
        "saturday": "00:00-06:00",
        "closed_on": ["2026-03-30"],
    }
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def clock(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, BERLIN).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("now", "closes", "opens"),
    [
        ("2026-03-23T07:59", None, "2026-03-23T08:00"),
        ("2026-03-23T08:00", "2026-03-23T12:00", "2026-03-23T13:00"),
        ("2026-03-23T12:30", None, "2026-03-23T13:00"),
        ("2026-03-23T16:59", "2026-03-23T17:00", "2026-03-27T20:00"),
        ("2026-03-23T17:00", None, "2026-03-27T20:00"),
        ("2026-03-27T23:00", "2026-03-28T06:00", "2026-03-28T00:00"),  # over midnight
        ("2026-03-28T07:00", None, "2026-04-03T20:00"),  # summer time begins, and Monday 30 is closed
        ("2026-03-30T09:00", None, "2026-04-03T20:00"),
    ],
)
def test_when_it_closes_and_opens(now: str, closes: str | None, opens: str) -> None:
    assert (clock(HOURS.closes(at(now))), clock(HOURS.opens(at(now)))) == (closes, opens)


def test_another_clock_is_the_clinics_clock() -> None:
    utc = datetime(2026, 7, 6, 6, 30, tzinfo=ZoneInfo("UTC")).timestamp()  # 8:30 in Berlin
    assert HOURS.closes(utc) is not None
    assert HOURS.say(utc) == "Monday, July 6, 8:30 am"


@pytest.mark.parametrize(
    ("time", "said"), [("00:05", "12:05 am"), ("12:00", "12:00 pm"), ("13:30", "1:30 pm"), ("11:59", "11:59 am")]
)
def test_the_clock_in_words(time: str, said: str) -> None:
    assert HOURS.say(at(f"2026-11-23T{time}")) == f"Monday, November 23, {said}"


def test_always_open_never_closes_within_a_week() -> None:
    always = read_staff_hours({"zone": "UTC", **dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "00:00-24:00")})  # fmt: skip
    assert (always.closes(0.0) or 0.0) >= 6 * 86_400


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "needs a time zone"),
        ({"zone": "Berlin time", "monday": "08:00-17:00"}, "needs a time zone"),
        ({"zone": "Europe/Atlantis", "monday": "08:00-17:00"}, "needs a time zone"),
        ({"zone": "UTC"}, "names no hours"),
        ({"zone": "UTC", "monday": "8 am to 5 pm"}, "monday: '8 am to 5 pm' is no time of day"),
        ({"zone": "UTC", "monday": "17:00-08:00"}, "is no time of day"),
        ({"zone": "UTC", "monday": "08:00-25:00"}, "is no time of day"),
        ({"zone": "UTC", "monday": "13:00-17:00, 08:00-12:00"}, "the earlier one first"),
        ({"zone": "UTC", "monday": 800}, "is no time of day"),
        ({"zone": "UTC", "mondays": "08:00-17:00"}, "no field `mondays`"),
        ({"zone": "UTC", "monday": "08:00-17:00", "closed_on": ["Christmas"]}, "closed_on: 'Christmas' is no date"),
        ({"zone": "UTC", "monday": "08:00-17:00", "closed_on": "2026-13-01"}, "is no date"),
    ],
)
def test_a_mistake_is_named(data: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_staff_hours(data)
