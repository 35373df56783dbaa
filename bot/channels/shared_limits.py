"""Rate limits that several servers count together, in Redis; each by itself where there is none, or while it is away."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from typing import Any

from redis import asyncio as redis_asyncio
from redis.exceptions import RedisError

from bot.channels.limits import RateLimit

logger = logging.getLogger(__name__)

#: Seconds to wait for Redis. A request must not hang on its being counted.
REDIS_SECONDS = 1.0
#: Seconds without Redis after it failed.
AWAY_SECONDS = 5.0
PREFIX = "bot:rate:"

# The bucket of `RateLimit` as one number (the "generic cell rate algorithm"): when it will be full again, in µs.
# KEYS: the bucket. ARGV: µs in which one event comes back, events at once. Gives the µs to wait, 0: the event is taken.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0)) + ARGV[1]
local wait = full - now - ARGV[1] * ARGV[2]
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
"""


class SharedCounts:
    """Counts in one Redis server.

    Args:
        url: Its address; None: there is none, and every process counts for itself.
        secret: Hashes the keys, so that no address and no conversation stands in Redis. The same in all processes.
        clock: Seconds, never going back.
    """

    def __init__(self, url: str | None, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret = secret.encode()
        self.clock = clock
        self._away_until = 0.0
        self._redis: Any = None
        if url:
            self._redis = redis_asyncio.Redis.from_url(
                url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
            )
            self._take = self._redis.register_script(_TAKE)

    async def take(self, name: str, key: str, per_minute: int) -> float | None:
        """Takes one event. Gives the seconds to wait, 0 when it is allowed, None when nobody counts here now."""
        if self._redis is None or self.clock() < self._away_until:
            return None
        hashed = hmac.new(self._secret, f"{name}\0{key}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        try:
            microseconds = await self._take([f"{PREFIX}{name}:{hashed[:32]}"], [60_000_000 / per_minute, per_minute])
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            logger.warning("Redis is away; this process counts rates for itself: %s", type(error).__name__)
            self._away_until = self.clock() + AWAY_SECONDS
            return None
        return int(microseconds) / 1_000_000

    async def close(self) -> None:
        """Closes the connections."""
        if self._redis is not None:
            await self._redis.close()


class SharedLimit:
    """Allows `per_minute` events a minute for each key, over all processes that share `counts`.

    Args:
        name: Tells it from other limits.
        per_minute: Events a minute; they may come all at once.
        counts: Where they are counted.
    """

    def __init__(self, name: str, per_minute: int, counts: SharedCounts) -> None:
        self._name = name
        self._per_minute = per_minute
        self._counts = counts
        self._alone = RateLimit(per_minute, counts.clock)

    async def wait(self, key: str) -> float:
        """Takes one event of `key`. Gives 0 when it is allowed, else the seconds until the next one is."""
        shared = await self._counts.take(self._name, key, self._per_minute)
        return self._alone.wait(key) if shared is None else shared
