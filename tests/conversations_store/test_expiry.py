"""Expiry goes on by itself while a server runs."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.conversations.expiry import expire_regularly

CLINIC = Path(__file__).resolve().parents[2] / "content" / "clinic.yml"


class Store:
    """Counts its calls; the first one fails."""

    def __init__(self) -> None:
        self.days: list[float] = []

    async def expire(self, now: float, days: float) -> int:
        self.days.append(days)
        if len(self.days) == 1:
            raise OSError("secret")
        return 2


async def test_it_goes_on_after_an_error_and_logs_its_type_alone(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    with caplog.at_level(logging.INFO):
        task = asyncio.get_running_loop().create_task(expire_regularly(store, CLINIC, every=0.01))
        while len(store.days) < 3:
            await asyncio.sleep(0.01)
        task.cancel()
    assert set(store.days) == {30}
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0] == "conversations could not be expired: OSError"
    assert "2 conversations are past the clinic's days and removed" in messages
