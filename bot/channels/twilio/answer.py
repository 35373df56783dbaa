"""From a patient's message to what goes into the webhook's answer: once, in time, never silent."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from bot.channels.once import OtherMessage
from bot.channels.shared_limits import SharedCounts, SharedLimit
from bot.channels.twilio.incoming import Incoming
from bot.channels.twilio.memory import Handled, Memory
from bot.channels.twilio.render import Outgoing, bodies, interactive, twiml
from bot.channels.twilio.rest import NotSent, Rest
from bot.channels.twilio.said import TURN, Said, again
from bot.channels.twilio.say import Speaker, limit_of_senders
from bot.channels.twilio.settings import TwilioSettings
from bot.content.reply import Reply
from bot.delivery import replies_to
from bot.handover.sealing import Seal
from bot.turn import SEARCH_TIMEOUT, Turns

logger = logging.getLogger(__name__)

LATE = Counter("bot_twilio_late_total", "Replies too late for the webhook's answer, by what became of them", ["end"])
#: Seconds between two looks at what another process makes of a message.
LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Answer:
    """What the webhook answers; `erased` when the conversation was deleted by this message."""

    twiml: str
    erased: bool = False


class Answerer:
    """Answers messages.

    Args:
        turns: The guard.
        memory: Who has stopped messages, and what was answered.
        twilio: The channel's settings.
        limit: How often one sender is answered; None: counted here alone.
    """

    def __init__(self, turns: Turns, memory: Memory, twilio: TwilioSettings, limit: SharedLimit | None = None) -> None:
        self.turns = turns
        self.memory = memory
        self.twilio = twilio
        self.rest = Rest(twilio) if twilio.account_sid else None
        limit = limit or limit_of_senders(SharedCounts(None, twilio.sender_key))
        self.speaker = Speaker(turns, memory, limit, Seal(twilio.sender_key.encode()) if self.rest else None)
        self._more = turns.fixed.reply("sms_more").text
        self._late: set[asyncio.Task[None]] = set()

    async def answer(self, sender: str, message: str, incoming: Incoming) -> Answer:
        """The answer to a message; one that was answered before, here or in another process, gets the same again.

        Args:
            sender: The conversation.
            message: The message's id.
            incoming: The message.

        Raises:
            OtherMessage: its id was used for another message.
        """
        known = await self._begin(message, incoming.fingerprint)
        try:
            if known is not None:
                return await self._again(sender, message, incoming, known)
            return await self._answer(sender, message, incoming)
        except Exception as error:
            logger.error("a message on channel %s could not be answered: %s", incoming.surface, type(error).__name__)
            if known is None:
                await self._noted(self.memory.forget(message))  # its next delivery may try again
            return Answer(self._twiml([await self._instead(sender, message, incoming)], incoming))

    async def urgent(self, incoming: Incoming) -> str:
        """The urgent reply to a message that is refused, "" when it holds no danger."""
        urgent = await self.turns.danger.find(incoming.text)
        return self._twiml([urgent], incoming) if urgent else ""

    async def finish(self, seconds: float) -> None:
        """Waits for replies that are on their way, at most `seconds`."""
        if self._late:
            await asyncio.wait(self._late, timeout=seconds)

    async def _begin(self, message: str, fingerprint: str) -> Handled | None:
        try:
            known = await self.memory.begin(message, fingerprint)
        except sqlite3.Error as error:
            logger.error("the memory of the Twilio channel can't be written: %s", type(error).__name__)
            return None
        if known is not None and known.fingerprint != fingerprint:
            raise OtherMessage
        return known

    async def _noted(self, writing: Coroutine[Any, Any, None]) -> None:
        """Writes to the memory; when that fails the patient is answered all the same."""
        try:
            await writing
        except sqlite3.Error as error:
            logger.error("the memory of the Twilio channel can't be written: %s", type(error).__name__)

    async def _again(self, sender: str, message: str, incoming: Incoming, known: Handled) -> Answer:
        loop, said = asyncio.get_running_loop(), known.said
        until = loop.time() + self.twilio.deadline
        while said is None and loop.time() < until:
            await asyncio.sleep(LOOK_SECONDS)
            handled = await self.memory.handled(message)
            said = handled.said if handled else None
        if said is None:  # whoever took it on is gone
            return Answer(self._twiml([await self._instead(sender, message, incoming)], incoming))
        stored: Sequence[Reply] = ()
        if TURN in said and self.turns.agent is not None:
            tracker = await self.turns.agent.tracker_store.retrieve_full_tracker(sender)
            stored = replies_to(tracker.events if tracker else (), message)
        return Answer(self._twiml(again(self.turns.fixed, said, stored).replies, incoming))

    async def _answer(self, sender: str, message: str, incoming: Incoming) -> Answer:
        task = asyncio.ensure_future(self.speaker.say(sender, message, incoming))
        await asyncio.wait({task}, timeout=self.twilio.deadline)
        if not task.done():
            return await self._too_late(task, sender, message, incoming)
        said, erased = task.result()
        left = await self._left_after_buttons(said.replies, incoming)
        await self._noted(self.memory.finish(message, said.names if left else ()))
        return Answer(self._twiml(left, incoming), erased)

    async def _too_late(
        self, task: asyncio.Task[tuple[Said, bool]], sender: str, message: str, incoming: Incoming
    ) -> Answer:
        """What the webhook answers at the deadline: nothing when the reply can follow, else a fixed text."""
        if self.rest is None:
            task.cancel()
            LATE.labels("given_up").inc()
            said = Said.of_turn(self.turns.fixed, [await self._instead(sender, message, incoming)])
        else:
            said = Said()
            late = asyncio.ensure_future(self._follow(self.rest, task, sender, message, incoming))
            self._late.add(late)
            late.add_done_callback(self._late.discard)
        await self._noted(self.memory.finish(message, said.names))
        return Answer(self._twiml(said.replies, incoming))

    async def _follow(
        self, rest: Rest, task: asyncio.Task[tuple[Said, bool]], sender: str, message: str, incoming: Incoming
    ) -> None:
        """Sends a late reply."""
        try:
            replies = (await task)[0].replies
        except Exception as error:
            logger.error("a late turn on channel %s failed: %s", incoming.surface, type(error).__name__)
            replies = (await self._instead(sender, message, incoming),)
        try:
            for text in self._texts(await self._left_after_buttons(replies, incoming), incoming):
                await rest.send_surely(Outgoing(text), incoming.receiver, incoming.sender)
        except NotSent as error:
            LATE.labels("lost").inc()
            logger.error("a late reply on channel %s could not be sent: %s", incoming.surface, error.reason)
        else:
            LATE.labels("sent").inc()

    async def _instead(self, sender: str, message: str, incoming: Incoming) -> Reply:
        """What stands for a reply that did not come: the urgent one when the words hold danger."""
        urgent = await self.turns.danger.find(incoming.text, sender, message, SEARCH_TIMEOUT)
        return urgent or self.turns.fixed.reply("technical_problem")

    async def _left_after_buttons(self, replies: Sequence[Reply], incoming: Incoming) -> Sequence[Reply]:
        """Sends replies through the REST API when WhatsApp's buttons or lists can show one of them.

        What it gives is left to be said as text: all when there is nothing to show with buttons, else what Twilio did
        not take and what follows it.
        """
        if self.rest is None or incoming.surface != "whatsapp" or not self.twilio.templates:
            return replies
        shown = [interactive(reply, self.twilio.templates) for reply in replies]
        if not any(shown):
            return replies
        for position, (reply, message) in enumerate(zip(replies, shown, strict=True)):
            try:
                for outgoing in [message] if message else map(Outgoing, self._texts([reply], incoming)):
                    await self.rest.send(outgoing, incoming.receiver, incoming.sender)
            except NotSent as error:
                logger.error("a WhatsApp message with buttons could not be sent: %s", error.reason)
                return replies[position:]
        return ()

    def _texts(self, replies: Iterable[Reply], incoming: Incoming) -> list[str]:
        return [text for reply in replies for text in bodies(reply, incoming.surface, self._more)]

    def _twiml(self, replies: Iterable[Reply], incoming: Incoming) -> str:
        return twiml(self._texts(replies, incoming))
