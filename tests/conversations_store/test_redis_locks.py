"""Locks in a real Redis, taken by real processes: never two at once, in the order of arrival, and never for ever."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from rasa.core.lock_store import LockError, LockStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from redis import Redis as Client

from bot.conversations.holding import HOLD, LostLock
from bot.conversations.redis_locks import RedisLocks, Ticket
from bot.conversations.store import ConversationStore
from tests.conversations_store.conftest import turn
from tests.conversations_store.test_store import talk, texts_of
from tests.services import Redis, wait_for

HERE = Path(__file__).parent
Users = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def client(server: Redis) -> Iterator[Client]:
    made = Client.from_url(server.url)
    made.flushall()
    yield made
    made.close()


@pytest_asyncio.fixture
async def locks(server: Redis, client: Client) -> AsyncIterator[RedisLocks]:
    made = RedisLocks(url=server.url, lease=60)
    yield made
    await made.close()


@pytest.fixture
def user(server: Redis) -> Iterator[Users]:
    """Starts lock_user.py; it has said `started` when this returns."""
    started: list[subprocess.Popen[str]] = []

    def start(lease: float, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "lock_user.py"), server.url, str(lease), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def name_of_its_ticket(process: subprocess.Popen[str]) -> str:
    """The name of the ticket with which a process holds the lock; waits until it does."""
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    said, name = process.stdout.readline().split()
    assert said == "held"
    return name


def waiting(client: Client) -> int:
    """How many hold or wait for the conversation's lock."""
    return int(client.zcard("bot:lock:{one}:queue"))


def test_two_processes_are_never_inside_at_once(tmp_path: Path, user: Users, client: Client) -> None:
    (tmp_path / "counter").write_text("")
    users = [user(60, "hammer", "40", str(tmp_path)) for _ in range(2)]
    for process in users:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
    said = ""
    for process in users:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in users:
        said += process.communicate(timeout=120)[0]
        assert process.returncode == 0
    assert said == "", "no violation"
    assert (tmp_path / "counter").read_text() == str(2 * 5 * 40), "no count was lost"
    assert waiting(client) == 0


async def test_whoever_came_first_is_served_first(locks: RedisLocks, user: Users, client: Client) -> None:
    users = [user(60, "queue") for _ in range(2)]
    names = [f"{number}" for number in range(12)]
    async with locks.lock("one"):
        for number, name in enumerate(names):
            pipe = users[number * 7 % 3 % 2].stdin
            assert pipe is not None
            pipe.write(name + "\n")
            pipe.flush()
            await asyncio.to_thread(wait_for, lambda number=number: waiting(client) == number + 2, "the next in line")
        assert client.lrange("served", 0, -1) == []
    await asyncio.to_thread(wait_for, lambda: client.llen("served") == len(names), "all to be served")
    assert [name.decode() for name in client.lrange("served", 0, -1)] == names


async def test_the_lock_of_a_killed_process_falls_out(locks: RedisLocks, user: Users, client: Client) -> None:
    process = user(1.0, "hold")
    assert name_of_its_ticket(process)
    process.kill()
    process.wait()
    async with locks.lock("one"):
        assert waiting(client) == 1, "the dead process's ticket is gone"


async def test_the_lock_of_a_living_process_is_renewed(server: Redis, client: Client) -> None:
    short = RedisLocks(url=server.url, lease=15.0)
    async with short.lock("one"):
        first = client.zscore("bot:lock:{one}:ends", *client.zrange("bot:lock:{one}:queue", 0, 0))
        deadline = asyncio.get_running_loop().time() + 60
        while client.zscore("bot:lock:{one}:ends", *client.zrange("bot:lock:{one}:queue", 0, 0)) == first:
            assert asyncio.get_running_loop().time() < deadline, "the lock is renewed"
            await asyncio.sleep(0.05)
    await short.close()


async def test_a_frozen_holder_loses_the_lock_and_cannot_release_anothers(
    server: Redis, locks: RedisLocks, user: Users, client: Client
) -> None:
    process = user(1.0, "hold")
    frozen = Ticket(locks, "one")
    frozen._name = name_of_its_ticket(process)
    process.send_signal(signal.SIGSTOP)
    async with locks.lock("one"):
        with pytest.raises(LostLock):
            await frozen.confirm()
        await frozen.leave()
        held = HOLD.get()
        assert held is not None
        await held.confirm()
        other = Ticket(locks, "one")
        assert await other._ask("enter") == 1, "a third one still waits"
        await other.leave()
    process.send_signal(signal.SIGCONT)


async def test_a_turn_that_lost_its_lock_saves_nothing(
    locks: RedisLocks, client: Client, domain: Domain, tmp_path: Path
) -> None:
    store = ConversationStore(domain, path=tmp_path / "c.db")
    async with locks.lock("one"):
        tracker = await talk(store, "one", "a")
        tracker.update_with_events(turn("b"), None)
        client.flushall()
        with pytest.raises(LostLock):
            await store.save(tracker)
    assert texts_of(await store.retrieve("one")) == ["a"]
    async with locks.lock("one"):
        await store.save(tracker)
    assert texts_of(await store.retrieve("one")) == ["a", "b"]
    await store.close()


async def test_a_cancelled_waiter_leaves_the_queue_at_once(locks: RedisLocks, client: Client) -> None:
    """At whatever moment it is cancelled: while it asks Redis, and while it pauses."""

    async def wait() -> None:
        async with locks.lock("one"):
            raise AssertionError("two are inside")

    async with locks.lock("one"):
        for steps in range(60):
            waiter = asyncio.ensure_future(wait())
            for _ in range(steps):
                await asyncio.sleep(0)
            waiter.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(waiter, 60)
            assert waiting(client) == 1
    assert waiting(client) == 0


async def test_without_redis_there_is_no_lock_and_it_works_again_afterwards(tmp_path: Path) -> None:
    server = Redis(tmp_path)
    server.start()
    locks = RedisLocks(url=server.url)
    async with locks.lock("one"):
        server.kill()
    with pytest.raises(LockError, match=r"can't be reached \(ConnectionError\)"):
        async with locks.lock("one"):
            raise AssertionError("inside without a lock")
    server.start()
    async with locks.lock("one"):
        pass
    server.stop()
    await locks.close()


async def test_a_redis_that_hangs_is_an_error_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.conversations.redis_locks.REDIS_SECONDS", 0.3)
    server = Redis(tmp_path)
    server.start()
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    locks = RedisLocks(url=server.url)
    with pytest.raises(LockError, match="can't be reached"):
        async with locks.lock("one"):
            raise AssertionError("inside without a lock")
    server.stop()
    await locks.close()


def test_endpoints_can_name_it(server: Redis) -> None:
    config = EndpointConfig(url=server.url, type="bot.conversations.redis_locks.RedisLocks")
    assert type(LockStore.create(config)) is RedisLocks
    with pytest.raises(ValueError, match="no `url`"):
        RedisLocks()
