"""Brings what staff write into the room that a patient called them from.

The room is known only from the message with which they were called. It is sealed and kept with the case, as long as the
case lasts; see `bot/handover/cases.py`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.channels.matrix.client import Homeserver, HomeserverRefused
from bot.channels.matrix.inbox import Inbox
from bot.channels.matrix.render import MatrixRenderer
from bot.channels.matrix.rooms import Rooms
from bot.handover.reach import Letter, NotReached
from bot.handover.sealing import WrongSeal

#: Seconds in which the homeserver must have taken a letter. Staff's system waits meanwhile, 35 s at most.
PATIENCE = 25.0


@dataclass(frozen=True)
class Reach:
    """Reaches patients in their rooms.

    Attributes:
        homeserver: Where letters go.
        inbox: Opens addresses: the room, the patient, and the event that their thread began with, if any.
        rooms: Who is in a room.
        renderer: Renders replies.
        patience: Seconds, see `PATIENCE`.
    """

    homeserver: Homeserver
    inbox: Inbox
    rooms: Rooms
    renderer: MatrixRenderer
    patience: float = PATIENCE

    async def push(self, letter: Letter) -> None:
        """Brings a letter. When this returns the homeserver has taken it; brought again it shows once.

        Raises:
            NotReached: the homeserver did not take it in time, or the patient is not alone with the bot any more.
        """
        try:
            room, patient, thread = self.inbox.seal.open(letter.conversation, letter.address)
        except WrongSeal:
            raise NotReached("their room is not known any more") from None
        try:
            await asyncio.wait_for(self._bring(letter, room, patient, thread), self.patience)
        except asyncio.TimeoutError:
            raise NotReached("the homeserver did not take it in time", again=True) from None
        except HomeserverRefused as refused:
            raise NotReached(f"the homeserver refused it ({refused.status} {refused.code})") from None

    async def _bring(self, letter: Letter, room: str, patient: str, thread: str) -> None:
        await self.homeserver.settled.wait()  # before that a message that is sent again would show twice
        if patient not in await self.rooms.members(room):
            raise NotReached("they have left their room")
        if await self.rooms.is_group(room):
            raise NotReached("others are in their room now")
        for number, content in enumerate(self.renderer.contents(letter.reply)):
            transaction = self.inbox.key("letter", room, letter.key, str(number))
            await self.homeserver.send(room, content | _place(thread), transaction)


def _place(thread: str) -> dict[str, Any]:
    """Where in the room: in the thread that the patient wrote in."""
    if not thread:
        return {}
    last = {"event_id": thread}
    return {"m.relates_to": {"rel_type": "m.thread", **last, "is_falling_back": True, "m.in_reply_to": last}}
