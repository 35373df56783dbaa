"""What the bot does about each event."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

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
from bot.channels.matrix.render import MatrixRenderer, addressed_to
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.settings import MatrixSettings
from bot.content.reply import Reply
from bot.conversations.redaction import erase_message
from bot.delivery import MESSAGE_ID
from bot.feedback import Feedback, NotShown, record
from bot.logs import describe
from bot.turn import MAX_SEARCHED, Turns

logger = logging.getLogger(__name__)

CHANNEL = "matrix"
#: An event that fails in an unexpected way is tried so often, so many seconds apart, before it is given up.
TRIES, PAUSE = 3, 1.0
#: Seconds that a room shows "is typing" at most; longer than a turn may take.
TYPING_SECONDS = 30.0
#: Dangers that are answered in a group although nobody asked the bot.
OVERHEARD = ("emergency", "crisis")
#: Seconds in which one person is not told again in a group what nobody asked for.
OVERHEARD_SECONDS = 600.0


class Handler:
    """Deals with events, one of a room at a time.

    Args:
        settings: Who may talk to the bot.
        homeserver: Where answers go; `user_id` must be known.
        inbox: Where events are finished.
        rooms: Who is in a room.
        renderer: Renders replies.
        turns: Gives the guard around the dialogue; asked anew for each message.
        receive_early: Takes in events of a room that came before what waits there.
    """

    def __init__(
        self,
        settings: MatrixSettings,
        homeserver: Homeserver,
        inbox: Inbox,
        rooms: Rooms,
        renderer: MatrixRenderer,
        turns: Callable[[], Turns],
        receive_early: Callable[[list[Event]], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._homeserver = homeserver
        self._inbox = inbox
        self._rooms = rooms
        self._renderer = renderer
        self._turns = turns
        self._receive_early = receive_early
        self._errands: set[asyncio.Task[None]] = set()
        self._overheard: dict[str, float] = {}

    async def deal(self, arrival: Arrival, event: Event | None) -> None:
        """Deals with an event and finishes it; never raises.

        Args:
            arrival: What the inbox keeps of it.
            event: The event; None when it must be fetched from the homeserver.
        """
        for _ in range(TRIES):
            try:
                await self._inbox.finish(arrival, await self._deal(arrival, event))
                return
            except HomeserverRefused as refused:
                logger.warning("the homeserver refused: %d %s", refused.status, refused.code)
                break
            except Exception as error:
                # Types and places alone: an error's text could hold the patient's words.
                logger.error("a Matrix event failed: %s", describe(error))
                await asyncio.sleep(PAUSE)
        try:
            await self._inbox.finish(arrival)
        except Exception as error:
            logger.error("a Matrix event could not be finished: %s", describe(error))

    async def close(self) -> None:
        """Drops typing notices and receipts that are on their way."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    async def _deal(self, arrival: Arrival, event: Event | None) -> Sequence[Answer]:
        if event is None and not arrival.invites:
            event = await self._homeserver.event(arrival.room, arrival.event_id)
        what = _understood(arrival, event)
        if arrival.sender == self._homeserver.user_id and not isinstance(what, Redaction):
            return ()
        if isinstance(what, Message):
            return await self._message(arrival, what)
        if isinstance(what, Encrypted):
            await self._cannot_read(what.room, what.sender)
        elif isinstance(what, Reaction):
            await self._reaction(what)
        elif isinstance(what, Redaction):
            await self._redaction(what)
        elif isinstance(what, Membership):
            await self._membership(what)
        return ()

    async def _message(self, arrival: Arrival, message: Message) -> Sequence[Answer]:
        if not self._allows(message.sender):
            return ()
        if message.replaces:
            edited = await self._edited(message)
            if edited is None:
                return ()
            message = edited
        group = await self._rooms.is_group(message.room)
        conversation = self._inbox.conversation(message.room, message.sender)
        if group and not await self._rooms.is_addressed(message, conversation):
            await self._overhear(message)
            return ()
        await self._inbox.begin(arrival, conversation, message.replaces)
        self._send_out(self._homeserver.read(message.room, message.event_id))
        async with self._typing(message.room):
            replies = await self._replies(message, conversation, group)
            return await self._send(message, replies, conversation, group)

    async def _edited(self, message: Message) -> Message | None:
        """An edit as a message in its original's thread, None when it is not an edit of the sender's own message.

        The words that it replaces leave our store.
        """
        original = await self._homeserver.event(message.room, message.replaces)
        if original is None or original.get("sender") != message.sender:
            return None
        await self._erase(message.replaces)
        was = meaning(original) if is_event(original) else None
        if not isinstance(was, Message):
            return message
        return replace(message, thread=was.thread, reply_to=was.reply_to or message.replaces, in_passing=was.in_passing)

    async def _replies(self, message: Message, conversation: str, group: bool) -> list[Reply]:
        turns = self._turns()
        text = self._rooms.without_mention(message.text) if group else message.text
        said = [turns.fixed.reply("no_media")] if message.media else []
        if message.media and not text.strip():
            return said
        metadata = {MESSAGE_ID: self._inbox.event_key(message.event_id)}
        turn = await turns.turn(conversation, text, channel=CHANNEL, metadata=metadata)
        if turn.erased:
            return [*said, *turn.spoken, turns.fixed.reply("matrix_erased")]
        return [*said, *turn.spoken]

    async def _send(
        self, message: Message, replies: Sequence[Reply], conversation: str, group: bool
    ) -> Sequence[Answer]:
        """Sends replies in order; sent again (after a restart, say) they are the same messages, not new ones."""
        answers = []
        for reply in replies:
            shown = tuple((answer_id, reply.content_version) for answer_id in reply.answer_ids)
            for content in self._renderer.contents(reply):
                content = addressed_to(content, message, group)
                written = json.dumps(content, sort_keys=True)
                transaction = self._inbox.key("transaction", message.event_id, written)
                event_id = await self._homeserver.send(message.room, content, transaction)
                answers.append(Answer(event_id, conversation, shown))
        return answers

    async def _overhear(self, message: Message) -> None:
        """Danger in a group is answered even if nobody asked the bot. Nothing of the message is kept."""
        turns = self._turns()
        level = turns.detector.check(message.text[:MAX_SEARCHED]).level
        if level not in OVERHEARD:
            return
        conversation = self._inbox.conversation(message.room, message.sender)
        now = time.monotonic()
        self._overheard = {who: at for who, at in self._overheard.items() if now - at < OVERHEARD_SECONDS}
        if conversation not in self._overheard:
            await self._send(message, [turns.fixed.reply(f"utter_{level}")], conversation, group=True)
            self._overheard[conversation] = now

    async def _cannot_read(self, room: str, sender: str) -> None:
        """Says once in each encrypted room that the bot can't read there."""
        if not self._allows(sender) or await self._inbox.told(room):
            return
        for content in self._renderer.contents(self._turns().fixed.reply("matrix_encrypted")):
            await self._homeserver.send(room, content, self._inbox.key("encrypted", room))
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
            await self._erase(redaction.event_id)

    async def _erase(self, event_id: str) -> None:
        """Takes a message and its edits out of the conversation store."""
        agent = self._turns().agent
        for key, conversation in await self._inbox.messages(event_id):
            if agent is None:
                raise RuntimeError("there is no model and no conversation store; nothing can be erased")
            await erase_message(agent, conversation, key)

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

    @asynccontextmanager
    async def _typing(self, room: str) -> AsyncIterator[None]:
        """Shows that the bot types, without waiting for it to be shown."""
        begun = self._send_out(self._homeserver.typing(room, True, TYPING_SECONDS))
        try:
            yield
        finally:
            self._send_out(self._stop_typing(room, begun))

    async def _stop_typing(self, room: str, begun: asyncio.Task[None]) -> None:
        await asyncio.wait([begun])
        await self._homeserver.typing(room, False, 0)

    def _send_out(self, errand: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task


def _understood(arrival: Arrival, event: Event | None) -> Meaning | None:
    if arrival.invites:
        return Membership(arrival.room, arrival.sender, arrival.invites, "invite")
    return meaning(event) if event is not None and is_event(event) else None
