"""Takes one message out of a conversation: its words, what was understood of them, and what was said to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.conversations.window import ACTION, SESSION_START, USER

if TYPE_CHECKING:
    from rasa.core.agent import Agent

#: Events that hold no words, and say whether a person has the conversation.
HANDED_OVER = ("pause", "resume")
#: What the event stream says when one message is erased; `message_id` beside it names the message.
MESSAGE_ERASED_EVENT = "message_erased"


async def erase_message(agent: Agent, sender_id: str, message_id: str) -> bool:
    """Erases the turn of a message (see `bot.delivery.MESSAGE_ID`); the conversation goes on as if it never was.

    Returns:
        Whether it was there.

    Raises:
        ConversationStoreError: the store failed.
        NotImplementedError: the store can't erase single messages.
    """
    erase = getattr(agent.tracker_store, "erase_message", None)
    if erase is None:
        raise NotImplementedError(f"{type(agent.tracker_store).__name__} can't erase single messages")
    async with agent.lock_store.lock(sender_id):
        return bool(await erase(sender_id, message_id))


def rows_of_message(rows: Iterable[tuple[int, str, str, str]], message_id: str) -> list[int]:
    """Numbers of the rows that belong to a message: from its own up to the next message or the next session.

    A person who has the conversation keeps it.

    Args:
        rows: Number, kind, name and data of all events of a conversation, oldest first.
        message_id: The client's id of the message.
    """
    found: list[int] = []
    within = False
    for number, kind, name, data in rows:
        if kind == USER:
            within = _message_id(data) == message_id
        elif kind == ACTION and name == SESSION_START:
            within = False
        if within and kind not in HANDED_OVER:
            found.append(number)
    return found


def _message_id(data: str) -> str | None:
    metadata: Any = json.loads(data).get("metadata")
    return metadata.get("message_id") if isinstance(metadata, dict) else None
