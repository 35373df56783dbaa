"""The homeserver's client-server API, as far as we need it. What matters is tried until it succeeds or is refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

logger = logging.getLogger(__name__)

#: Seconds that the homeserver may take for one answer.
ANSWER_SECONDS = 30.0
#: Seconds before a second try; doubled each time, up to the longest.
FIRST_WAIT, LONGEST_WAIT = 0.25, 30.0
#: Status 500 may mean that one request can never succeed. After so many (some four minutes) a room goes on without it.
STUMBLES = 12
#: A homeserver that says "wait" is believed up to so many seconds.
LONGEST_RETRY_AFTER = 300.0
#: What the operator reads, and how many seconds pass until the next try, when the homeserver does not know our token.
UNKNOWN = "it does not know the bot's registration: give it the file that BOT_MATRIX_REGISTRATION names, and restart it"
UNKNOWN_WAIT = 10.0
#: Messages that are looked at, at most, for those that were sent before the bot accepted an invitation.
HISTORY = 100
#: Our device. With it the homeserver recognises a message that we send again, also after its own restart.
DEVICE = "bot"
CLIENT = "/_matrix/client/v3"

Json = dict[str, Any]


class HomeserverRefused(Exception):
    """The homeserver said no, and asking again would not help.

    Attributes:
        status: HTTP status.
        code: Matrix' word for the reason, such as `M_FORBIDDEN`.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class HomeserverAway(Exception):
    """The homeserver can't answer now: it is down, busy, or wants us to wait.

    Attributes:
        wait: Seconds that it asks us to wait; 0 when it does not say.
        stumbled: It is there, and failed at this request.
    """

    def __init__(self, reason: str, wait: float = 0.0, stumbled: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.stumbled = stumbled


class Homeserver:
    """Speaks to one homeserver as the bot's user.

    Args:
        url: Its address.
        token: The registration's `as_token`.

    Attributes:
        user_id: The bot's id; "" before `whoami`.
        settled: Set as soon as the bot has its account, its name and, where it may, its device.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._session: aiohttp.ClientSession | None = None
        self._device = ""
        self.user_id = ""
        self.settled = asyncio.Event()

    async def open(self) -> None:
        """Must be called first, on the event loop."""
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
        )

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def whoami(self) -> str:
        """The bot's id."""
        self.user_id = str((await self._insist("GET", "/account/whoami"))["user_id"])
        return self.user_id

    async def settle(self, name: str) -> None:
        """Makes the account if need be, gives it its name and a device."""
        localpart = self.user_id[1:].partition(":")[0]
        login = {"type": "m.login.application_service", "inhibit_login": True, "username": localpart}
        await self._unless_refused("POST", "/register", login)  # refused when the account is there
        await self._insist("PUT", f"/profile/{_quoted(self.user_id)}/displayname", {"displayname": name})
        if await self._has_device():
            self._device = DEVICE
        else:
            logger.warning("the homeserver gives the bot no device; after its restart an answer may come twice")
        self.settled.set()

    async def _has_device(self) -> bool:
        """Whether the bot's device is there, made if need be."""
        if await self._unless_refused("GET", f"/devices/{DEVICE}") is None:
            identifier = {"type": "m.id.user", "user": self.user_id}
            wanted = {"type": "m.login.application_service", "identifier": identifier, "device_id": DEVICE}
            return await self._unless_refused("POST", "/login", wanted) is not None
        return True

    async def ask_for_calls(self, registration_id: str) -> None:
        """Asks the homeserver to call us now: after a time apart it waits up to nine minutes otherwise."""
        path = f"/_matrix/client/v1/appservice/{_quoted(registration_id)}/ping"
        try:
            await self._call("POST", path, {})
        except HomeserverAway as error:
            logger.warning("the homeserver could not reach the bot at the registration's url (%s)", error.args[0])
        except HomeserverRefused:
            logger.info("this homeserver can't be asked to call; it calls when it likes")

    async def join(self, room: str) -> None:
        """Accepts an invitation."""
        await self._insist("POST", f"/rooms/{_quoted(room)}/join", {})

    async def leave(self, room: str) -> None:
        """Declines an invitation, or leaves."""
        await self._insist("POST", f"/rooms/{_quoted(room)}/leave", {})

    async def members(self, room: str) -> frozenset[str]:
        """Users in the room."""
        return frozenset((await self._insist("GET", f"/rooms/{_quoted(room)}/joined_members"))["joined"])

    async def is_encrypted(self, room: str) -> bool:
        """Whether messages in the room are encrypted."""
        return await self._unless_refused("GET", f"/rooms/{_quoted(room)}/state/m.room.encryption") is not None

    async def since_invitation(self, room: str) -> list[Json]:
        """Events of the room since the bot was invited, oldest first; at most `HISTORY`."""
        path = f"/rooms/{_quoted(room)}/messages"
        page = await self._unless_refused("GET", path, query={"dir": "b", "limit": str(HISTORY)})
        found: list[Json] = []
        for event in (page or {}).get("chunk") or ():
            if event.get("state_key") == self.user_id and event.get("content", {}).get("membership") == "invite":
                break
            found.append(event)
        return found[::-1]

    async def is_there(self) -> bool:
        """Whether it answers now."""
        try:
            await self._call("GET", "/_matrix/client/versions")
        except HomeserverAway:
            return False
        except HomeserverRefused:
            return True
        return True

    async def joined(self) -> list[str]:
        """The rooms that the bot is in. Raises: HomeserverAway, HomeserverRefused."""
        return list((await self._call("GET", f"{CLIENT}/joined_rooms"))["joined_rooms"])

    async def before(self, room: str, start: str, types: list[str], limit: int) -> Json:
        """A page of a room's events from `start` back, "" for the newest. Raises: HomeserverAway, HomeserverRefused."""
        query = {"dir": "b", "limit": str(limit), "filter": json.dumps({"types": types})}
        page = {**query, "from": start} if start else query
        return await self._call("GET", f"{CLIENT}/rooms/{_quoted(room)}/messages", query=page)

    async def event(self, room: str, event_id: str) -> Json | None:
        """One event, None when there is none or we may not see it."""
        return await self._unless_refused("GET", f"/rooms/{_quoted(room)}/event/{_quoted(event_id)}")

    async def send(self, room: str, content: Mapping[str, Any], transaction: str) -> str:
        """Sends a message; the same transaction sends it once. Gives the event's id."""
        # Synapse fails at a device without a user beside it.
        device = {"user_id": self.user_id, "device_id": self._device} if self._device else {}
        path = f"/rooms/{_quoted(room)}/send/m.room.message/{_quoted(transaction)}"
        return str((await self._insist("PUT", path, content, device))["event_id"])

    async def typing(self, room: str, typing: bool, seconds: float) -> None:
        """Shows or hides that the bot types; tried once, because it is no loss."""
        body = {"typing": True, "timeout": int(seconds * 1000)} if typing else {"typing": False}
        await self._try("PUT", f"/rooms/{_quoted(room)}/typing/{_quoted(self.user_id)}", body)

    async def read(self, room: str, event_id: str) -> None:
        """Shows that the bot has read up to this event; tried once."""
        await self._try("POST", f"/rooms/{_quoted(room)}/receipt/m.read/{_quoted(event_id)}", {})

    async def _try(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        with contextlib.suppress(HomeserverRefused, HomeserverAway):
            await self._call(method, CLIENT + path, body)

    async def _unless_refused(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> Json | None:
        try:
            return await self._insist(method, path, body, query)
        except HomeserverRefused:
            return None

    async def _insist(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """The answer, however long the homeserver is away. Raises: HomeserverRefused."""
        wait = FIRST_WAIT
        stumbles = 0
        while True:
            try:
                return await self._call(method, CLIENT + path, body, query)
            except HomeserverAway as away:
                stumbles += away.stumbled
                if stumbles > STUMBLES:
                    raise HomeserverRefused(500, "it fails at this request") from None
                pause = min(away.wait, LONGEST_RETRY_AFTER) or wait
                logger.warning("the homeserver can't answer (%s); trying again in %.1f s", away.args[0], pause)
                await asyncio.sleep(pause)
                wait = min(2 * wait, LONGEST_WAIT)

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        assert self._session is not None
        url = URL(f"{self._url}{path}?{urlencode(query)}" if query else self._url + path, encoded=True)
        try:
            async with self._session.request(method, url, json=body) as response:
                data = _json(await response.read())
                if response.status == 200 and data is not None:
                    return data
                if response.status == 401:
                    # For a while only, it is hoped: what waits for an answer must not be lost by a wrong setting.
                    raise HomeserverAway(UNKNOWN, UNKNOWN_WAIT)
                if response.status == 429:
                    raise HomeserverAway("too many requests", _retry_after(data, response.headers))
                if response.status >= 500 or response.status == 408 or response.status < 400:
                    raise HomeserverAway(f"status {response.status}", stumbled=response.status == 500)
                raise HomeserverRefused(response.status, str((data or {}).get("errcode", "")))
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            # The type alone: an error's text may hold the address with a room's id.
            raise HomeserverAway(type(error).__name__) from None


def _quoted(part: str) -> str:
    """One part of a path; ids may hold slashes."""
    return quote(part, safe="")


def _json(body: bytes) -> Json | None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _retry_after(data: Json | None, headers: Mapping[str, str]) -> float:
    """Seconds that the homeserver asks us to wait, in its body (milliseconds) or its header (seconds)."""
    found = (data or {}).get("retry_after_ms")
    if isinstance(found, int | float) and not isinstance(found, bool) and found > 0:
        return float(found) / 1000
    header = headers.get("Retry-After", "")
    return float(header) if header.isdigit() else 0.0
