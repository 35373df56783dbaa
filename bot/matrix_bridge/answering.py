"""One message's way: read, asked of our server, and answered in its room. Never silent, never doubled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from nio import AsyncClient, MatrixRoom, MegolmEvent

from bot.matrix_bridge.asked import Asked, is_group
from bot.matrix_bridge.delivery import Delivery, transaction
from bot.matrix_bridge.fixed import FixedTexts
from bot.matrix_bridge.following import Following
from bot.matrix_bridge.opening import Opening, UnknownSender
from bot.matrix_bridge.questions import addressed, read, without_address
from bot.matrix_bridge.render import message, sentence
from bot.matrix_bridge.settings import BridgeSettings
from bot.matrix_bridge.state import Noted, Shown, State
from bot.matrix_bridge.taking_back import TakingBack
from bot.matrix_bridge.talks import TakenBack, Talks
from bot.matrix_bridge.web_api import NotUnderstood, WebApi

logger = logging.getLogger(__name__)


class Answering:
    """Answers messages, those of one room one after the other.

    Args:
        client: The signed-in client.
        settings: Of the bridge.
        state: What was answered, and the sessions.
        texts: The fixed texts.
        api: Our server.
    """

    def __init__(
        self, client: AsyncClient, settings: BridgeSettings, state: State, texts: FixedTexts, api: WebApi
    ) -> None:
        self._client = client
        self._settings = settings
        self._state = state
        self._texts = texts
        self._api = api
        self._talks = Talks(api, state)
        self._delivery = Delivery(client)
        self.opening = Opening(client, settings)
        self.following = Following(self._talks, state, self._delivery)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.taking_back = TakingBack(client, state, self._talks, self.opening, self._lock)
        #: Outage (of `Health.outage`) in which a room was told that the bot can't answer.
        self._told_of_outage: dict[str, float] = {}

    async def answer(self, noted: Noted, event: Any = None) -> None:
        """Answers a noted event. What fails on our side gets a fixed text, and is tried again at the next start.

        Args:
            noted: The event.
            event: Its decrypted form, when it is at hand; else it is asked of the homeserver.
        """
        lock = self._lock(noted.room_id)
        at_hand = None
        try:
            at_hand = self._at_hand(noted, event)
            async with self._warned(at_hand), lock:
                if await self._answer(noted, event):
                    self._state.answered(noted.event_id)
        except Exception as error:
            logger.error("a message stays unanswered until the next start: %s", type(error).__name__)
            if at_hand is not None:
                await self._say(at_hand, "technical_problem")

    def _lock(self, room_id: str) -> asyncio.Lock:
        """Held while a message of the room is answered."""
        return self._locks.setdefault(room_id, asyncio.Lock())

    async def _answer(self, noted: Noted, event: Any) -> bool:
        """Whether nothing is left to do."""
        room = self._client.rooms.get(noted.room_id)
        if room is None:
            return True
        try:
            opened = await self.opening.open(noted, event)
        except UnknownSender as unknown:
            await self._cannot_read(room, unknown.event)
            return True
        if opened is None:
            return True
        if isinstance(opened, MegolmEvent):
            await self._cannot_read(room, opened)
            return not self.opening.park(opened)
        question = read(opened.source, opened.sender, opened.event_id)
        if question is not None and question.replaces:
            await self.taking_back.replaced(question)
        asked = self._asked(noted, room, opened)
        if asked is not None:
            await self._deal(asked, late=event is not opened)
        return True

    async def _deal(self, asked: Asked, late: bool) -> None:
        """Does what a question asks. `late`: it could not be read when it came."""
        if asked.question.kind == "mark":
            await self._mark(asked)
            return
        self._delivery.seen(asked.room.room_id, asked.question.event_id)
        if not asked.encrypted:  # nobody can tell who sent it: it has no part in a patient's talk
            await self._not_encrypted(asked)
        elif asked.question.kind == "media":
            await self._say(asked, "no_media")
        elif asked.too_old:
            await self._say(asked, "technical_problem")
        else:
            async with self._warned(asked if late else None):
                await self._converse(asked)

    def _at_hand(self, noted: Noted, event: Any) -> Asked | None:
        """The question, when it can be read without waiting for anything."""
        room = self._client.rooms.get(noted.room_id)
        if room is None or event is None or isinstance(event, MegolmEvent):
            return None
        return self._asked(noted, room, event)

    def _asked(self, noted: Noted, room: MatrixRoom, event: Any) -> Asked | None:
        """The question in a decrypted event, None when it is none for the bot."""
        question = read(event.source, event.sender, event.event_id)
        if question is None or not self._settings.answers(event.sender):
            return None
        group = is_group(room)
        if group and question.kind != "mark":
            name = self._texts.display_name
            if not addressed(event.source, self._client.user_id, name):
                return None
            question = replace(question, text=without_address(question.text, self._client.user_id, name))
        sent_at = event.server_timestamp / 1000
        return Asked(room, question, bool(getattr(event, "decrypted", False)), noted.noted_at, sent_at, group)

    async def _converse(self, asked: Asked) -> None:
        """Asks our server until it answers, and sends what it says."""
        room_id, question = asked.room.room_id, asked.question
        self._delivery.typing(room_id, True)
        try:
            said = await self._talks.say(room_id, question)
        except TakenBack:
            return
        except NotUnderstood:
            await self._say(asked, "technical_problem")
            return
        finally:
            self._delivery.typing(room_id, False)
        if self._told_of_outage.pop(room_id, 0):
            asked = replace(asked, apart=True)
        replies = said.turn["replies"]
        contents = [(message(reply, reply is replies[-1]), shown_in(reply, question.sender)) for reply in replies]
        if not said.session.notice_told:
            urgent = any(reply["urgency"] for reply in replies)
            contents.insert(len(contents) if urgent else 0, (sentence(self._texts.text("opening_notice")), None))
        for number, (content, shown) in enumerate(contents):
            sent = await self._send(asked, content, str(number))
            if sent and shown:
                self._state.show(sent, room_id, shown)
        self._talks.told(question.event_id, room_id, question.sender, said.turn)
        self._state.may_tell_again(room_id)
        self.following.start()

    async def _mark(self, asked: Asked) -> None:
        """Records a thumb under an answer that its sender was given."""
        shown = self._state.shown(asked.question.marked)
        if shown is not None and shown.user_id == asked.question.sender:
            await self._talks.mark(asked.room.room_id, shown, asked.question.text)

    @asynccontextmanager
    async def _warned(self, asked: Asked | None) -> AsyncIterator[None]:
        """While a question waits inside: what its sender reads when our server is away."""
        if asked is None or asked.question.kind != "words":
            yield
            return
        warning = asyncio.ensure_future(self._warn(asked))
        try:
            yield
        finally:
            warning.cancel()

    async def _warn(self, asked: Asked) -> None:
        """While our server is away: the urgent text at once for words that hold danger, else a fixed text, once."""
        room_id = asked.room.room_id
        await self._api.health.failing_for(0.0)
        urgent = await self._urgent(asked)
        await self._api.health.failing_for(0.0 if urgent else self._settings.patience)
        outage = self._api.health.outage
        if urgent or self._told_of_outage.get(room_id) != outage:
            self._told_of_outage[room_id] = outage
            await self._send(asked, sentence(urgent or self._texts.text("technical_problem")), "away")

    async def _cannot_read(self, room: MatrixRoom, event: Any) -> None:
        """Says once in a room of two that a message can't be read."""
        told = is_group(room) or not self._settings.answers(event.sender)
        if not told and self._state.tell_once(room.room_id, "cannot_read"):
            content = sentence(self._texts.text("cannot_read"))
            await self._delivery.send(room.room_id, content, transaction(event.event_id, "fixed"))

    async def _not_encrypted(self, asked: Asked) -> None:
        """To words that came without encryption: the urgent text for danger, else how to go on, once."""
        urgent = await self._urgent(asked)
        if urgent:
            await self._send(asked, sentence(urgent), "fixed")
        elif self._state.tell_once(asked.room.room_id, "not_encrypted"):
            await self._say(asked, "not_encrypted")

    async def _say(self, asked: Asked, name: str) -> None:
        """Says a fixed text; words that hold danger get the urgent one."""
        text = await self._urgent(asked) or self._texts.text(name)
        await self._send(asked, sentence(text), "fixed")

    async def _urgent(self, asked: Asked) -> str:
        """The urgent text for words that hold danger, searched beside the event loop: they may be many."""
        return await asyncio.to_thread(self._texts.urgent, asked.question.text)

    async def _send(self, asked: Asked, content: dict[str, Any], what: str) -> str:
        """Sends a message that belongs to a question; its id, "" when it can't be sent."""
        if relation := asked.relation:
            content = {**content, "m.relates_to": relation}
        room_id = asked.room.room_id
        transaction_id = transaction(asked.question.event_id, what)
        return await self._delivery.send(room_id, content, transaction_id, in_clear=not asked.encrypted)


def shown_in(reply: dict[str, Any], user_id: str) -> Shown | None:
    """The first answer in a reply; its thumbs are for this one."""
    blocks = reply["blocks"]
    return Shown(user_id, str(blocks[0]["answer_id"]), str(reply["content_version"])) if blocks else None
