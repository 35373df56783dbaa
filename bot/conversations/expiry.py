"""Removes conversations past the clinic's days, again and again while a server runs."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Protocol

from bot.content.clinic import load_clinic

logger = logging.getLogger(__name__)

SECONDS_A_DAY = 86_400


class Expiring(Protocol):
    """A store that can expire conversations."""

    async def expire(self, now: float, days: float) -> int:
        """See `KeepingStore.expire`."""


async def expire_regularly(store: Expiring, clinic_file: Path, every: float = 3600.0) -> None:
    """Expires conversations now and every `every` seconds, until it is cancelled.

    The clinic's `keep_days` are read anew each time. An error is logged and does not end it: the next round tries
    again.
    """
    while True:
        try:
            removed = await store.expire(time.time(), load_clinic(clinic_file).keep_days)
            if removed:
                logger.info("%d conversations are past the clinic's days and removed", removed)
        except Exception as error:
            logger.error("conversations could not be expired: %s", type(error).__name__)
        await asyncio.sleep(every)
