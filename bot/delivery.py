"""A message that arrives again (a lost connection, another server, a restart) gets the answer it got before."""

from __future__ import annotations

from collections.abc import Iterable

from rasa.shared.core.events import BotUttered, Event, UserUttered

from bot.channels.collector import as_reply
from bot.content.reply import Reply

#: Key in a message's metadata under which a channel gives the client's own id of it. The conversation store takes no
#: identifiers out of a value with this name.
MESSAGE_ID = "message_id"
#: Marks, in a reply's metadata, that it answers no message: a person of the clinic wrote it, for instance.
PUSHED = "pushed"
#: Marks, in a message's metadata, that the patient started over with it.
RESTART = "restart"


class AlreadyAnswered(Exception):
    """The conversation holds the answer to this message; it must not be worked on again.

    Attributes:
        replies: What was said.
        handed_over: Whether a person has the conversation now; then there may have been no reply.
    """

    def __init__(self, replies: list[Reply], handed_over: bool = False) -> None:
        super().__init__("this message was answered before")
        self.replies = replies
        self.handed_over = handed_over


def was_said(events: Iterable[Event], message_id: str) -> bool:
    """Whether the message with this id is among the events."""
    return _has(events, UserUttered, message_id)


def was_pushed(events: Iterable[Event], message_id: str) -> bool:
    """Whether a reply with this id, which answers no message, is among the events."""
    return _has(events, BotUttered, message_id)


def _has(events: Iterable[Event], kind: type[Event], message_id: str) -> bool:
    return any(isinstance(event, kind) and (event.metadata or {}).get(MESSAGE_ID) == message_id for event in events)


def replies_to(events: Iterable[Event], message_id: str | None) -> list[Reply]:
    """The replies to the message with this id, oldest first; empty when it was never answered."""
    found: list[Reply] = []
    listening = False
    for event in events if message_id else ():
        if isinstance(event, UserUttered):
            listening = (event.metadata or {}).get(MESSAGE_ID) == message_id
        elif listening and isinstance(event, BotUttered) and not (event.metadata or {}).get(PUSHED):
            reply = as_reply(event.message())
            found += [reply] if reply else []
    return found
