"""What a patient takes back in a room leaves our server, too: tried again until it has, also after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from nio import AsyncClient, RedactedEvent, RoomGetEventResponse

from bot.matrix_bridge.delivery import FIRST_WAIT, LONGEST_WAIT
from bot.matrix_bridge.opening import Opening
from bot.matrix_bridge.questions import Question
from bot.matrix_bridge.sent import Redacted, Unwanted
from bot.matrix_bridge.state import State
from bot.matrix_bridge.talks import Talks
from bot.matrix_bridge.web_api import NotUnderstood, SessionEnded, TryLater

logger = logging.getLogger(__name__)

#: Answers of a homeserver by which an event is there no more, or not for us.
NOT_THERE = frozenset({"M_NOT_FOUND", "M_FORBIDDEN"})


class TakingBack:
    """Deals with redactions and edits.

    Args:
        client: The signed-in client.
        state: Knows what was asked in which session.
        talks: The talks with our server.
        opening: May hold messages whose key has not come.
        lock: The lock of a room, under which its messages are answered.
    """

    def __init__(
        self, client: AsyncClient, state: State, talks: Talks, opening: Opening, lock: Callable[[str], asyncio.Lock]
    ) -> None:
        self._client = client
        self._state = state
        self._talks = talks
        self._opening = opening
        self._lock = lock
        self._settling: dict[Redacted, asyncio.Task[None]] = {}
        self._erasing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins with what is noted and not done."""
        for redacted in self._state.sent.redactions():
            if redacted not in self._settling:
                task = asyncio.ensure_future(_logged(self._settle(redacted)))
                self._settling[redacted] = task
                task.add_done_callback(partial(self._ended, redacted))
        if self._state.sent.unwanted() and (self._erasing is None or self._erasing.done()):
            self._erasing = asyncio.ensure_future(_logged(self._erase()))

    def _ended(self, redacted: Redacted, _: asyncio.Task[None]) -> None:
        del self._settling[redacted]

    async def replaced(self, edit: Question) -> None:
        """What a message is an edit of leaves our server: now if it can be, else later."""
        unwanted = self._state.sent.replace(edit.replaces, edit.sender, edit.event_id)
        await self._try(unwanted)
        self.start()

    async def _settle(self, redacted: Redacted) -> None:
        sender = await self._sender(redacted)
        if sender is not None:
            self._opening.forget(redacted.event_id)
            with self._talks.without(redacted.event_id):
                async with self._lock(redacted.room_id):
                    pass  # now nothing asks our server for it any more
            self._state.sent.take_back(redacted, sender)
        self._state.sent.settle(redacted)
        self.start()

    async def _sender(self, redacted: Redacted) -> str | None:
        """Who sent what was taken back; "" when the event is gone, None when the homeserver has not emptied it.

        The homeserver decides who may take back what.
        """
        wait = FIRST_WAIT
        while True:
            try:
                answer = await self._client.room_get_event(redacted.room_id, redacted.event_id)
                if isinstance(answer, RoomGetEventResponse):
                    return answer.event.sender if isinstance(answer.event, RedactedEvent) else None
                if answer.status_code in NOT_THERE:
                    return ""
                reason = str(answer.status_code)
            except Exception as error:  # whatever a broken connection does: go on
                reason = type(error).__name__
            logger.warning("the homeserver does not give what was taken back: %s", reason)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _erase(self) -> None:
        wait = FIRST_WAIT
        while unwanted := self._state.sent.unwanted():
            asked_to_wait = await self._try(unwanted)
            if self._state.sent.unwanted():
                await asyncio.sleep(asked_to_wait or wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _try(self, unwanted: Iterable[Unwanted]) -> float:
        """Takes messages out of our server, as far as it can. Gives the seconds that it asks to wait; 0 for none."""
        seconds = 0.0
        for message in unwanted:
            try:
                await self._talks.take_back(message)
            except TryLater as later:
                seconds = max(seconds, later.seconds)
                continue
            except SessionEnded:
                logger.error("a message that was taken back may stay until it expires: our server's secret was changed")
            except NotUnderstood:
                logger.error("a message that was taken back may stay until it expires: our server refuses")
            self._state.sent.gone(message)
        return seconds


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:
        logger.error("what was taken back is tried again later: %s", type(error).__name__)
