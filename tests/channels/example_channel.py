"""A whole channel: the clinic's patient portal posts what a patient typed and shows the texts that come back."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.guard import turns_of
from bot.channels.plain import split_reply
from bot.delivery import MESSAGE_ID
from bot.settings import Settings

LONGEST_PART = 2_000  # characters that the portal shows at once


class PortalChannel(InputChannel):
    """`POST /portal/messages` with `{"patient", "message_id", "text"}`; the answer is `{"texts": [...]}`."""

    def __init__(self, settings: Settings, secret: str) -> None:
        self.settings = settings
        self.secret = secret

    @classmethod
    def name(cls) -> str:  # where it is mounted, and what metrics call it
        return "portal"

    @classmethod
    def read(cls, settings: Settings, environment: Mapping[str, str]) -> PortalChannel:
        """Settings come from the environment; there is no default for a secret."""
        secret = environment.get("PORTAL_SECRET", "")
        if len(secret) < 32:
            raise ValueError("PORTAL_SECRET must have at least 32 characters, the same as in the portal.")
        return cls(settings, secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Messages go through the guard, never to `on_new_message`: that would be Rasa alone, without a net."""
        blueprint = Blueprint("portal")

        @blueprint.post("/messages", name="messages")
        async def messages(request: Request) -> HTTPResponse:
            return await self._answer(request)

        return blueprint

    async def _answer(self, request: Request) -> HTTPResponse:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(shown, self.secret.encode()):  # first, before anything in the body is read
            return json({"error": "wrong secret"}, status=401)
        try:
            body = request.load_json()
            patient, message_id, text = (body[key] for key in ("patient", "message_id", "text"))
        except Exception:
            return json({"error": "send JSON with patient, message_id and text"}, status=400)
        if not all(isinstance(part, str) and part for part in (patient, message_id, text)):
            return json({"error": "patient, message_id and text must be texts"}, status=400)
        turns = turns_of(request.app, self.settings)
        # The guard takes text as text (never as a command), picks buttons by number, catches danger whatever fails,
        # answers a message that arrives twice once (MESSAGE_ID), and logs no words.
        replies = await turns.say(
            self._conversation(patient), text, channel=self.name(), metadata={MESSAGE_ID: message_id}
        )
        return json({"texts": [part for reply in replies for part in split_reply(reply, LONGEST_PART)]})

    def _conversation(self, patient: str) -> str:
        """The portal's number of the patient is not kept: a keyed hash stands for it."""
        return "portal-" + hmac.new(self.secret.encode(), patient.encode(), hashlib.sha256).hexdigest()[:40]
