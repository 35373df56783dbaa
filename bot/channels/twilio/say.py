"""What is said to a message: keywords first, then who has stopped messages, then the guard's turn."""

from __future__ import annotations

import logging
import sqlite3

from prometheus_client import Counter

from bot.channels.buttons import find_button, issued
from bot.channels.shared_limits import SharedCounts, SharedLimit
from bot.channels.twilio.incoming import Incoming
from bot.channels.twilio.keywords import Keyword, confirmed_by_twilio, keyword
from bot.channels.twilio.memory import Memory
from bot.channels.twilio.said import Said
from bot.delivery import MESSAGE_ID
from bot.handover.sealing import Seal
from bot.turn import Turns

logger = logging.getLogger(__name__)

STOPPED_URGENT = Counter(
    "bot_twilio_stopped_urgent_total", "Messages with danger in them from patients who have stopped messages"
)
LOOPED = Counter("bot_twilio_looped_total", "Messages passed over because their sender writes faster than a person")
#: Messages of one patient that are answered in a minute. Who writes faster is a machine that answers our answers.
MESSAGES_A_MINUTE = 30


def limit_of_senders(counts: SharedCounts) -> SharedLimit:
    """How often one sender is answered, over all processes that share `counts`."""
    return SharedLimit("twilio", MESSAGES_A_MINUTE, counts)


class Speaker:
    """Says what a message asks for.

    Args:
        turns: The guard.
        memory: Who has stopped messages.
        limit: How often one sender is answered.
        seal: Seals where a patient can be reached later; None when they can't be.
    """

    def __init__(self, turns: Turns, memory: Memory, limit: SharedLimit, seal: Seal | None = None) -> None:
        self.turns = turns
        self.memory = memory
        self.seal = seal
        self.limit = limit

    async def say(self, sender: str, message: str, incoming: Incoming) -> tuple[Said, bool]:
        """What is said, and whether the conversation was deleted.

        Args:
            sender: The conversation.
            message: The message's id.
            incoming: The message.
        """
        stopped = await self._has_stopped(sender)
        word = incoming.handled_by_twilio or keyword(incoming.text, incoming.surface, stopped)
        if word and await self.turns.danger.find(incoming.text, sender, message) is None:
            return await self._keyword(word, sender, incoming), False
        if stopped:
            return await self._to_stopped(sender, message, incoming), False
        if await self.limit.wait(sender) and await self.turns.danger.find(incoming.text, sender, message) is None:
            LOOPED.inc()
            return Said(), False
        if incoming.attached and not incoming.text.strip():
            return Said.fixed(self.turns.fixed, "no_media"), False
        return await self._turn(sender, message, incoming)

    async def _has_stopped(self, sender: str) -> bool:
        try:
            return await self.memory.has_stopped(sender)
        except sqlite3.Error as error:
            # Who writes gets an answer; a real STOP is held by Twilio as well.
            logger.error("the memory of the Twilio channel can't be read: %s", type(error).__name__)
            return False

    async def _keyword(self, word: Keyword, sender: str, incoming: Incoming) -> Said:
        """Notes a keyword and answers it, unless Twilio answers it with the clinic's own text."""
        if word == "stop":
            await self.memory.stop(sender)
            if incoming.handled_by_twilio or confirmed_by_twilio(incoming.text, incoming.surface):
                return Said()
        elif word == "start":
            await self.memory.start(sender)
        if incoming.handled_by_twilio:
            return Said()
        return Said.fixed(
            self.turns.fixed, {"stop": "messages_stopped", "start": "sms_started", "help": "sms_help"}[word]
        )

    async def _to_stopped(self, sender: str, message: str, incoming: Incoming) -> Said:
        """Nothing but the urgent reply. On SMS Twilio will not deliver even that; docs/twilio.md says why we try."""
        urgent = await self.turns.danger.find(incoming.text, sender, message)
        if urgent is None:
            return Said()
        STOPPED_URGENT.inc()
        logger.warning("a patient who has stopped messages wrote of danger; they may not get the urgent reply")
        return Said.of_turn(self.turns.fixed, [urgent])

    async def _turn(self, sender: str, message: str, incoming: Incoming) -> tuple[Said, bool]:
        payload = await self._payload(sender, incoming.button) if incoming.button else None
        turn = await self.turns.turn(
            sender,
            text=None if payload else incoming.text,
            payload=payload,
            channel=incoming.surface,
            metadata={MESSAGE_ID: message},
            address=self.seal.close(sender, incoming.sender, incoming.receiver) if self.seal else "",
        )
        said = Said.of_turn(self.turns.fixed, turn.spoken)
        if incoming.attached:
            said = said.and_then(Said.fixed(self.turns.fixed, "no_media"))
        return said, turn.erased

    async def _payload(self, sender: str, button: str) -> str | None:
        """The payload of a button that this conversation was given; None for any other, which is read as its words."""
        if self.turns.agent is None:
            return None
        tracker = await self.turns.agent.tracker_store.retrieve(sender)
        found = find_button(button, issued(tracker.events if tracker else ()))
        return found.payload if found else None
