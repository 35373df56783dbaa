"""Expiry goes on by itself while a server runs, and not by a clock that is wrong."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.conversations.expiry import DOUBT, FIRST_AFTER, Clock, expire_regularly

CLINIC = Path(__file__).resolve().parents[2] / "content" / "clinic.yml"
HOUR, MONTH = 3600.0, 30 * 24 * 3600.0
#: 21 November 2026.
TODAY = 1_795_219_200.0


class Store:
    """Notes its calls. `fails` makes the first one fail."""

    def __init__(self, fails: bool = False) -> None:
        self.days: list[float] = []
        self.dates: list[float] = []
        self.fails = fails

    async def expire(self, now: float, days: float) -> int:
        self.days.append(days)
        self.dates.append(now)
        if self.fails and len(self.days) == 1:
            raise OSError("secret")
        return 2


class Machine:
    """A machine whose time passes only where somebody sleeps, and whose date somebody sets.

    Args:
        seconds: It stops after so many.
        set_date: Seconds since its start → by how many the date is set forward then.
        started: Its date at the start.
    """

    def __init__(self, seconds: float, set_date: dict[float, float] | None = None, started: float = TODAY) -> None:
        self.passed = 0.0
        self.date = started
        self._end = seconds
        self._set_date = dict(set_date or {})
        self.clock = Clock(lambda: self.date, lambda: self.passed, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        until = self.passed + seconds
        for at in sorted(self._set_date):
            if at <= until:
                self.date += self._set_date.pop(at)
        self.date += seconds
        self.passed = until
        if until > self._end:
            raise asyncio.CancelledError

    def run(self, store: Store) -> None:
        """Expires until the machine stops."""
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(expire_regularly(store, CLINIC, HOUR, self.clock))


def test_it_goes_on_after_an_error_and_logs_its_type_alone(caplog: pytest.LogCaptureFixture) -> None:
    store = Store(fails=True)
    with caplog.at_level(logging.INFO):
        Machine(FIRST_AFTER + 2 * HOUR).run(store)
    assert store.days == [30, 30, 30]
    assert store.dates == [TODAY + FIRST_AFTER + hours * HOUR for hours in range(3)]
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert messages[0] == "conversations could not be expired: OSError"
    assert messages[1:] == ["2 conversations are past the clinic's days and removed"] * 2


def test_a_machine_that_starts_a_month_ahead_has_time_to_learn_the_date() -> None:
    store = Store()
    Machine(FIRST_AFTER + HOUR, {60.0: -MONTH}, started=TODAY + MONTH).run(store)
    assert store.dates == [TODAY + FIRST_AFTER, TODAY + FIRST_AFTER + HOUR]


def test_a_date_that_jumps_ahead_expires_nothing_until_it_is_mended(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    Machine(FIRST_AFTER + 5 * HOUR, {2 * HOUR: MONTH, 4 * HOUR: -MONTH}).run(store)
    assert store.dates == [TODAY + FIRST_AFTER + hours * HOUR for hours in (0, 1, 4, 5)]
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 2 and all("jumped ahead by 720.0 hours" in error for error in errors)


def test_a_date_that_stays_is_believed_after_a_day() -> None:
    """A machine that was switched on with a date of the past is told the right one."""
    store = Store()
    Machine(FIRST_AFTER + DOUBT + 3 * HOUR, {2 * HOUR: MONTH}).run(store)
    late = [date for date in store.dates if date > TODAY + MONTH]
    assert len(store.dates) - len(late) == 2
    assert late[0] == TODAY + MONTH + FIRST_AFTER + 2 * HOUR + DOUBT


def test_the_machines_own_clock() -> None:
    before = Clock()
    assert before.date() > TODAY - 10 * 365 * 24 * HOUR
    assert before.passed() <= Clock().passed()
