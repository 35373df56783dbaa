"""SMS and WhatsApp through Twilio.

The reply travels in the webhook's own answer (TwiML), so that no outgoing network is needed. Rasa's stock Twilio
channel checks no signature; this one checks it first, before a byte of the message is read.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response
from twilio.request_validator import RequestValidator

from bot.channels.plain import split_reply
from bot.channels.sms import sms_text
from bot.content.reply import Reply

logger = logging.getLogger(__name__)

#: Twilio's longest message body, in characters (SMS and WhatsApp alike).
BODY_LIMIT = 1_600
#: Message ids remembered against delivery twice.
REMEMBERED = 10_000
#: Words that carriers let patients stop and start messages with (CTIA's list, handled by Twilio as well).
STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
START = frozenset({"start", "yes", "unstop"})
HELP = frozenset({"help", "info"})


@dataclass(frozen=True)
class TwilioSettings:
    """What the clinic sets.

    Attributes:
        auth_token: Twilio's secret for this account; it signs each request.
        sender_key: Our secret: phone numbers are kept only as a keyed hash.
        public_url: The address that Twilio calls, as the patient's side of any proxy sees it ("" takes the
            request's own).
    """

    auth_token: str
    sender_key: str
    public_url: str = ""

    def __post_init__(self) -> None:
        for name in ("auth_token", "sender_key"):
            if len(getattr(self, name)) < 16:
                raise ValueError(f"twilio: {name} is missing or shorter than 16 characters; set it before starting")


def sender_id(address: str, key: str) -> str:
    """The conversation of a phone number: a keyed hash (HMAC-SHA-256), never the number itself."""
    return "tw-" + hmac.new(key.encode(), address.strip().lower().encode(), hashlib.sha256).hexdigest()[:40]


def twiml(bodies: list[str]) -> str:
    """Twilio's answer format with one message for each body."""
    messages = "".join(f"<Message>{escape(body)}</Message>" for body in bodies)
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{messages}</Response>'


class Remembered(OrderedDict[str, "asyncio.Future[str]"]):
    """Answers by message id, oldest dropped first: a delivery twice gets the same answer, worked out once."""

    def begin(self, message_id: str) -> asyncio.Future[str] | None:
        """A future to fill for a new id, or None when the id is known."""
        if message_id in self:
            return None
        self[message_id] = asyncio.get_running_loop().create_future()
        while len(self) > REMEMBERED:
            self.popitem(last=False)
        return self[message_id]


class TwilioChannel(InputChannel):
    """One webhook for SMS and WhatsApp.

    `app.ctx.turns` must hold the guard (`bot.turn.Turns`) when the server has started.
    """

    def __init__(self, settings: TwilioSettings) -> None:
        self.settings = settings
        self.validator = RequestValidator(settings.auth_token)
        self.remembered = Remembered()
        self.stopped: set[str] = set()

    @classmethod
    def name(cls) -> str:
        return "twilio"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TwilioChannel:
        """The channel from `credentials.yml`: auth_token, sender_key, public_url."""
        return cls(TwilioSettings(**{key: str(value) for key, value in (credentials or {}).items()}))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        blueprint = Blueprint("twilio")

        # A function: Sanic sets an attribute on its handlers, and a bound method takes none.
        @blueprint.post("/webhook", name="webhook")
        async def webhook(request: Request) -> HTTPResponse:
            return await self._receive(request)

        return blueprint

    async def _receive(self, request: Request) -> HTTPResponse:
        form = {key: values[0] for key, values in (request.form or {}).items()}
        if not self._signed(request, form):
            return text_response("signature missing or wrong", status=403)
        message_id, address = form.get("MessageSid") or form.get("SmsSid") or "", form.get("From") or ""
        if not message_id or not address:
            return text_response("MessageSid and From are required", status=400)
        waiting = self.remembered.begin(message_id)
        if waiting is None:
            return self._xml(await asyncio.shield(self.remembered[message_id]))
        try:
            waiting.set_result(await self._answer(request, form, address))
        except BaseException:
            # The next delivery of this message may try again.
            self.remembered.pop(message_id, None)
            waiting.cancel()
            raise
        return self._xml(waiting.result())

    def _signed(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether Twilio signed this request; see Twilio's "Validating requests are coming from Twilio"."""
        signature = request.headers.get("X-Twilio-Signature", "")
        base = self.settings.public_url.rstrip("/")
        url = base + request.server_path if base else request.url
        if request.query_string and base:
            url += "?" + request.query_string
        return bool(signature) and bool(self.validator.validate(url, dict(form), signature))

    async def _answer(self, request: Request, form: Mapping[str, str], address: str) -> str:
        turns = request.app.ctx.turns
        sender = sender_id(address, self.settings.sender_key)
        surface = "whatsapp" if address.startswith("whatsapp:") else "sms"
        words = (form.get("Body") or "").strip()
        keyword = words.lower().strip(".! ")
        if surface == "sms" and keyword in STOP:
            self.stopped.add(sender)
            return twiml([])  # Twilio itself confirms STOP; a second text would break the carriers' rules
        if surface == "sms" and keyword in START and sender in self.stopped:
            self.stopped.discard(sender)
            return twiml([turns.fixed.reply("sms_started").plain()])
        if sender in self.stopped:
            return twiml([])
        if surface == "sms" and keyword in HELP:
            return twiml([turns.fixed.reply("sms_help").plain()])
        if not words and int(form.get("NumMedia") or 0):
            return twiml([turns.fixed.reply("no_media").plain()])
        replies = await turns.say(sender, words, channel=surface)
        return twiml([body for reply in replies for body in self._bodies(reply, surface)])

    @staticmethod
    def _bodies(reply: Reply, surface: str) -> list[str]:
        if surface == "whatsapp":
            return split_reply(reply, BODY_LIMIT)
        text = sms_text(reply)
        return [text] if len(text) <= BODY_LIMIT else split_reply(reply, BODY_LIMIT)

    @staticmethod
    def _xml(body: str) -> HTTPResponse:
        return HTTPResponse(body, content_type="text/xml; charset=utf-8")
