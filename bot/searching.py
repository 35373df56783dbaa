"""Searches long messages for danger beside the event loop, so that other patients do not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bot.safety import Finding

#: Searches that run or wait at most. Each takes up to some seconds: who comes later would wait longer than a turn may
#: take, and is told at once that the message could not be checked.
MAX_WAITING = 8
#: Seconds that a message is waited for; a little shorter than a turn, so that it ends in words of its own.
PATIENCE = 20.0

Search = Callable[[str], Finding | None]


class Searching:
    """Searches one message after the other: more at once would take turns with each other and with the event loop.

    Args:
        search: Gives what words say about danger, None when they could not be searched. It is called in a thread and
            must not raise.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="searching")
        self._running: dict[str, Future[Finding | None]] = {}

    async def find(self, words: str, patience: float = PATIENCE) -> Finding | None:
        """What the search gives; None when it could not be made, within `patience` seconds.

        Who asks again meanwhile, because a turn's time ran out, gets the same search.
        """
        found = self._running.get(words)
        if found is None:
            if len(self._running) >= MAX_WAITING:
                return None
            found = self._running[words] = self._thread.submit(self._search, words)
            found.add_done_callback(lambda _: self._running.pop(words, None))
        done, _ = await asyncio.wait({asyncio.wrap_future(found)}, timeout=patience)
        return done.pop().result() if done else None
