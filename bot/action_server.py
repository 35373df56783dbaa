"""A separate action server: private, with a shared secret, and the way the bot calls it.

Without `BOT_ACTION_SERVER` the actions run inside the bot's own process (`bot/embedded.py`), which is quicker and has
one part less that can fail.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.endpoint import create_app
from rasa_sdk.interfaces import ActionExecutionRejection
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot.settings import read_secret

logger = logging.getLogger(__name__)

URL, TOKEN, TOKEN_FILE = "BOT_ACTION_SERVER", "BOT_ACTION_TOKEN", "BOT_ACTION_TOKEN_FILE"
TOKEN_LENGTH = 32
#: Seconds that one action may take over the network; well below the time of a turn, so that the turn can still end in
#: words that are kept.
ACTION_SECONDS = 10.0
#: Seconds to wait for a connection.
CONNECT_SECONDS = 2.0
#: Seconds for which the bot keeps a connection that rests. Less than any server does (Sanic, and so the stock one: 5 s):
#: a call on a connection that is being closed at the other end would fail.
KEPT_SECONDS = 3.0
#: Seconds for which our own server keeps one: longer, because the bot's process may stand still for a moment.
SERVER_KEEPS_SECONDS = 30
#: Longest call in bytes: a tracker of some turns takes some ten thousand.
MAX_CALL = 4 * 1024 * 1024


class ActionServerError(ValueError):
    """A setting of the action server is missing or malformed; the text names it and says what to do."""


@dataclass(frozen=True)
class ActionServerSettings:
    """Where a separate action server is, and the secret that both sides share.

    Attributes:
        url: Its address, such as `http://127.0.0.1:5055`; "" when actions run inside the bot.
        token: The secret.
    """

    url: str
    token: str = field(repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str], serving: bool = False) -> ActionServerSettings:
        """The settings in `environment`.

        Args:
            environment: The process's environment.
            serving: Whether this is the action server itself, which needs the secret and no address.

        Raises:
            ActionServerError: the address is no http(s) URL, or there is no secret of 32 characters or more.
        """
        url = environment.get(URL, "").strip().rstrip("/")
        if not url and not serving:
            return cls("", "")
        if url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
            raise ActionServerError(f"{URL}: {url!r} is no address. Write it like http://127.0.0.1:5055.")
        token = read_secret(environment, TOKEN, ActionServerError)
        if len(token) < TOKEN_LENGTH:
            raise ActionServerError(
                f"The action server needs a secret of at least {TOKEN_LENGTH} characters in {TOKEN}, or in a file named "
                f"by {TOKEN_FILE}; the bot needs the same one. Make one with: "
                "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if not token.isascii() or any(char.isspace() or not char.isprintable() for char in token):
            raise ActionServerError(f"{TOKEN}: use letters, digits and marks without spaces; it travels in a header.")
        return cls(url, token)


class RemoteActions(EndpointConfig):
    """Rasa's action endpoint with a time limit, the secret, and connections that are kept open."""

    def __init__(self, settings: ActionServerSettings) -> None:
        super().__init__(
            url=f"{settings.url}/webhook",
            headers={"Authorization": f"Bearer {settings.token}"},
            enable_selective_domain=True,
        )
        self._open: tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession] | None = None

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the server. Raises: aiohttp.ClientError or asyncio.TimeoutError; Rasa then goes on without the action."""
        async with self._session().post(self.url, json=kwargs["json"], headers=self.headers) as response:
            response.raise_for_status()
            return await response.json()

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._open is None or self._open[0] is not loop or self._open[1].closed:
            limits = aiohttp.ClientTimeout(total=ACTION_SECONDS, sock_connect=CONNECT_SECONDS)
            connections = aiohttp.TCPConnector(keepalive_timeout=KEPT_SECONDS)
            self._open = loop, aiohttp.ClientSession(connector=connections, timeout=limits)
        return self._open[1]

    async def close(self) -> None:
        """Closes the connections."""
        if self._open is not None:
            await self._open[1].close()
            self._open = None


def build_action_app(token: str, package: str = "actions") -> Sanic:
    """rasa_sdk's action server for `package`, answering only callers that know `token`.

    Without the token there is `/health` alone. Errors name their type and never repeat what was sent (the stock server
    sends the whole conversation back).
    """
    app: Sanic = create_app(package, cors_origins=[])
    app.config.REQUEST_MAX_SIZE = MAX_CALL
    app.config.REQUEST_TIMEOUT = app.config.RESPONSE_TIMEOUT = int(ACTION_SECONDS)
    app.config.KEEP_ALIVE_TIMEOUT = SERVER_KEEPS_SECONDS
    expected = f"Bearer {token}".encode()

    @app.on_request
    async def check(request: Request) -> HTTPResponse | None:
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if request.path == "/health" or hmac.compare_digest(given, expected):
            return None
        return json_response({"error": "the shared secret is missing or wrong"}, status=401)

    @app.exception(Exception)
    async def failed(_: Request, error: Exception) -> HTTPResponse:
        status = 400 if isinstance(error, ActionExecutionRejection) else getattr(error, "status_code", 500)
        logger.error("an action call failed: %s", type(error).__name__)
        return json_response({"error": type(error).__name__}, status=status)

    return app
