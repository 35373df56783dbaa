"""The Twilio channel: one webhook for SMS and WhatsApp.

The reply travels in the webhook's own answer (TwiML), so that no outgoing network is needed. A reply that is later than
the deadline goes through the REST API, when the account is set. Rasa's stock Twilio channel checks no signature; this
one does nothing before it has checked it. docs/twilio.md tells how it is set up and what it promises.

Wiring. `bot serve` mounts the channel when one of its variables is set. `credentials.yml` for the stock command
`rasa run` (the settings are the same variables; a line such as `public_url: …` stands above `BOT_TWILIO_PUBLIC_URL`):

    bot.channels.twilio.TwilioChannel: {}

The webhook's path is `/twilio/webhook` in `bot serve` and `/webhooks/twilio/webhook` in `rasa run`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import Counter
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import text as text_response

from bot.backends import Backends
from bot.channels.body import read_body
from bot.channels.guard import turns_of
from bot.channels.once import Once, OtherMessage
from bot.channels.shared_limits import SharedCounts
from bot.channels.twilio.answer import Answerer
from bot.channels.twilio.incoming import BadMessage, Incoming, keyed_hash, sender_id
from bot.channels.twilio.memory import Memory
from bot.channels.twilio.reach import Reach
from bot.channels.twilio.render import twiml
from bot.channels.twilio.rest import Rest
from bot.channels.twilio.say import limit_of_senders
from bot.channels.twilio.settings import ACCOUNT_SID, PREFIX, PUBLIC_URL, TwilioSettings
from bot.channels.twilio.signature import Fields, NotSigned, Signatures
from bot.handover.sealing import Seal
from bot.settings import Settings
from bot.turn import Turns

logger = logging.getLogger(__name__)

REFUSED = Counter(
    "bot_twilio_refused_total", "Requests to the Twilio webhook that were refused, by the status", ["status"]
)
#: Longest body in bytes. Twilio's own are below 10 kB.
MAX_BODY = 256 * 1024
SIGNATURE = "X-Twilio-Signature"
#: Seconds that a stopping server waits for replies that are on their way.
STOP_SECONDS = 10.0
MEMORY_FILE = "twilio.db"


class TwilioChannel(InputChannel):
    """The input channel `twilio`.

    Args:
        settings: Where content and state are.
        twilio: What the clinic sets for this channel.
        redis_url: Where several processes count a sender's messages together; None: each counts for itself.
    """

    def __init__(self, settings: Settings, twilio: TwilioSettings, redis_url: str | None = None) -> None:
        self.settings = settings
        self.twilio = twilio
        self.signatures = Signatures(twilio.auth_token, twilio.public_url)
        self.once = Once()
        self._counts = SharedCounts(redis_url, twilio.sender_key)
        self._limit = limit_of_senders(self._counts)
        self._memory: Memory | None = None
        self._answerer: Answerer | None = None
        self._warned = False

    @classmethod
    def name(cls) -> str:
        return "twilio"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> TwilioChannel:
        """The channel of `rasa run --credentials`. Raises: TwilioSettingsError, BackendsError."""
        given = {f"{PREFIX}{key.upper()}": str(value) for key, value in (credentials or {}).items()}
        return cls(Settings.read(), TwilioSettings.read({**os.environ, **given}), Backends.read(os.environ).redis_url)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The webhook; messages go through the guard instead of `on_new_message`."""
        blueprint = Blueprint("twilio")

        # A function: Sanic sets an attribute on its handlers, and a bound method takes none.
        async def webhook(request: Request) -> HTTPResponse:
            response = await self._receive(request)
            if response.status >= 400:
                REFUSED.labels(str(response.status)).inc()
            return response

        # The body is read piece by piece, so that one that is too long is cut off early.
        blueprint.add_route(webhook, "/webhook", methods=["POST"], name="webhook", stream=True)
        blueprint.listener("before_server_start")(self._start)
        blueprint.listener("after_server_stop")(self._stop)
        return blueprint

    def attach(self, turns: Turns) -> None:
        """From now on staff, where they are set up, reach patients here; not without the account."""
        if turns.handover is None:
            return
        if not self.twilio.account_sid:
            logger.warning(
                "patients of SMS and WhatsApp are given the clinic's phone and no person: set %s", ACCOUNT_SID
            )
            return
        assert self._memory is not None, "the server has not been started"
        more = turns.fixed.reply("sms_more").text
        reach = Reach(Rest(self.twilio), self._memory, Seal(self.twilio.sender_key.encode()), more)
        turns.handover.channels |= dict.fromkeys(("sms", "whatsapp"), reach.push)

    async def _receive(self, request: Request) -> HTTPResponse:
        body = await read_body(request, MAX_BODY)
        if body is None:
            return text_response(f"the body is longer than {MAX_BODY} bytes", status=413)
        try:
            fields = self._signed_fields(request, body)
        except NotSigned:
            self._warn()
            return text_response("the signature is missing or wrong", status=403)
        try:
            incoming = Incoming.read(fields)
        except BadMessage as error:
            return text_response(str(error), status=400)
        if incoming is None or incoming.is_from(self.twilio.numbers):
            return _xml(twiml([]))
        try:
            return _xml(await self._answer(request.app, incoming))
        except OtherMessage:
            urgent = await self._answerer_of(request.app).urgent(incoming)
            return _xml(urgent) if urgent else text_response("this MessageSid was used for another message", status=409)

    def _signed_fields(self, request: Request, body: bytes) -> Fields:
        return self.signatures.check(
            own_url=f"{request.scheme}://{request.host}",
            path=request.path,
            query=request.query_string,
            content_type=request.headers.get("content-type", ""),
            body=body,
            signature=request.headers.get(SIGNATURE),
        )

    async def _answer(self, app: Sanic, incoming: Incoming) -> str:
        """The TwiML for a message, worked out once however often it arrives."""
        key = self.twilio.sender_key
        sender, message = sender_id(incoming.sender, key), keyed_hash(incoming.sid, key)
        answerer = self._answerer_of(app)

        async def work() -> dict[str, Any]:
            answer = await answerer.answer(sender, message, incoming)
            if answer.erased:
                self.once.forget(sender, but=message)
            return {"twiml": answer.twiml}

        answered = await self.once.run(sender, message, incoming.fingerprint, work)
        return str(answered["twiml"])

    def _answerer_of(self, app: Sanic) -> Answerer:
        turns = turns_of(app, self.settings)
        if self._answerer is None or self._answerer.turns is not turns:  # a model may have been loaded since
            assert self._memory is not None, "the server has not been started"
            self._answerer = Answerer(turns, self._memory, self.twilio, self._limit)
        return self._answerer

    def _warn(self) -> None:
        """Once, because anybody can make it happen."""
        if not self._warned:
            self._warned = True
            logger.warning(
                "a request to the Twilio webhook had no valid signature. If Twilio sent it, check the auth token, and "
                "that %s is the address that Twilio calls.", PUBLIC_URL,
            )  # fmt: skip

    async def _start(self, _: Sanic, __: Any = None) -> None:
        self.settings.state.mkdir(parents=True, exist_ok=True)
        self._memory = Memory(self.settings.state / MEMORY_FILE)

    async def _stop(self, _: Sanic, __: Any = None) -> None:
        if self._answerer is not None:
            await self._answerer.finish(STOP_SECONDS)
        await self._counts.close()
        if self._memory is not None:
            self._memory.close()


def _xml(body: str) -> HTTPResponse:
    return HTTPResponse(body, content_type="text/xml; charset=utf-8")
