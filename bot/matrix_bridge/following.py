"""While a person of the clinic has a conversation: passes on what they write."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from bot.matrix_bridge.delivery import Delivery, transaction
from bot.matrix_bridge.render import message
from bot.matrix_bridge.state import State
from bot.matrix_bridge.talks import Talks

logger = logging.getLogger(__name__)

#: Seconds between two questions whether the person has written.
EVERY_SECONDS = 5.0


class Following:
    """Asks our server for what persons write, one task for each conversation.

    Args:
        talks: The conversations.
        state: Knows which of them persons have.
        delivery: Sends into rooms.
    """

    def __init__(self, talks: Talks, state: State, delivery: Delivery) -> None:
        self._talks = talks
        self._state = state
        self._delivery = delivery
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    def start(self) -> None:
        """Follows each conversation that a person has."""
        for key in self._state.handed_over():
            if key not in self._tasks:
                task = asyncio.ensure_future(self._follow(*key))
                self._tasks[key] = task
                task.add_done_callback(partial(self._ended, key))

    def _ended(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        del self._tasks[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a person's messages are no longer passed on: %s", type(error).__name__)

    async def _follow(self, room_id: str, user_id: str) -> None:
        while self._talks.is_handed_over(room_id, user_id):
            await asyncio.sleep(EVERY_SECONDS)
            for item in await self._talks.news(room_id, user_id):
                number = int(item["number"])
                if item.get("pushed"):
                    transaction_id = transaction(f"{room_id} {user_id}", f"{number} {item['at']}")
                    await self._delivery.send(room_id, message(item["reply"]), transaction_id)
                self._talks.passed_on(room_id, user_id, number)
