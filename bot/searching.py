"""Searches long messages for danger beside the event loop, so that other patients do not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from bot.content.reply import Reply

Search = Callable[[str], Reply | None]


class Searching:
    """Searches one message after the other: more at once would take turns with each other and with the event loop.

    Args:
        search: Gives the urgent reply to words that hold danger. It is called in a thread and must not raise.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="searching")
        self._running: dict[str, Future[Reply | None]] = {}

    async def find(self, words: str) -> Reply | None:
        """What the search gives. Who asks again meanwhile, because a turn's time ran out, gets the same search."""
        found = self._running.get(words)
        if found is None:
            found = self._running[words] = self._thread.submit(self._search, words)
            found.add_done_callback(lambda _: self._running.pop(words, None))
        return await asyncio.shield(asyncio.wrap_future(found))
