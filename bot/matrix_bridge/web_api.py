"""Our server as this client sees it: sessions and messages of the web API (`bot/channels/web/openapi.yml`)."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urljoin

import aiohttp

#: Seconds for one request; a turn takes 25 s at most.
REQUEST_SECONDS = 60.0
#: Statuses by which a server says that a later try may succeed.
TRY_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})

Json = dict[str, Any]


class SessionEnded(Exception):
    """The session is over; begin a new one."""


class TryLater(Exception):
    """Our server can't answer now.

    Attributes:
        seconds: How long it asks to wait; 0 when it does not say.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__("our server can't answer now")
        self.seconds = seconds


class NotUnderstood(Exception):
    """Our server refuses this very message, and would again."""


class WebApi:
    """The client. Use it as an asynchronous context manager.

    Args:
        address: Where the web API is, with a slash at the end.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._http: aiohttp.ClientSession | None = None
        self.health = Health()

    async def __aenter__(self) -> WebApi:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS))
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._http is not None
        await self._http.close()

    async def begin(self) -> str:
        """The token of a new session. Raises: TryLater, NotUnderstood."""
        status, answer = await self._post("session", {"notice_accepted": True})
        if status != 201:
            raise NotUnderstood
        return str(answer["session"]["token"])

    async def say(self, token: str, message_id: str, text: str) -> Json:
        """What the bot says to a message: `replies` (none while a person has the conversation), `erased`,
        `handed_over` (None where it is not told) and `session` (or None).

        Raises:
            SessionEnded: the token is no longer good.
            TryLater: our server is away, busy or asks to wait.
            NotUnderstood: it will not take this message.
        """
        status, answer = await self._post("messages", {"client_message_id": message_id, "text": text}, token)
        if status == 401:
            raise SessionEnded
        if status != 200 and not answer.get("replies"):
            raise NotUnderstood
        return {"erased": False, "handed_over": None, "session": None, **answer}

    async def mark(self, token: str, answer_id: str, content_version: str, value: str) -> None:
        """Marks an answer `up` or `down`. Raises: SessionEnded, TryLater, NotUnderstood (it was not shown there)."""
        body = {"answer_id": answer_id, "content_version": content_version, "value": value}
        status, _ = await self._post("feedback", body, token)
        if status != 200:
            raise SessionEnded if status == 401 else NotUnderstood

    async def take_back(self, token: str, message_id: str) -> None:
        """Takes one message out of our server, also when its session is over; one that is not there is no error.

        Raises:
            SessionEnded: the token is none of our server's (any more).
            TryLater: our server is away, busy or asks to wait.
            NotUnderstood: it can't.
        """
        status, _ = await self._request("DELETE", f"messages/{message_id}", token=token)
        if status != 200:
            raise SessionEnded if status == 401 else NotUnderstood

    async def news(self, token: str, after: int) -> Json:
        """What a person of the clinic has written: `messages` newer than number `after`, `handed_over`, `session`.

        Raises:
            SessionEnded: the token is no longer good.
            TryLater: our server is away, busy or asks to wait.
        """
        status, answer = await self._request("GET", f"messages?after={after}", token=token)
        if status != 200:
            raise SessionEnded
        return {"handed_over": False, "session": None, **answer}

    async def _post(self, path: str, body: Json, token: str = "") -> tuple[int, Json]:
        return await self._request("POST", path, body, token)

    async def _request(self, method: str, path: str, body: Json | None = None, token: str = "") -> tuple[int, Json]:
        assert self._http is not None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._http.request(method, urljoin(self._address, path), json=body, headers=headers) as response:
                if response.status in TRY_LATER:
                    # Asked to go slower is no failure: our server is there.
                    self.health.note(response.status == 429)
                    raise TryLater(_seconds(response.headers.get("Retry-After", "")))
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            self.health.note(False)
            raise TryLater from None
        if not isinstance(answer, dict):
            self.health.note(False)
            raise TryLater
        self.health.note(True)
        return response.status, answer


class Health:
    """Whether our server answers, for all who wait for it."""

    def __init__(self) -> None:
        self._since = 0.0
        self._failing = asyncio.Event()
        self._well = asyncio.Event()
        self._well.set()

    @property
    def outage(self) -> float:
        """When the outage that lasts began (of a clock of its own), 0 when there is none."""
        return self._since

    def note(self, answered: bool) -> None:
        """Notes how a request went."""
        if answered:
            self._since = 0.0
            self._failing.clear()
            self._well.set()
        elif not self._failing.is_set():
            self._since = time.monotonic()
            self._well.clear()
            self._failing.set()

    async def failing_for(self, seconds: float) -> None:
        """Returns when our server has been failing for so long without a break."""
        while True:
            await self._failing.wait()
            left = self._since + seconds - time.monotonic()
            if left <= 0:
                return
            try:
                await asyncio.wait_for(self._well.wait(), left)
            except asyncio.TimeoutError:
                continue


def _seconds(retry_after: str) -> float:
    """The seconds in a Retry-After header; 0 for a date or nothing."""
    return min(float(retry_after), 600.0) if retry_after.isdecimal() else 0.0
