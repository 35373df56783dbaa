"""A message is worked on once, however often it arrives: retries wait for the first delivery and get its answer."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

#: Answers remembered at most, and for how many seconds. Later retries find theirs in the conversation store.
MAX_REMEMBERED = 10_000
REMEMBERED_SECONDS = 600.0


class OtherMessage(Exception):
    """The same message id was used for another message."""


@dataclass
class _Entry:
    fingerprint: str
    task: asyncio.Task[Any]
    since: float


class Once:
    """Remembers running and finished work by conversation and message id."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()

    async def run(
        self, sender_id: str, message_id: str, fingerprint: str, work: Callable[[], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """What `work` gives, run at most once for this id. A caller that goes away does not stop it.

        Raises:
            OtherMessage: the id was used for a message with another fingerprint.
        """
        self._prune()
        key = (sender_id, message_id)
        entry = self._entries.get(key)
        if entry is None:
            entry = _Entry(fingerprint, asyncio.ensure_future(_coroutine(work)), self._clock())
            self._entries[key] = entry
        elif entry.fingerprint != fingerprint:
            raise OtherMessage
        try:
            result: dict[str, Any] = await asyncio.shield(entry.task)
        except Exception:
            self._entries.pop(key, None)  # it failed as a whole: the next delivery may try again
            raise
        return result

    def known(self, sender_id: str, message_id: str) -> bool:
        """Whether this message is running or was answered lately."""
        return (sender_id, message_id) in self._entries

    async def settled(self, sender_id: str) -> None:
        """Waits until nothing of this conversation is running."""
        running = [entry.task for key, entry in self._entries.items() if key[0] == sender_id and not entry.task.done()]
        if running:
            await asyncio.wait(running)

    def forget(self, sender_id: str, but: str = "") -> None:
        """Forgets the answers of a conversation, except the one to the message `but`."""
        for key in [key for key in self._entries if key[0] == sender_id and key[1] != but]:
            del self._entries[key]

    def forget_message(self, sender_id: str, message_id: str) -> None:
        """Forgets the answer to one message."""
        self._entries.pop((sender_id, message_id), None)

    def _prune(self) -> None:
        too_old = self._clock() - REMEMBERED_SECONDS
        while self._entries:
            entry = next(iter(self._entries.values()))
            if not entry.task.done() or (len(self._entries) < MAX_REMEMBERED and entry.since > too_old):
                return
            self._entries.popitem(last=False)


async def _coroutine(work: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    return await work()
