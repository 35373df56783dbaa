"""Ends the wait for a piece of work in time, also when the work itself can't end yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

#: Seconds that work has to end by itself when it is told to.
GRACE_SECONDS = 3.0

Result = TypeVar("Result")
#: Work that has not ended; asyncio itself would let go of what nobody waits for any more.
_running: set[asyncio.Task[Any]] = set()


async def in_time(work: Coroutine[Any, Any, Result], seconds: float, grace: float = GRACE_SECONDS) -> Result:
    """What `work` gives. After `seconds` it is cancelled, and after `grace` more it is left to itself.

    A save that has begun does not end when it is told to (see `bot.conversations.keeping`): it goes on, and its work holds
    its locks until then, so that what comes after it sees the outcome.

    Raises:
        asyncio.TimeoutError: it did not end.
    """
    task = _begun(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=grace)
    if not task.done() or task.cancelled():
        raise asyncio.TimeoutError
    return task.result()


async def sooner(
    work: Coroutine[Any, Any, Result], seconds: float, instead: Callable[[], Awaitable[Result | None]]
) -> Result:
    """What `work` gives. When it takes more than `seconds`, what `instead` gives, if anything; then `work` goes on by itself.

    Raises:
        Whatever `work` or `instead` raises.
    """
    task = _begun(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        found = None if task.done() else await instead()
        return await task if found is None else found
    except asyncio.CancelledError:
        task.cancel()
        raise


def _begun(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    task = asyncio.ensure_future(work)
    _running.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody reports it as lost
