"""Erases a conversation, whichever tracker store keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, Event, UserUttered

#: The effect of a reply that says that the conversation is deleted.
ERASE = "erase"


def says_erased(events: Sequence[Event]) -> bool:
    """Whether the patient is told, in the turn that these events end with, that the conversation is deleted."""
    for event in reversed(events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, BotUttered) and ((event.data or {}).get("custom") or {}).get("effect") == ERASE:
            return True
    return False


async def erase_conversation(store: TrackerStore, sender_id: str) -> None:
    """Erases it; one that is not there is no error.

    Raises:
        ConversationStoreError: the store failed.
    """
    erase = getattr(store, "erase", None)
    if erase is not None:
        await erase(sender_id)
        return
    in_memory: Any = store  # Rasa's in-memory store: a plain dictionary
    in_memory.store.pop(sender_id, None)
