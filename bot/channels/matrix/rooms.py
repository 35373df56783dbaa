"""Rooms: who is in them, and whether a message in a group is meant for the bot."""

from __future__ import annotations

from collections import OrderedDict

from bot.channels.matrix.client import Homeserver
from bot.channels.matrix.events import Message
from bot.channels.matrix.inbox import Inbox

#: Joined members from which on a room is a group: the bot, and more than one other.
GROUP = 3
#: Rooms whose members are remembered at most.
REMEMBERED = 10_000
#: What may stand between a name and what is said to it.
PARTING = " \t\r\n:,;.!-"


class Rooms:
    """Knows rooms by asking the homeserver, once until somebody comes or goes.

    Args:
        homeserver: Whom to ask.
        inbox: Knows which messages are ours.
        name: The bot's display name.
    """

    def __init__(self, homeserver: Homeserver, inbox: Inbox, name: str) -> None:
        self._homeserver = homeserver
        self._inbox = inbox
        self._name = name
        self._members: OrderedDict[str, frozenset[str]] = OrderedDict()

    def changed(self, room: str) -> None:
        """Somebody came or went: ask again."""
        self._members.pop(room, None)

    async def members(self, room: str) -> frozenset[str]:
        """Users in the room. Raises: HomeserverRefused when the bot is not in it."""
        known = self._members.get(room)
        if known is None:
            known = self._members[room] = await self._homeserver.members(room)
            while len(self._members) > REMEMBERED:
                self._members.popitem(last=False)
        return known

    async def is_group(self, room: str) -> bool:
        """Whether more than two are in the room."""
        return len(await self.members(room)) >= GROUP

    async def is_addressed(self, message: Message, conversation: str) -> bool:
        """Whether a message in a group is meant for the bot: it mentions the bot, or replies to it.

        In a thread programs point to the last message without anybody having chosen it. That counts when the last
        message was our answer to the same person.
        """
        if self._is_mentioned(message):
            return True
        if not message.reply_to:
            return False
        if message.in_passing:
            ours = await self._inbox.answer(message.reply_to)
            return ours is not None and ours.conversation == conversation
        return await self._is_ours(message.room, message.reply_to)

    def without_mention(self, text: str) -> str:
        """The text without the bot's name or id at its beginning or end: "Demo Clinic (Chatbot): 2" says "2"."""
        words = text.strip()
        for name in self._names():
            if words.lower().startswith(name.lower()):
                return words[len(name) :].lstrip(PARTING) or words
            if words.lower().endswith(name.lower()):
                return words[: -len(name)].rstrip(PARTING) or words
        return words

    def _names(self) -> list[str]:
        user_id = self._homeserver.user_id
        return [user_id, f"@{self._name}", self._name, user_id.partition(":")[0]]

    def _is_mentioned(self, message: Message) -> bool:
        if message.mentions and self._homeserver.user_id in message.mentions:
            return True
        # Older programs say only in the text who is meant.
        text = message.text.lower()
        return any(name.lower() in text for name in self._names())

    async def _is_ours(self, room: str, event_id: str) -> bool:
        if await self._inbox.answer(event_id) is not None:
            return True
        event = await self._homeserver.event(room, event_id)
        return event is not None and event.get("sender") == self._homeserver.user_id
