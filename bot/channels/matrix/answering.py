"""Answers what people say: in order, in the right place, with what shows that the bot is at work."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from bot.channels.matrix.client import Homeserver
from bot.channels.matrix.events import Message, is_event, meaning
from bot.channels.matrix.inbox import Answer, Arrival, Inbox
from bot.channels.matrix.render import MatrixRenderer, addressed_to
from bot.channels.matrix.rooms import Rooms
from bot.content.reply import Reply
from bot.delivery import MESSAGE_ID
from bot.turn import Turns

CHANNEL = "matrix"
#: Turns at once. More would not be quicker, and each would use up the time that a turn may take.
TURNS_AT_ONCE = 8
#: Seconds that a room shows "is typing" at most; longer than a turn may take.
TYPING_SECONDS = 30.0
#: Dangers that are answered in a group although nobody asked the bot.
OVERHEARD = ("emergency", "crisis")
#: Seconds in which one person is not told again in a group what nobody asked for.
OVERHEARD_SECONDS = 600.0


class Answering:
    """Turns messages into answers.

    Args:
        homeserver: Where answers go.
        inbox: Remembers what was answered.
        rooms: Who is in a room.
        renderer: Renders replies.
        turns: Gives the guard around the dialogue; asked anew for each message.
    """

    def __init__(
        self,
        homeserver: Homeserver,
        inbox: Inbox,
        rooms: Rooms,
        renderer: MatrixRenderer,
        turns: Callable[[], Turns],
    ) -> None:
        self._homeserver = homeserver
        self._inbox = inbox
        self._rooms = rooms
        self._renderer = renderer
        self._turns = turns
        self._turn_places = asyncio.Semaphore(TURNS_AT_ONCE)
        self._errands: set[asyncio.Task[None]] = set()
        self._overheard: dict[str, float] = {}

    async def tell(self, room: str, name: str, transaction: str) -> None:
        """Says a fixed text that answers no message. The same transaction says it once."""
        for content in self._renderer.contents(self._turns().fixed.reply(name)):
            await self._homeserver.send(room, content, transaction)

    async def answer(self, arrival: Arrival, message: Message) -> Sequence[Answer]:
        """Answers a message, unless it is between other people in a group. Gives what was sent."""
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
        await self.forget(message.replaces)
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
        # In a group others would read what staff write: no person is offered there.
        address = "" if group else self._inbox.seal.close(conversation, message.room, message.sender, message.thread)
        async with self._turn_places:
            turn = await turns.turn(conversation, text, channel=CHANNEL, metadata=metadata, address=address)
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
        urgent = await self._turns().danger.find(message.text)
        if urgent is None or urgent.urgency not in OVERHEARD:
            return
        conversation = self._inbox.conversation(message.room, message.sender)
        now = time.monotonic()
        self._overheard = {who: at for who, at in self._overheard.items() if now - at < OVERHEARD_SECONDS}
        if conversation not in self._overheard:
            await self._send(message, [urgent], conversation, group=True)
            self._overheard[conversation] = now

    async def forget(self, event_id: str) -> None:
        """Takes a message and its edits out of the conversation store."""
        for key, conversation in await self._inbox.messages(event_id):
            await self._turns().forget_message(conversation, key)

    async def close(self) -> None:
        """Drops typing notices and receipts that are on their way."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

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
