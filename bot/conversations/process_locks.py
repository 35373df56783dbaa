"""Locks of conversations inside one process: one turn at a time, in the order of arrival, and nobody looks again.

Rasa's own `InMemoryLockStore` looks once a second whether the lock is free, and a turn that holds it for longer than its
life goes on to save what the next one does not know. Here whoever leaves wakes the next, and a turn that lost its lock is
refused when it saves (`bot.conversations.holding`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.conversations.holding import HOLD, LostLock


class ProcessLocks(LockStore):
    """A lock store of Rasa's for a server that shares its conversations with no other.

    In endpoints.yml: `lock_store: {type: bot.conversations.process_locks.ProcessLocks}`.

    Args:
        endpoint_config: Rasa's way to give settings; there are none.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        super().__init__()
        #: Who holds a conversation, and who waits for it, by arrival.
        self.queues: dict[str, deque[Place]] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0
    ) -> AsyncGenerator[TicketLock, None]:
        """Waits for the conversation's lock and holds it, both together for `lock_lifetime` seconds at most.

        There is no poll, so `wait_time_in_seconds` has no meaning.

        Raises:
            LockError: the time is over, and the lock was never free.
        """
        place = Place(self.queues, conversation_id, lock_lifetime)
        try:
            await place.reached
            token = HOLD.set(place)
            try:
                yield TicketLock(conversation_id)
            finally:
                HOLD.reset(token)
        finally:
            place.leave()


class Place:
    """One turn's place in the queue of a conversation.

    Attributes:
        reached: Done when the turn holds the lock.
    """

    def __init__(self, queues: dict[str, deque[Place]], conversation: str, lifetime: float) -> None:
        self.conversation = conversation
        self._queues = queues
        self._lifetime = lifetime
        self._loop = asyncio.get_running_loop()
        self.reached: asyncio.Future[None] = self._loop.create_future()
        queues.setdefault(conversation, deque()).append(self)
        self._end = self._loop.call_later(lifetime, self._expire)
        self._call_first()

    async def confirm(self) -> None:
        """Makes sure that the lock is still ours, for another lifetime. Raises: LostLock."""
        if self not in self._queues.get(self.conversation, ()):
            raise LostLock("the lock of this conversation went to another turn")
        self._end.cancel()
        self._end = self._loop.call_later(self._lifetime, self._expire)

    def leave(self) -> None:
        """Gives the lock or the place in the queue back; the next one is called."""
        self._end.cancel()
        queue = self._queues.get(self.conversation)
        if queue is None or self not in queue:
            return
        queue.remove(self)
        if queue:
            self._call_first()
        else:
            del self._queues[self.conversation]

    def _call_first(self) -> None:
        first = self._queues[self.conversation][0]
        if not first.reached.done():
            first.reached.set_result(None)

    def _expire(self) -> None:
        if not self.reached.done():
            self.reached.set_exception(LockError("the lock of this conversation was not free in time"))
        self.leave()
