"""The conversation store of `bot serve`: SQLite, beside Rasa's tracker stores in shape and better in manners."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.domain import Domain

from bot.conversations.connection import BUSY_SECONDS, ConversationStoreError
from bot.conversations.database import Conversation, Database, EventRow
from bot.conversations.expiry import SECONDS_A_DAY
from bot.conversations.keeping import HISTORY_TURNS, KeepingStore
from bot.conversations.scrub import Scrubber
from bot.conversations.seen import Seen
from bot.settings import Settings

__all__ = ["ConversationStore", "ConversationStoreError"]


class ConversationStore(KeepingStore):
    """Conversations in one SQLite file, without identifiers.

    In endpoints.yml: `tracker_store: {type: bot.conversations.store.ConversationStore, path: var/conversations.db}`.
    Mind that Rasa's own `Agent` wraps every store in a `FailSafeTrackerStore`, which hides errors; `bot serve` does
    not.

    Args:
        domain: Slots of the trackers.
        event_broker: Hears of every event after it is saved.
        path: The file; the settings' `conversations_db` when None.
        history_turns: How many of the patient's messages a tracker holds.
        busy_seconds: How long to wait for another process's lock.
        scrubber: Takes identifiers out; one that knows the content store's names when None.
        host: Ignored; Rasa hands it to every store.

    Raises:
        ConversationStoreError: the file can't be used.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        path: str | Path | None = None,
        history_turns: int = HISTORY_TURNS,
        busy_seconds: float = BUSY_SECONDS,
        scrubber: Scrubber | None = None,
        host: str | None = None,
    ) -> None:
        settings = Settings.read()
        self.database = Database(Path(path or settings.conversations_db), busy_seconds)
        scrubber = scrubber or Scrubber.for_content(settings.content_db)
        super().__init__(domain, event_broker, scrubber, history_turns, str(self.database.path))

    async def keys(self) -> list[str]:
        """Ids of all conversations, oldest first."""
        return [conversation.id for conversation in await self.conversations()]

    async def conversations(self) -> list[Conversation]:
        """Ids and dates of all conversations, oldest first."""
        return await self._in_thread(self.database.conversations)

    async def check(self) -> None:
        """See `KeepingStore.check`."""
        await self._in_thread(self.database.conversations_begun)
        await asyncio.wrap_future(self.database.check())

    async def expire(self, now: float, days: float) -> int:
        """See `KeepingStore.expire`."""
        self._forget_events()
        return await self._in_thread(lambda: self.database.expire(now - days * SECONDS_A_DAY, now))

    async def close(self) -> None:
        """Finishes what is being written and closes the file."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        self._end_threads()
        self.database.close()

    async def _append(
        self, sender_id: str, rows: Sequence[EventRow], unless_known: bool, seen: Seen | None = None
    ) -> Seen:
        return await asyncio.wrap_future(self.database.append(sender_id, rows, unless_known, seen))

    async def _erase(self, sender_id: str) -> bool:
        return await asyncio.wrap_future(self.database.erase(sender_id))

    async def _erase_message(self, sender_id: str, message_id: str) -> bool:
        return await asyncio.wrap_future(self.database.erase_message(sender_id, message_id))

    def _seen(self, sender_id: str) -> Seen:
        return self.database.seen(sender_id)

    def _recent(self, sender_id: str, slots: Iterable[str]) -> list[str]:
        return self.database.recent(sender_id, self._history_turns, slots)

    def _may_hold_message(self, sender_id: str, message_id: str, turns: int) -> bool:
        return self.database.may_hold_message(sender_id, message_id, turns)

    def _everything(self, sender_id: str) -> list[str]:
        return self.database.everything(sender_id)
