"""Locks inside one process: in the order of arrival, at once, never two inside, and never for ever."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest
from rasa.core.lock_store import LockError, LockStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.conversations.holding import LostLock
from bot.conversations.process_locks import ProcessLocks
from bot.conversations.store import ConversationStore
from bot.feedback import Feedback, record
from bot.turn import Turns
from tests.conversations_store.conftest import turn
from tests.conversations_store.test_store import talk, texts_of

#: Longer than anything here takes.
LONG = 60.0


async def steps(count: int = 20) -> None:
    """Lets everybody run who can."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_whoever_came_first_is_served_first_and_no_two_are_inside() -> None:
    locks, served, inside = ProcessLocks(), [], 0

    async def one(name: int) -> None:
        nonlocal inside
        async with locks.lock("one"):
            inside += 1
            assert inside == 1
            await steps(name % 3)
            served.append(name)
            inside -= 1

    await asyncio.wait_for(asyncio.gather(*(one(name) for name in range(50))), LONG)
    assert served == list(range(50))
    assert locks.queues == {}


async def test_the_next_one_is_inside_as_soon_as_the_lock_is_free() -> None:
    """Without any time that passes: Rasa's own looks again after a second."""
    locks, inside = ProcessLocks(), asyncio.Event()

    async def enter() -> None:
        async with locks.lock("one"):
            inside.set()

    async with locks.lock("one"):
        entering = asyncio.ensure_future(enter())
        await steps()
        assert not inside.is_set()
    await steps()
    assert inside.is_set()
    await entering


async def test_conversations_do_not_wait_for_each_other() -> None:
    locks = ProcessLocks()
    async with locks.lock("one"), locks.lock("two"):
        assert sorted(locks.queues) == ["one", "two"]


@pytest.mark.parametrize("when", range(8))
async def test_a_cancelled_waiter_leaves_and_takes_nothing_along(when: int) -> None:
    """Also at the moment at which it is called."""
    locks, inside = ProcessLocks(), []

    async def wait(name: str) -> None:
        async with locks.lock("one"):
            inside.append(name)
            await steps(2)

    first = locks.lock("one")
    await first.__aenter__()
    cancelled, patient = (asyncio.ensure_future(wait(name)) for name in ("cancelled", "patient"))
    await steps()
    if when == 0:
        cancelled.cancel()
    await first.__aexit__(None, None, None)
    await steps(when)
    cancelled.cancel()
    await asyncio.wait({cancelled}, timeout=LONG)
    await asyncio.wait_for(patient, LONG)
    assert inside[-1] == "patient"
    assert locks.queues == {}


async def test_who_waits_too_long_is_told_and_does_not_stay() -> None:
    locks = ProcessLocks()
    async with locks.lock("one"):
        with pytest.raises(LockError, match="not free in time"):
            async with locks.lock("one", lock_lifetime=0.01):
                raise AssertionError("two are inside")
        assert len(locks.queues["one"]) == 1
    assert locks.queues == {}


async def test_a_turn_that_held_the_lock_too_long_loses_it_and_saves_nothing(domain: Domain, tmp_path: Path) -> None:
    locks, store = ProcessLocks(), ConversationStore(domain, path=tmp_path / "c.db")
    await talk(store, "one", "a")

    async def next_one() -> None:
        async with locks.lock("one"):
            await talk(store, "one", "b")

    async with locks.lock("one", lock_lifetime=0.01):
        late = await store.retrieve("one")
        assert late is not None
        await asyncio.wait_for(asyncio.create_task(next_one()), LONG)
        late.update_with_events(turn("late"), None)
        with pytest.raises(LostLock):
            await store.save(late)
    assert texts_of(await store.retrieve("one")) == ["a", "b"]
    await store.close()


async def test_messages_marks_and_erasures_of_one_conversation_at_once(turns: Turns) -> None:
    """Messages, marks and erasures of one conversation, all at once: each is worked on, and nothing is in between."""
    sender = uuid.uuid4().hex
    first = await turns.turn(sender, "what is leukopenia?")
    mark = Feedback(first.replies[0].answer_ids[0], first.replies[0].content_version, "up")
    assert turns.agent is not None
    answers = await asyncio.gather(
        turns.turn(sender, "what causes it?"),
        record(turns.agent, sender, mark),
        turns.turn(sender, "is it contagious?"),
        record(turns.agent, sender, mark),
    )
    topics = [answer.replies[0].topic for answer in answers if answer is not None]
    assert topics == ["causes", "contagious"]
    await asyncio.gather(turns.turn(sender, "what are the symptoms?"), turns.forget(sender))
    assert isinstance(turns.agent.lock_store, ProcessLocks) and turns.agent.lock_store.queues == {}


def test_endpoints_can_name_it() -> None:
    config = EndpointConfig(type="bot.conversations.process_locks.ProcessLocks")
    assert type(LockStore.create(config)) is ProcessLocks
