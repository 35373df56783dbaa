"""Rate limits of several servers on a real Redis."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import redis as redis_client

from bot.channels import shared_limits as module
from bot.channels.shared_limits import SharedCounts, SharedLimit
from tests.services import Redis

SECRET = "a-secret-of-the-tests-alone-0123456789"
ADDRESS = "192.0.2.7"
#: So few a minute that none comes back while a test runs.
FEW = 30


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest_asyncio.fixture
async def two(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[SharedCounts]]:
    """Two servers' counts, from nothing, that wait for a busy machine."""
    monkeypatch.setattr(module, "REDIS_SECONDS", 60.0)
    with redis_client.Redis.from_url(redis.url) as direct:
        direct.flushall()
    made = [SharedCounts(redis.url, SECRET) for _ in range(2)]
    yield made
    for counts in made:
        await counts.close()


async def test_two_servers_count_as_one(two: list[SharedCounts]) -> None:
    limits = [SharedLimit("session", FEW, counts) for counts in two]
    waits = await asyncio.gather(*(limits[number % 2].wait("eva") for number in range(FEW)))
    assert waits == [0.0] * FEW
    # In the meantime some may have come back; so slow a limit shows the wait.
    slow = [SharedLimit("new_session", 1, counts) for counts in two]
    assert await slow[0].wait("eva") == 0.0
    assert 0 < await slow[1].wait("eva") <= 60.0
    assert 0 < await slow[0].wait("eva") <= 60.0
    assert await slow[1].wait("adam") == 0.0


async def test_no_more_are_allowed_however_many_ask_at_once(two: list[SharedCounts]) -> None:
    limits = [SharedLimit("session", 2, counts) for counts in two]
    waits = await asyncio.gather(*(limits[number % 2].wait("eva") for number in range(100)))
    # Two at once; whoever comes half a minute later may have a third.
    assert 2 <= waits.count(0.0) <= 3


async def test_what_was_taken_comes_back(two: list[SharedCounts]) -> None:
    limits = [SharedLimit("session", 600, counts) for counts in two]
    while not await limits[0].wait("eva"):
        pass
    while wait := await limits[1].wait("eva"):
        assert wait <= 0.1
        await asyncio.sleep(wait)


async def test_redis_holds_no_address_and_forgets(two: list[SharedCounts], redis: Redis) -> None:
    await SharedLimit("address", FEW, two[0]).wait(ADDRESS)
    with redis_client.Redis.from_url(redis.url) as direct:
        (key,) = direct.keys("*")
        assert key.startswith(b"bot:rate:address:") and ADDRESS.encode() not in key
        assert 0 < direct.pttl(key) <= 60_000 / FEW + 1


async def test_without_redis_each_counts_for_itself() -> None:
    limits = [SharedLimit("session", 2, SharedCounts(None, SECRET)) for _ in range(2)]
    assert [await limits[0].wait("eva") for _ in range(2)] == [0.0, 0.0]
    assert await limits[0].wait("eva") > 0
    assert await limits[1].wait("eva") == 0.0


async def test_while_redis_is_away_each_counts_for_itself(redis: Redis, two: list[SharedCounts]) -> None:
    now = [0.0]
    counts = SharedCounts(redis.url, SECRET, clock=lambda: now[0])  # with the time that `two` sets
    limit = SharedLimit("session", 1, counts)
    assert await limit.wait("eva") == 0.0
    assert await limit.wait("eva") > 0
    redis.kill()
    assert await limit.wait("eva") == 0.0  # its own count
    assert await limit.wait("eva") > 0
    redis.start()
    assert await limit.wait("adam") == 0.0
    now[0] += module.AWAY_SECONDS
    # Counted together again: Redis began anew, and another server sees what this one takes.
    assert await limit.wait("eva") == 0.0
    assert await SharedLimit("session", 1, two[0]).wait("eva") > 0
    await counts.close()


async def test_a_redis_that_hangs_is_not_waited_for_twice(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REDIS_SECONDS", 0.2)
    now = [0.0]
    counts = SharedCounts(redis.url, SECRET, clock=lambda: now[0])
    assert redis.process is not None
    redis.process.send_signal(signal.SIGSTOP)
    try:
        assert await SharedLimit("session", FEW, counts).wait("bea") == 0.0  # its own count
    finally:
        redis.process.send_signal(signal.SIGCONT)
    # For a while nobody asks it again.
    assert await counts.take("session", "bea", FEW) is None
    monkeypatch.setattr(module, "REDIS_SECONDS", 60.0)
    again = SharedCounts(redis.url, SECRET, clock=lambda: now[0])
    assert await again.take("session", "bea", FEW) == 0.0
    for made in (counts, again):
        await made.close()
