"""A message is worked on once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channels import once as module
from bot.channels.once import Once, OtherMessage


class Work:
    """Counts how often it is done, and waits until it may finish."""

    def __init__(self) -> None:
        self.times = 0
        self.may_finish = asyncio.Event()

    async def __call__(self) -> dict[str, Any]:
        self.times += 1
        await self.may_finish.wait()
        return {"number": self.times}


async def test_retries_wait_for_the_first_and_get_its_answer() -> None:
    once, work = Once(), Work()
    tries = [asyncio.ensure_future(once.run("a", "1", "same", work)) for _ in range(5)]
    await asyncio.sleep(0)
    work.may_finish.set()
    assert await asyncio.gather(*tries) == [{"number": 1}] * 5
    assert await once.run("a", "1", "same", work) == {"number": 1}
    assert await once.run("b", "1", "same", work) == {"number": 2}


async def test_a_caller_that_goes_away_does_not_stop_the_work() -> None:
    once, work = Once(), Work()
    first = asyncio.ensure_future(once.run("a", "1", "same", work))
    await asyncio.sleep(0)
    first.cancel()
    work.may_finish.set()
    assert await once.run("a", "1", "same", work) == {"number": 1}
    assert work.times == 1


async def test_an_id_is_not_taken_for_another_message() -> None:
    once, work = Once(), Work()
    work.may_finish.set()
    await once.run("a", "1", "one", work)
    with pytest.raises(OtherMessage):
        await once.run("a", "1", "two", work)


async def test_failed_work_may_be_tried_again() -> None:
    once = Once()

    async def fails() -> dict[str, Any]:
        raise OSError("no store")

    with pytest.raises(OSError, match="no store"):
        await once.run("a", "1", "same", fails)
    work = Work()
    work.may_finish.set()
    assert await once.run("a", "1", "same", work) == {"number": 1}


async def test_settled_waits_for_what_runs_and_forget_forgets() -> None:
    once, work = Once(), Work()
    running = asyncio.ensure_future(once.run("a", "1", "same", work))
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(once.settled("a"))
    await once.settled("b")
    assert not waiting.done()
    work.may_finish.set()
    await waiting
    await running
    await once.run("a", "2", "same", work)
    once.forget("a", but="2")
    assert await once.run("a", "2", "same", work) == {"number": 2}
    assert await once.run("a", "1", "same", work) == {"number": 3}


async def test_its_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 10)
    now = [0.0]
    once, work = Once(clock=lambda: now[0]), Work()
    work.may_finish.set()
    for number in range(50):
        await once.run("a", str(number), "same", work)
    assert len(once._entries) == 10
    now[0] = module.REMEMBERED_SECONDS + 1
    await once.run("a", "later", "same", work)
    assert len(once._entries) == 1
