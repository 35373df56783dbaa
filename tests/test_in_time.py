"""Work that does not end in time is left to itself, and still ends."""

from __future__ import annotations

import asyncio

import pytest

from bot.in_time import in_time, sooner


async def test_what_ends_in_time_gives_its_result_or_its_error() -> None:
    async def works(error: Exception | None = None) -> str:
        if error is not None:
            raise error
        return "done"

    assert await in_time(works(), 60) == "done"
    with pytest.raises(ValueError, match="broken"):
        await in_time(works(ValueError("broken")), 60)


async def test_what_can_not_end_yet_is_not_waited_for_and_ends_later() -> None:
    released, ended = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        ended.set()
        raise ValueError("nobody hears of this")

    with pytest.raises(asyncio.TimeoutError):
        await in_time(stubborn(), 0.01, grace=0.01)
    caller = asyncio.ensure_future(in_time(stubborn(), 60, grace=0.01))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert not ended.is_set()
    released.set()
    await asyncio.wait_for(ended.wait(), 60)


async def test_what_ends_when_it_is_told_to_is_over() -> None:
    with pytest.raises(asyncio.TimeoutError):
        await in_time(asyncio.Event().wait(), 0.01)


async def test_who_can_not_wait_gets_something_instead_and_the_work_goes_on() -> None:
    released, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        await released.wait()
        ended.set()
        return "late"

    async def says(instead: str | None) -> str | None:
        return instead

    assert await sooner(slow(), 0.01, lambda: says("soon")) == "soon"
    waiting = asyncio.ensure_future(sooner(slow(), 0.01, lambda: says(None)))
    cancelled = asyncio.ensure_future(sooner(slow(), 60, lambda: says("soon")))
    await asyncio.sleep(0.05)
    assert not waiting.done() and not ended.is_set()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    released.set()
    assert await waiting == "late"
    await asyncio.wait_for(ended.wait(), 60)
    assert await sooner(slow(), 60, lambda: says("soon")) == "late"
