"""Finds the conversation of a case: staff know the case's name alone.

Each case has a small entry of its own in the conversation store, so that it survives a restart, is known to every
server that shares the store, and expires as everything in it does.
"""

from __future__ import annotations

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ConversationPaused
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversations.erasing import erase_conversation
from bot.handover.case import ENTRY, Case, is_name, new_name

#: Key of the entry's metadata. The conversation store takes no identifiers out of a value with this name.
CONVERSATION = "conversation"


def case_of(tracker: DialogueStateTracker | None) -> Case | None:
    """The case that a conversation is handed over by; None when the bot has it."""
    if tracker is None or not tracker.is_paused():
        return None
    paused = next((event for event in reversed(tracker.events) if isinstance(event, ConversationPaused)), None)
    return Case.from_metadata(paused.metadata) if paused else None


class Cases:
    """The open cases in `store`."""

    def __init__(self, store: TrackerStore) -> None:
        self._store = store

    async def open(self, sender_id: str) -> str:
        """A new name for this conversation."""
        name = new_name()
        while await self.conversation(name) is not None:
            name = new_name()
        entry = ConversationPaused(metadata={CONVERSATION: sender_id})
        await self._store.save(
            DialogueStateTracker.from_events(ENTRY + name, [entry], self._store.domain.slots, domain=self._store.domain)
        )
        return name

    async def conversation(self, name: str) -> str | None:
        """The conversation of an open case; None for any other text."""
        if not is_name(name):
            return None
        tracker = await self._store.retrieve(ENTRY + name)
        events = tracker.events if tracker else ()
        return next((str(event.metadata[CONVERSATION]) for event in events if CONVERSATION in event.metadata), None)

    async def close(self, name: str) -> None:
        """Forgets which conversation it was."""
        await erase_conversation(self._store, ENTRY + name)
