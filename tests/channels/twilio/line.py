"""One patient's messages to an `Answerer`, without the server around it."""

from __future__ import annotations

from bot.channels.twilio.answer import Answerer
from bot.channels.twilio.incoming import Incoming, keyed_hash, sender_id
from tests.channels.twilio.client import CLINIC, SENDER_KEY, number, sid

#: The answer that says nothing.
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'


class Line:
    """One patient.

    Args:
        answerer: Answers.
        surface: `sms` or `whatsapp`.
    """

    def __init__(self, answerer: Answerer, surface: str = "sms") -> None:
        self.answerer = answerer
        self.prefix = "whatsapp:" if surface == "whatsapp" else ""
        self.address = self.prefix + number()

    def key(self, message: str) -> str:
        """Under which a message is remembered."""
        return keyed_hash(message, SENDER_KEY)

    def incoming(self, body: str, message: str, **more: str) -> Incoming:
        """A message as it is read from Twilio's request."""
        fields = {"MessageSid": message, "From": self.address, "To": self.prefix + CLINIC, "Body": body, **more}
        incoming = Incoming.read(fields)
        assert incoming is not None
        return incoming

    async def sends(self, body: str, message: str = "", **more: str) -> str:
        """The TwiML that answers a message."""
        message = message or sid()
        incoming = self.incoming(body, message, **more)
        return (await self.answerer.answer(sender_id(self.address, SENDER_KEY), self.key(message), incoming)).twiml
