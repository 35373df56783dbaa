"""What the bot does about each event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.channels.matrix.answering import Answering
from bot.channels.matrix.client import Homeserver, HomeserverRefused
from bot.channels.matrix.events import (
    Encrypted,
    Event,
    Meaning,
    Membership,
    Message,
    Reaction,
    Redaction,
    is_event,
    meaning,
)
from bot.channels.matrix.inbox import Answer, Arrival, Inbox
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.settings import MatrixSettings
from bot.feedback import Feedback, NotShown, record
from bot.logs import describe
from bot.turn import Turns

logger = logging.getLogger(__name__)

#: An event that fails in an unexpected way is tried so often, so many seconds apart, and again at the next start.
TRIES, PAUSE = 3, 1.0


class Handler:
    """Deals with events, one of a room at a time.

    Args:
        settings: Who may talk to the bot.
        homeserver: Its `user_id` must be known.
        inbox: Where events are finished.
        rooms: Who is in a room.
        answering: Answers messages.
        turns: Gives the guard around the dialogue.
        receive_early: Takes in events of a room that came before what waits there.
    """

    def __init__(
        self,
        settings: MatrixSettings,
        homeserver: Homeserver,
        inbox: Inbox,
        rooms: Rooms,
        answering: Answering,
        turns: Callable[[], Turns],
        receive_early: Callable[[Sequence[Event]], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._homeserver = homeserver
        self._inbox = inbox
        self._rooms = rooms
        self._answering = answering
        self._turns = turns
        self._receive_early = receive_early
        #: What obeys messages in rooms that are no patients' rooms, by the room's id.
        self.listeners: dict[str, Callable[[Message], Awaitable[None]]] = {}

    async def deal(self, arrival: Arrival, event: Event | None) -> None:
        """Deals with an event and finishes it; never raises.

        Args:
            arrival: What the inbox keeps of it.
            event: The event; None when it must be fetched from the homeserver.
        """
        for _ in range(TRIES):
            try:
                await self._inbox.finish(arrival, await self._deal_unless_refused(arrival, event))
                return
            except Exception as error:
                # Types and places alone: an error's text could hold the patient's words.
                logger.error("a Matrix event failed: %s", describe(error))
                await asyncio.sleep(PAUSE)
        logger.error("a Matrix event is put off until the next start")

    async def _deal_unless_refused(self, arrival: Arrival, event: Event | None) -> Sequence[Answer]:
        try:
            return await self._deal(arrival, event)
        except HomeserverRefused as refused:
            logger.warning("the homeserver refused: %d %s", refused.status, refused.code)
            return ()

    async def _deal(self, arrival: Arrival, event: Event | None) -> Sequence[Answer]:
        if event is None and not arrival.invites:
            event = await self._homeserver.event(arrival.room, arrival.event_id)
        what = _understood(arrival, event)
        if arrival.sender == self._homeserver.user_id and not isinstance(what, Redaction):
            return ()
        if isinstance(what, Message) and what.room in self.listeners:
            await self.listeners[what.room](what)
            return ()
        if isinstance(what, Message):
            return await self._answering.answer(arrival, what) if self._allows(what.sender) else ()
        if isinstance(what, Encrypted):
            await self._cannot_read(what.room, what.sender)
        elif isinstance(what, Reaction):
            await self._reaction(what)
        elif isinstance(what, Redaction):
            await self._redaction(what)
        elif isinstance(what, Membership):
            await self._membership(what)
        return ()

    async def _cannot_read(self, room: str, sender: str) -> None:
        """Says once in each encrypted room that the bot can't read there."""
        if not self._allows(sender) or await self._inbox.told(room):
            return
        await self._answering.tell(room, "matrix_encrypted", self._inbox.key("encrypted", room))
        await self._inbox.tell(room)

    async def _reaction(self, reaction: Reaction) -> None:
        ours = await self._inbox.answer(reaction.event_id)
        conversation = self._inbox.conversation(reaction.room, reaction.sender)
        agent = self._turns().agent
        if ours is None or ours.conversation != conversation or agent is None:
            return
        for answer_id, version in ours.shown:
            try:
                await record(agent, conversation, Feedback(answer_id, version, reaction.value))
            except NotShown:
                logger.info("a reaction came to an answer that is not kept any more")

    async def _redaction(self, redaction: Redaction) -> None:
        if not await self._inbox.messages(redaction.event_id):
            return
        event = await self._homeserver.event(redaction.room, redaction.event_id)
        # The homeserver decides who may take back what; it has emptied the event then.
        if event is None or not event.get("content"):
            await self._answering.forget(redaction.event_id)

    async def _membership(self, change: Membership) -> None:
        ours = self._homeserver.user_id
        if change.membership == "invite" and change.user_id == ours:
            await self._invited(change)
        elif change.user_id != ours and await self._rooms.members(change.room) == {ours}:
            await self._homeserver.leave(change.room)

    async def _invited(self, invitation: Membership) -> None:
        if not self._allows(invitation.sender):
            logger.info("an invitation was declined: its sender is not allowed to talk to the bot")
            await self._homeserver.leave(invitation.room)
            return
        await self._homeserver.join(invitation.room)
        if await self._homeserver.is_encrypted(invitation.room):
            await self._cannot_read(invitation.room, invitation.sender)
        # Most programs send the first message together with the invitation, before the bot is in the room.
        await self._receive_early(await self._homeserver.since_invitation(invitation.room))

    def _allows(self, user_id: str) -> bool:
        return self._settings.allows(user_id, self._homeserver.user_id.partition(":")[2])


def _understood(arrival: Arrival, event: Event | None) -> Meaning | None:
    if arrival.invites:
        return Membership(arrival.room, arrival.sender, arrival.invites, "invite")
    return meaning(event) if event is not None and is_event(event) else None
