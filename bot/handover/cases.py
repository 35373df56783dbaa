"""Finds the conversation of a case: staff know the case's name alone.

Each case has a small entry of its own in the conversation store, so that it survives a restart, is known to every
server that shares the store, and expires as everything in it does. Where the patient can be reached stands in it alone,
sealed by the channel, and goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import ConversationPaused, ConversationResumed, Event
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversations.erasing import erase_conversation
from bot.conversations.publishing import ADDRESS
from bot.handover.case import ENTRY, Case, entries, is_name, new_name

#: Keys of the entry's metadata. The conversation store takes no identifiers out of values with these names.
CONVERSATION, REASON = "conversation", "reason"


@dataclass(frozen=True)
class Entry:
    """What is kept of an open case.

    Attributes:
        name: The case's name.
        conversation: Whose it is.
        address: Where the patient can be reached, sealed; "" where the channel needs none.
        ending: Name of the fixed text with which it is being ended; "" while it goes on. The entry is there until the
            patient was told.
        ending_since: Since when, in seconds since 1970.
    """

    name: str
    conversation: str
    address: str = field(default="", repr=False)
    ending: str = ""
    ending_since: float = 0.0


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

    async def open(self, sender_id: str, address: str = "") -> str:
        """A new name for this conversation.

        Args:
            sender_id: The conversation.
            address: See `Entry.address`.
        """
        name = new_name()
        while await self.find(name) is not None:
            name = new_name()
        metadata = {CONVERSATION: sender_id} | ({ADDRESS: address} if address else {})
        await self._add(name, [], ConversationPaused(metadata=metadata))
        return name

    async def names(self) -> list[str]:
        """All open cases."""
        return [key.removeprefix(ENTRY) for key in await self._store.keys() if key.startswith(ENTRY)]

    async def find(self, name: str) -> Entry | None:
        """The entry of an open case; None for any other text."""
        events = await self._events(name) if is_name(name) else []
        opened = next((event.metadata for event in events if CONVERSATION in event.metadata), None)
        if opened is None:
            return None
        return Entry(name, str(opened[CONVERSATION]), str(opened.get(ADDRESS) or ""), **_ending(events))

    async def end(self, name: str, text: str, now: float) -> None:
        """Notes that the case is being ended, and with which fixed text."""
        ended = ConversationResumed(timestamp=now, metadata={REASON: text})
        await self._add(name, await self._events(name), ended)

    async def close(self, name: str) -> None:
        """Forgets which conversation it was, and where the patient can be reached."""
        await erase_conversation(self._store, ENTRY + name)

    async def close_all(self, sender_id: str) -> None:
        """The same for every case that this conversation ever had."""
        tracker = await self._store.retrieve_full_tracker(sender_id)
        for entry in entries(event.as_dict() for event in (tracker.events if tracker else ())):
            await erase_conversation(self._store, entry)

    async def _events(self, name: str) -> list[Event]:
        tracker = await self._store.retrieve(ENTRY + name)
        return list(tracker.events) if tracker else []

    async def _add(self, name: str, events: list[Event], new: Event) -> None:
        domain = self._store.domain
        entry = DialogueStateTracker.from_events(ENTRY + name, [*events, new], domain.slots, domain=domain)
        await self._store.save(entry)


def _ending(events: list[Event]) -> Mapping[str, Any]:
    ended = next((event for event in events if isinstance(event, ConversationResumed)), None)
    return {"ending": str(ended.metadata.get(REASON)), "ending_since": ended.timestamp} if ended else {}
