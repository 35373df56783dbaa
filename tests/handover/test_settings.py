"""What the clinic sets, and how a mistake in it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.content.clinic import Clinic, CrisisLine
from bot.content.hours import read_staff_hours
from bot.handover.settings import StaffSettings, StaffSettingsError

HOURS = read_staff_hours({"zone": "UTC", "monday": "08:00-17:00"})
CLINIC = Clinic("Clinic", "555-0100", "always", "911", CrisisLine("Line", "988"), "US", 38.0, staff_hours=HOURS)
SECRET = "0123456789" * 4
URL = "https://desk.clinic.example/bot"


def test_nothing_is_set() -> None:
    assert StaffSettings.read({}, CLINIC) is None
    assert StaffSettings.read({"BOT_STAFF_WEBHOOK": " "}, replace(CLINIC, staff_hours=None)) is None


def test_a_webhook_and_a_room() -> None:
    webhook = StaffSettings.read({"BOT_STAFF_WEBHOOK": URL, "BOT_STAFF_SECRET": SECRET}, CLINIC)
    assert webhook == StaffSettings(URL, SECRET) and SECRET not in repr(webhook)
    room = {"BOT_STAFF_ROOM": "!abc:clinic.example", "BOT_STAFF_IDENTIFIERS": "keep"}
    assert StaffSettings.read(room, CLINIC) == StaffSettings(room="!abc:clinic.example", keep_identifiers=True)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"BOT_STAFF_WEBHOOK": URL}, "BOT_STAFF_SECRET must have at least 32"),
        ({"BOT_STAFF_WEBHOOK": URL, "BOT_STAFF_SECRET": "short"}, "BOT_STAFF_SECRET must have at least 32"),
        ({"BOT_STAFF_SECRET": SECRET}, "Set BOT_STAFF_WEBHOOK or BOT_STAFF_ROOM"),
        ({"BOT_STAFF_WEBHOOK": URL, "BOT_STAFF_ROOM": "!a:b", "BOT_STAFF_SECRET": SECRET}, "both set"),
        ({"BOT_STAFF_WEBHOOK": "http://desk.clinic.example", "BOT_STAFF_SECRET": SECRET}, "must begin with https"),
        ({"BOT_STAFF_WEBHOOK": "desk", "BOT_STAFF_SECRET": SECRET}, "write an address"),
        ({"BOT_STAFF_WEBHOOK": "https://[::1", "BOT_STAFF_SECRET": SECRET}, "this is no address"),
        ({"BOT_STAFF_WEBHOOK": "https://me:pass@desk.example", "BOT_STAFF_SECRET": SECRET}, "user and password"),
        ({"BOT_STAFF_ROOM": "#staff:clinic.example"}, "no id of a Matrix room"),
        ({"BOT_STAFF_ROOM": "!a:b", "BOT_STAFF_IDENTIFIERS": "some"}, "neither `remove` nor `keep`"),
    ],
)
def test_a_mistake_names_the_variable(environment: dict[str, str], says: str) -> None:
    with pytest.raises(StaffSettingsError, match=says) as raised:
        StaffSettings.read(environment, CLINIC)
    assert SECRET not in str(raised.value) and "pass" not in str(raised.value).replace("password", "")


def test_hours_are_needed() -> None:
    with pytest.raises(StaffSettingsError, match="no `staff_hours`"):
        StaffSettings.read({"BOT_STAFF_WEBHOOK": URL, "BOT_STAFF_SECRET": SECRET}, replace(CLINIC, staff_hours=None))
