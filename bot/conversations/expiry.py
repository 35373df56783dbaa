"""Removes conversations past the clinic's days, again and again while a server runs.

What is removed is gone for good, so a clock that is wrong must not decide it: a machine may start with one, and it may be
set while we run.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.content.clinic import load_clinic

logger = logging.getLogger(__name__)

SECONDS_A_DAY = 86_400
#: Seconds before the first round: time for a machine that has just started to hear what time it is.
FIRST_AFTER = 900.0
#: Seconds that the date may run ahead of the time that has passed. Days are counted, so this much does no harm.
LEEWAY = 600.0
#: Seconds for which a date that jumped ahead is not believed: time for the operator to mend it.
DOUBT = 24 * 3600.0


class Expiring(Protocol):
    """A store that can expire conversations."""

    async def expire(self, now: float, days: float) -> int:
        """See `KeepingStore.expire`."""


@dataclass(frozen=True)
class Clock:
    """The time, all in seconds.

    Attributes:
        date: Since 1970; whoever sets the machine's clock changes it.
        passed: Since some moment, however the clock is set; it goes on while the machine sleeps.
        sleep: Waits.
    """

    date: Callable[[], float] = time.time
    passed: Callable[[], float] = lambda: time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def expire_regularly(
    store: Expiring, clinic_file: Path, every: float = 3600.0, clock: Clock | None = None
) -> None:
    """Expires conversations every `every` seconds, after the first `FIRST_AFTER`, until it is cancelled.

    The clinic's `keep_days` are read anew each time. An error is logged and does not end it: the next round tries
    again. A round in which the date has jumped ahead is left out, and logged as an error; after `DOUBT` seconds of that
    the date is believed.
    """
    clock = clock or Clock()
    await clock.sleep(FIRST_AFTER)
    date = _Date(clock)
    while True:
        if date.is_believed():
            await _expire(store, clinic_file, clock.date())
        await clock.sleep(every)


async def _expire(store: Expiring, clinic_file: Path, now: float) -> None:
    try:
        removed = await store.expire(now, load_clinic(clinic_file).keep_days)
        if removed:
            logger.info("%d conversations are past the clinic's days and removed", removed)
    except Exception as error:
        logger.error("conversations could not be expired: %s", type(error).__name__)


class _Date:
    """Compares the date with the time that has passed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._doubted_since: float | None = None
        self._trust()

    def _trust(self) -> None:
        self._ahead = self._clock.date() - self._clock.passed()
        self._doubted_since = None

    def is_believed(self) -> bool:
        jump = self._clock.date() - self._clock.passed() - self._ahead
        if jump > LEEWAY:
            now = self._clock.passed()
            self._doubted_since = now if self._doubted_since is None else self._doubted_since
            if now - self._doubted_since < DOUBT:
                logger.error(
                    "this machine's clock has jumped ahead by %.1f hours: conversations are not expired. Set it right; "
                    "a date that stays for %.0f hours is believed",
                    jump / 3600,
                    DOUBT / 3600,
                )
                return False
        self._trust()
        return True
