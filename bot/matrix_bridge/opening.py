"""Opens encrypted events: fetches them, waits a moment for their key, asks for it once, checks who sent them."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from nio import AsyncClient, LocalProtocolError, MegolmEvent, RoomGetEventResponse
from nio.exceptions import EncryptionError

from bot.matrix_bridge.delivery import FIRST_WAIT, LONGEST_WAIT
from bot.matrix_bridge.settings import BridgeSettings
from bot.matrix_bridge.state import Noted
from bot.matrix_bridge.trust import Trust

logger = logging.getLogger(__name__)

#: Seconds that a key may come after its message before the patient is told that it can't be read.
KEY_SECONDS = 5.0
#: Seconds after which a message whose key never came is given up.
GIVEN_UP_SECONDS = 3600.0
#: Events without a key that are kept at most; the oldest are given up first.
MAX_PARKED = 1_000


class UnknownSender(Exception):
    """The event's key belongs to no known device of its sender: who sent it can't be told. `event` is the event."""

    def __init__(self, event: Any) -> None:
        super().__init__("unknown sender")
        self.event = event


class Opening:
    """Opens events.

    Args:
        client: The signed-in client.
        settings: Names the blocked devices.
    """

    def __init__(self, client: AsyncClient, settings: BridgeSettings) -> None:
        self._client = client
        self._blocked = settings.blocked
        self.trust = Trust(client, settings)
        self._keys_came = asyncio.Event()
        self._parked: dict[str, MegolmEvent] = {}

    async def open(self, noted: Noted, event: Any) -> Any:
        """The decrypted event; a `MegolmEvent` when it can't be read; None when it is gone or from a blocked device.

        Raises:
            UnknownSender: nobody can tell who sent it.
        """
        if event is None:
            event = await self._fetch(noted)
        if isinstance(event, MegolmEvent):
            event.room_id = noted.room_id
            event = await self._decrypt(event)
        if event is None or isinstance(event, MegolmEvent) or not getattr(event, "decrypted", False):
            return event
        return await self._from_known_device(event)

    def park(self, event: MegolmEvent) -> bool:
        """Keeps an event whose key may still come. False when it is too old to wait for."""
        if time.time() - event.server_timestamp / 1000 > GIVEN_UP_SECONDS:
            return False
        self._parked[event.event_id] = event
        if len(self._parked) > MAX_PARKED:
            self._parked.pop(next(iter(self._parked)))
        return True

    def forget(self, event_id: str) -> None:
        """Forgets an event that waits for its key."""
        self._parked.pop(event_id, None)

    def keys_came(self) -> list[MegolmEvent]:
        """Call it after keys may have come: the parked events that can be read now."""
        self._keys_came.set()
        self._keys_came = asyncio.Event()
        readable = [event for event in self._parked.values() if self._try(event) is not None]
        for event in readable:
            del self._parked[event.event_id]
        return readable

    async def _fetch(self, noted: Noted) -> Any:
        """The event from the homeserver, asked again while it fails; None when it is there no more."""
        wait = FIRST_WAIT
        while True:
            answer = await self._client.room_get_event(noted.room_id, noted.event_id)
            if isinstance(answer, RoomGetEventResponse):
                return answer.event
            if answer.status_code in ("M_NOT_FOUND", "M_FORBIDDEN"):
                return None
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _decrypt(self, event: MegolmEvent) -> Any:
        deadline = time.monotonic() + KEY_SECONDS
        while (opened := self._try(event)) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                await self._ask_for_key(event)
                return event
            try:
                await asyncio.wait_for(self._keys_came.wait(), left)
            except asyncio.TimeoutError:
                continue
        return opened

    def _try(self, event: MegolmEvent) -> Any:
        try:
            return self._client.decrypt_event(event)
        except EncryptionError:
            return None

    async def _ask_for_key(self, event: MegolmEvent) -> None:
        try:
            await self._client.request_room_key(event)
        except LocalProtocolError:  # it was asked for before
            return

    async def _from_known_device(self, event: Any) -> Any:
        """The event, None when its device is blocked. Raises: UnknownSender."""
        device = self.trust.device_of(event)
        if device is None:
            self._client.olm.users_for_key_query.add(event.sender)
            await self._client.keys_query()
            self.trust.apply()
            device = self.trust.device_of(event)
        if device is None:
            raise UnknownSender(event)
        if device.blacklisted:
            logger.info("a message from a blocked device is not answered")
            return None
        return event
