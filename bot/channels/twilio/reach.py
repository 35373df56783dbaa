"""Brings what staff write to a patient's phone, through Twilio's REST API.

The patient's number is known only from the message in which they called a person. It is sealed with the clinic's key and
kept with the case, as long as the case lasts; see `bot/handover/cases.py`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from bot.channels.twilio.incoming import Surface
from bot.channels.twilio.memory import Memory
from bot.channels.twilio.render import Outgoing, bodies
from bot.channels.twilio.rest import NotSent, Rest
from bot.handover.reach import Letter, NotReached
from bot.handover.sealing import Seal, WrongSeal

#: Seconds after a patient's last message in which WhatsApp lets a clinic write freely. Twilio takes later messages, too,
#: and says only afterwards that they did not arrive; hence the minute less.
WHATSAPP_WINDOW = 24 * 3600.0 - 60.0


class Reach:
    """Reaches patients who wrote by SMS or WhatsApp.

    Args:
        rest: Sends.
        memory: Who has stopped messages.
        seal: Opens addresses: the patient's, then the clinic's.
        more: The fixed text that offers the whole of a shortened answer.
        clock: Seconds since 1970.
    """

    def __init__(
        self, rest: Rest, memory: Memory, seal: Seal, more: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._rest = rest
        self._memory = memory
        self._seal = seal
        self._more = more
        self._clock = clock

    async def push(self, letter: Letter) -> None:
        """Brings a letter. When this returns Twilio has taken it. Raises: NotReached."""
        try:
            patient, clinic = self._seal.open(letter.conversation, letter.address)
        except WrongSeal:
            raise NotReached("their number can't be read; BOT_TWILIO_SENDER_KEY is not what it was") from None
        surface: Surface = "whatsapp" if patient.startswith("whatsapp:") else "sms"
        if surface == "whatsapp" and self._clock() - letter.heard_at > WHATSAPP_WINDOW:
            raise NotReached("WhatsApp lets us write for 24 hours after their last message, and those are over")
        if await self._has_stopped(letter.conversation):
            raise NotReached("they have stopped messages (STOP)")
        try:
            for text in bodies(letter.reply, surface, self._more):
                await self._rest.send_surely(Outgoing(text), clinic, patient)
        except NotSent as error:
            raise NotReached(f"Twilio did not take it ({error.reason})", error.again) from None

    async def _has_stopped(self, conversation: str) -> bool:
        try:
            return await self._memory.has_stopped(conversation)
        except sqlite3.Error:
            raise NotReached("the memory of the Twilio channel can't be read", again=True) from None
