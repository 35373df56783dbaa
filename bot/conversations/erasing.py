"""Erases a conversation, whichever tracker store keeps it."""

from __future__ import annotations

from typing import Any

from rasa.core.tracker_store import TrackerStore


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
