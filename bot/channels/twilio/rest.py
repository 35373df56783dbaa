"""Twilio's REST API, for replies that cannot go into the webhook's answer: late ones, and WhatsApp's buttons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from requests import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bot.channels.twilio.render import Outgoing
from bot.channels.twilio.settings import TwilioSettings

#: Twilio's client logs numbers and words.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
#: Seconds that one call may take.
TIMEOUT = 4.0
#: Seconds between one try and the next.
WAITS = (1.0, 2.0, 4.0)
TOO_MANY = 429


class NotSent(Exception):
    """Twilio did not take the message; `reason` is a status, a code or a type, never its words."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        #: Whether another try may succeed.
        self.again = again


class Rest:
    """Sends messages. Calls run in threads, so that a slow network holds nobody up.

    Args:
        settings: Account, secret and address of the API.
        waits: Seconds between one try and the next.
    """

    def __init__(self, settings: TwilioSettings, waits: Sequence[float] = WAITS) -> None:
        self._waits = waits
        self._client = Client(settings.account_sid, settings.auth_token, http_client=TwilioHttpClient(timeout=TIMEOUT))
        self._client.api.base_url = settings.api_url.rstrip("/")

    async def send(self, message: Outgoing, sender: str, receiver: str) -> None:
        """Sends one message, with one try.

        Args:
            message: What to send.
            sender: The clinic's address.
            receiver: The patient's address.

        Raises:
            NotSent: Twilio could not be reached or did not take it.
        """
        await asyncio.get_running_loop().run_in_executor(None, self._send, message, sender, receiver)

    async def send_surely(self, message: Outgoing, sender: str, receiver: str) -> None:
        """As `send`, trying again when Twilio is busy or out of reach.

        A call that broke off may have been heard; it is made again all the same, because a patient who reads
        something twice is better off than one who reads nothing.
        """
        for wait in (*self._waits, None):
            try:
                return await self.send(message, sender, receiver)
            except NotSent as error:
                if wait is None or not error.again:
                    raise
            await asyncio.sleep(wait)

    def _send(self, message: Outgoing, sender: str, receiver: str) -> None:
        what = (
            {"content_sid": message.template, "content_variables": message.variables}
            if message.template
            else {"body": message.body}
        )
        try:
            self._client.messages.create(to=receiver, from_=sender, **what)
        except TwilioRestException as error:
            again = error.status == TOO_MANY or error.status >= 500
            raise NotSent(f"status {error.status}, code {error.code}", again) from None
        except (RequestException, TwilioException, ValueError) as error:
            raise NotSent(type(error).__name__, again=True) from None
