"""Locks of conversations in Redis, for several servers: one turn at a time, in the order of arrival.

Rasa's own `RedisLockStore` reads, changes and writes a lock in three steps, so that two servers can hold one lock, and
looks again only each second. Here every step is one script, which Redis runs whole.

A lock is a queue of tickets. Who waits and who holds keep their ticket alive by coming back; a process that dies stops
coming, and its ticket falls out after `LEASE` seconds. A turn that was frozen for longer has lost its lock: a save asks
before it writes (`bot.conversations.holding`) and is refused then. What Redis can't tell, because it died and forgot, or
because the turn froze right after it asked, the conversation store does (`bot.conversations.seen`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis import asyncio as redis_asyncio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from bot.conversations.holding import HOLD, LostLock

logger = logging.getLogger(__name__)

#: Seconds after which the ticket of a process that died falls out. Shorter than a turn may take (25 s), so that the
#: patient's retry on another server is answered; a living turn renews it as often as it needs to.
LEASE = 10.0
#: Seconds between two renewals of a held lock.
RENEWAL = 3.0
#: Seconds to wait for Redis itself.
REDIS_SECONDS = 5.0
#: Seconds between two looks of a waiting turn: the first, and the longest.
FIRST_LOOK, LONGEST_LOOK = 0.005, 0.05
PREFIX = "bot:lock:"
#: What a look at the queue tells, besides how many are before the ticket.
HELD, FELL_OUT = 0, -1

# KEYS: the queue (ticket → number of arrival), the ends (ticket → time when it falls out, in ms).
# ARGV: ticket, life in ms, "enter" or "look".
# Gives how many are before the ticket: 0 when it holds the lock, -1 when it fell out.
_STEP = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ms)) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('ZREM', KEYS[2], gone)
end
if ARGV[3] == 'enter' then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  redis.call('ZADD', KEYS[1], (last[2] or 0) + 1, ARGV[1])
elseif not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return -1
end
redis.call('ZADD', KEYS[2], ms + ARGV[2], ARGV[1])
for _, key in ipairs(KEYS) do
  if redis.call('PTTL', key) < tonumber(ARGV[2]) then redis.call('PEXPIRE', key, ARGV[2]) end
end
return redis.call('ZRANK', KEYS[1], ARGV[1])
"""
_LEAVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('ZREM', KEYS[2], ARGV[1])
"""


class RedisLocks(LockStore):
    """A lock store of Rasa's on one Redis server.

    In endpoints.yml: `lock_store: {type: bot.conversations.redis_locks.RedisLocks, url: "redis://host:6379/0"}`.

    Args:
        endpoint_config: Rasa's way to name the address.
        url: The address, where there is no `endpoint_config`.
        lease: Seconds after which the lock of a process that died is free.

    Raises:
        LockError: from `lock`, when Redis can't be reached. Nothing is done without a lock.
    """

    def __init__(
        self, endpoint_config: EndpointConfig | None = None, url: str | None = None, lease: float = LEASE
    ) -> None:
        super().__init__()
        address = url or (endpoint_config.url if endpoint_config else None)
        if not address:
            raise ValueError("the lock store has no `url`, such as redis://host:6379/0")
        self._redis: Any = redis_asyncio.Redis.from_url(
            address,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry_on_error=[RedisConnectionError],  # once: a connection from before Redis was restarted
        )
        self._step = self._redis.register_script(_STEP)
        self._leave = self._redis.register_script(_LEAVE)
        self.lease = lease

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncGenerator[TicketLock, None]:
        """Waits for the conversation's lock and holds it; see the module. The caller limits how long it waits.

        Rasa's lifetime and poll have no meaning here: a held lock lives as long as its turn.

        Raises:
            LockError: Redis can't be reached.
        """
        ticket = Ticket(self, conversation_id)
        try:
            await ticket.take()
            renewing = asyncio.get_running_loop().create_task(ticket.renew())
            token = HOLD.set(ticket)
            try:
                yield TicketLock(conversation_id)
            finally:
                HOLD.reset(token)
                renewing.cancel()
        finally:
            await ticket.leave()

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.close()

    async def step(self, conversation: str, ticket: str, what: str) -> int:
        """One look at the queue; see `_STEP`. Raises: LockError."""
        try:
            arguments = [ticket, int(self.lease * 1000), what]
            return int(await _undisturbed(self._step(self._keys(conversation), arguments)))
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            raise LockError(f"the lock store can't be reached ({type(error).__name__})") from None

    async def leave(self, conversation: str, ticket: str) -> None:
        """Takes the ticket out of the queue. When Redis can't be reached it falls out by itself."""
        try:
            await _undisturbed(self._leave(self._keys(conversation), [ticket]))
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            logger.error("a lock could not be given back and lives on for some seconds: %s", type(error).__name__)

    @staticmethod
    def _keys(conversation: str) -> list[str]:
        return [f"{PREFIX}{{{conversation}}}:queue", f"{PREFIX}{{{conversation}}}:ends"]


class Ticket:
    """One turn's place in the queue of a conversation."""

    def __init__(self, store: RedisLocks, conversation: str) -> None:
        self.conversation = conversation
        self._store = store
        self._name = uuid.uuid4().hex

    async def take(self) -> None:
        """Waits until the ticket is first in the queue."""
        pause = FIRST_LOOK
        before = await self._ask("enter")
        while before != HELD:
            await asyncio.sleep(pause)
            # A ticket that fell out (this process was frozen) queues anew, at the end.
            now = await self._ask("look" if before != FELL_OUT else "enter")
            # While the queue moves, a look soon; the longer nothing moves, the more seldom.
            pause = FIRST_LOOK if now != before else min(pause * 1.2, LONGEST_LOOK)
            before = now

    async def renew(self) -> None:
        """Keeps the lock alive until it is cancelled; ends when the lock is lost."""
        while True:
            await asyncio.sleep(min(RENEWAL, self._store.lease / 3))
            with contextlib.suppress(LockError):  # the next round, or the save, tells
                if await self._ask("look") != HELD:
                    return

    async def confirm(self) -> None:
        """Makes sure that the lock is ours for another lease. Raises: LostLock, LockError."""
        if await self._ask("look") != HELD:
            raise LostLock("the lock of this conversation went to another turn")

    async def leave(self) -> None:
        """Gives the lock or the place in the queue back."""
        await self._store.leave(self.conversation, self._name)

    async def _ask(self, what: str) -> int:
        return await self._store.step(self.conversation, self._name, what)


async def _undisturbed(work: Coroutine[Any, Any, Any]) -> Any:
    """What `work` gives. When the caller is cancelled, `work` still ends, and then the cancellation goes on.

    redis-py would take a cancellation that comes while it looks after a connection for a timeout of its own, and
    forget it. And a ticket must not be given back before it was drawn.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # looked at, so that nobody reports it as lost
        raise
